import { z } from 'zod';
import { count, described, onlyNull } from './schemas.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const isDay = (text: string): boolean => {
  const at = DAY.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
};

const day = z.string().refine(isDay, 'a day as YYYY-MM-DD').meta({ format: 'date' });

export const usageQuery = z.strictObject({
  by: described(z.enum(['key', 'model', 'scenario']).default('key'), 'What the sums are for.'),
  from: described(day.optional(), 'First UTC day; default: 29 days before `to`.'),
  to: described(day.optional(), 'Last UTC day, itself included; default: today.'),
  format: described(z.enum(['json', 'csv']).optional(), 'Default: by the `accept` header, else JSON.'),
});

export type UsageQueryBody = z.output<typeof usageQuery>;

const numbers = {
  ok: described(count, 'Requests that were answered, runs of jobs among them.'),
  error: described(count, 'Requests that failed by our fault.'),
  timeout: described(count, 'Requests whose deadline passed.'),
  rejected: described(count, 'Requests refused by a limit, or because they were wrong.'),
  cancelled: described(count, 'Requests whose client left, and jobs that were cancelled while they ran.'),
  submitted: described(count, 'Jobs accepted; the run of each counts by how it ends.'),
  cacheHits: described(count, 'Requests among `ok` that the response cache answered; their tokens count.'),
  promptTokens: count,
  completionTokens: described(count, 'Of an answer that was broken off, those that were generated.'),
  cachedTokens: described(count, 'Prompt tokens taken from a prefix cache instead of computed.'),
} as const;

const usageNumbers = z.strictObject(numbers).meta({ id: 'UsageNumbers' });

const usageRow = z
  .strictObject({
    day: described(z.string(), 'UTC.'),
    name: described(
      z.union([z.string(), onlyNull]),
      'Key (`key:<id>`, `jwt:<subject>`), model or scenario; null: none was chosen or asked for.',
    ),
    ...numbers,
  })
  .meta({ id: 'UsageRow' });

export const usageReport = z
  .strictObject({
    by: z.enum(['key', 'model', 'scenario']),
    of: described(z.enum(['all', 'self']), '`self`: of the asking credential alone.'),
    from: z.string(),
    to: z.string(),
    keptFrom: described(
      z.string(),
      'First day that is kept (`usage.retentionDays`): of days before, nothing is known.',
    ),
    rows: described(z.array(usageRow), 'By day and name; a day without requests has none.'),
    totals: usageNumbers,
  })
  .meta({ id: 'UsageReport' });

export type UsageNumbers = z.output<typeof usageNumbers>;
export type UsageRow = z.output<typeof usageRow>;

// Safe: these are the keys of that very table.
export const NUMBER_NAMES = Object.keys(numbers) as readonly (keyof UsageNumbers)[];
