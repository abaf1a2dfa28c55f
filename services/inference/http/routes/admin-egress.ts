import { z } from 'zod';
import { DATA_CLASSES, PURPOSES } from '../../../../core/config/egress-words.ts';
import type { SeenDestination } from '../../../../core/egress/ledger.ts';
import type { EgressRow } from '../../../../core/egress/policy.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { ADMIN_ROUTE } from './admin-audit.ts';
import { json } from './json.ts';

/** What may leave the machine and what did. */
export interface EgressView {
  readonly rows: readonly EgressRow[];
  readonly seen: readonly SeenDestination[];
  readonly refusals: Readonly<Partial<Record<EgressRow['purpose'], number>>>;
}

export interface EgressDeps {
  readonly egress: () => EgressView;
}

const purpose = z.enum(PURPOSES);
const count = z.int().min(0);
const row = z
  .strictObject({ host: z.string(), purpose, dataClass: z.enum(DATA_CLASSES), impliedBy: z.string().nullable() })
  .meta({ id: 'EgressRow', description: '`impliedBy`: the setting that names it, null for a row of `egress.allow`.' });
const destination = z
  .strictObject({
    purpose,
    destination: z.string(),
    sent: count,
    refused: count,
    failed: count,
    firstAt: z.iso.datetime(),
    lastAt: z.iso.datetime(),
  })
  .meta({ id: 'EgressDestination', description: 'Everything seen of one destination since the start.' });
const view = z
  .strictObject({ rows: z.array(row), seen: z.array(destination) })
  .meta({ id: 'Egress', description: 'What may leave this machine, and what did.' });

/** `GET /api/v1/admin/egress`. */
export const egressOperations = ({ egress }: EgressDeps): Operation[] => [
  defineOperation({
    ...ADMIN_ROUTE,
    id: 'getEgress',
    method: 'get',
    path: '/api/v1/admin/egress',
    summary: 'What may leave this machine, and what did since the start',
    errors: [],
    answers: { 200: { description: 'Rows and destinations.', content: { 'application/json': view } } },
    handle() {
      const { rows, seen } = egress();
      return json({
        rows: rows.map(({ impliedBy = null, ...rest }) => ({ ...rest, impliedBy })),
        seen: seen.map((entry) => ({ ...entry, firstAt: isoTime(entry.firstAt), lastAt: isoTime(entry.lastAt) })),
      });
    },
  }),
];

const isoTime = (ms: number): string => new Date(ms).toISOString();
