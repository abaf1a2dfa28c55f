import { renderTable } from '../models/table.ts';

/** `GET /api/v1/admin/egress`, or what of it the configuration alone can say. */
export interface EgressPage {
  readonly rows: readonly {
    readonly host: string;
    readonly purpose: string;
    readonly dataClass: string;
    readonly impliedBy: string | null;
  }[];
  /** Absent: no service runs. */
  readonly seen?: readonly {
    readonly purpose: string;
    readonly destination: string;
    readonly sent: number;
    readonly refused: number;
    readonly failed: number;
    readonly lastAt: string;
  }[];
}

const NUMBERS: ReadonlySet<number> = new Set([2, 3, 4]);

/** The page as tables for people. */
export const renderEgressPage = ({ rows, seen }: EgressPage): string =>
  [
    rows.length === 0
      ? 'Nothing may leave this machine.'
      : renderTable(
          ['HOST', 'PURPOSE', 'DATA', 'DECLARED BY'],
          rows.map((row) => [row.host, row.purpose, row.dataClass, row.impliedBy ?? 'egress.allow']),
        ),
    '',
    seenPart(seen),
  ].join('\n');

const seenPart = (seen: EgressPage['seen']): string => {
  if (seen === undefined) return 'What was seen is not known: no service runs on this data folder.';
  if (seen.length === 0) return 'Nothing has tried to leave since the service started.';
  return renderTable(
    ['SEEN', 'PURPOSE', 'SENT', 'REFUSED', 'FAILED', 'LAST'],
    seen.map((entry) => [
      entry.destination,
      entry.purpose,
      ...[entry.sent, entry.refused, entry.failed].map(String),
      entry.lastAt,
    ]),
    NUMBERS,
  );
};
