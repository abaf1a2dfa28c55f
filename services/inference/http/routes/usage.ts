import { z } from 'zod';
import type { Caller } from '../../call.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { json } from './json.ts';
import { invalidField } from './refusals.ts';
import {
  NUMBER_NAMES,
  type UsageNumbers,
  type UsageQueryBody,
  type UsageRow,
  usageQuery,
  usageReport,
} from './schemas-usage.ts';

interface UsageAsked {
  readonly by: UsageQueryBody['by'];
  readonly from: string;
  readonly to: string;
  /** Absent: of all. */
  readonly owner: Pick<Caller, 'keyId' | 'tenant'> | undefined;
  readonly maxRows: number;
}

export interface UsageDeps {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly usage: {
    /** Undefined where there are more than `maxRows`. */
    report(asked: UsageAsked): Promise<readonly UsageRow[] | undefined>;
    keptFrom(): string;
  };
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;
/** Some 5 MB. */
const MAX_ROWS = 20_000;
const CSV = 'text/csv';

/** `GET /api/v1/usage`: who used how much on which day. */
export const usageOperations = ({ usage, now }: UsageDeps): Operation[] => [
  defineOperation({
    id: 'getUsage',
    method: 'get',
    path: '/api/v1/usage',
    tag: 'Usage',
    summary: 'Requests and tokens by key, model or scenario, for each UTC day',
    description: [
      'With the scope `admin` of all credentials, else of the asking one alone. A request counts on the day on which it',
      `ended. At most ${MAX_DAYS} days and ${MAX_ROWS} rows at once. \`accept: text/csv\` or \`format=csv\` answers CSV.`,
    ].join(' '),
    access: ['inference', 'admin'],
    dialect: 'native',
    query: usageQuery,
    headers: { accept: { description: '`text/csv` for CSV.', schema: z.string() } },
    errors: ['ERR_USAGE_STORE'],
    answers: {
      200: { description: 'The sums.', content: { 'application/json': usageReport, [CSV]: z.string() } },
    },
    async handle({ query, caller, context }) {
      const { by, format } = query;
      const span = spanOf(query, now());
      const owner = caller.scopes.has('admin') ? undefined : caller;
      const rows = await usage.report({ by, ...span, owner, maxRows: MAX_ROWS });
      if (rows === undefined) throw tooManyRows(span);
      if (format === 'csv' || (format === undefined && context.req.header('accept')?.includes(CSV) === true)) {
        return csv(rows);
      }
      const of = owner === undefined ? 'all' : 'self';
      return json({ by, of, ...span, keptFrom: usage.keptFrom(), rows, totals: totalsOf(rows) });
    },
  }),
];

interface Span {
  readonly from: string;
  readonly to: string;
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length);

const spanOf = ({ from, to }: UsageQueryBody, now: number): Span => {
  const last = to ?? dayOf(now);
  const first = from ?? dayOf(Math.max(0, Date.parse(last) - (DEFAULT_DAYS - 1) * DAY_MS));
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  if (days < 1) throw invalidField('from', `a day that is not after \`to\` (${last})`, first, 'swap the two');
  if (days > MAX_DAYS) {
    throw invalidField(
      'from',
      `at most ${MAX_DAYS} days up to \`to\` (${last})`,
      `${days} days`,
      'ask for fewer at once',
    );
  }
  return { from: first, to: last };
};

const tooManyRows = ({ from, to }: Span) =>
  invalidField('from', `at most ${MAX_ROWS} rows`, `more from ${from} to ${to}`, 'ask for fewer days at once');

const totalsOf = (rows: readonly UsageRow[]): UsageNumbers => {
  // Safe: every name gets its sum.
  const totals = Object.fromEntries(NUMBER_NAMES.map((name) => [name, 0])) as UsageNumbers;
  for (const row of rows) for (const name of NUMBER_NAMES) totals[name] += row[name];
  return totals;
};

const COLUMNS = ['day', 'name', ...NUMBER_NAMES] as const;

const csv = (rows: readonly UsageRow[]): Response => {
  const lines = [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => cellOf(row[column])))];
  const text = lines.map((cells) => `${cells.join(',')}\r\n`).join('');
  return new Response(text, { headers: { 'content-type': `${CSV}; charset=utf-8; header=present` } });
};

/** RFC 4180. */
const cellOf = (value: string | number | null): string => {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
