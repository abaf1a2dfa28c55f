import { z } from 'zod';
import type { Point } from '../../detect/kind.ts';
import { type SeriesKey, seriesText } from '../../signals.ts';
import type { Points, Span } from '../source.ts';
import { isOfAuth, REFUSAL_OF } from './refusal-codes.ts';

const NANOSECONDS = 1e6;

const count = z.object({ doc_count: z.number() });
/** What nothing was measured of is `null`. */
const number = z.object({ value: z.number().nullable() });

const requestBucket = z.object({
  key: z.object({ slot: z.number() }),
  asked: count.extend({
    failed: count,
    let_in: count.extend({
      duration: z.object({ values: z.record(z.string(), z.number().nullable()) }),
      ...{ mean: number, input: number, output: number, redactions: number },
    }),
  }),
});
const partBucket = count.extend({ key: z.object({ slot: z.number(), by: z.string() }) });
const machineBucket = z.object({ key: z.object({ machine: z.string().nullable() }), written: number });

const pageOf = <T extends z.ZodType>(bucket: T) =>
  z.object({
    // Where no index is there yet, there are no aggregations either.
    aggregations: z
      .object({
        intervals: z.object({ after_key: z.record(z.string(), z.unknown()).optional(), buckets: z.array(bucket) }),
      })
      .optional(),
  });

export const requestPage = pageOf(requestBucket);
export const partPage = pageOf(partBucket);
export const machinePage = z.object({
  aggregations: z.object({ machines: z.object({ buckets: z.array(machineBucket) }) }).optional(),
});

export type RequestBucket = z.output<typeof requestBucket>;
export type PartBucket = z.output<typeof partBucket>;
export type MachineBucket = z.output<typeof machineBucket>;

/** All buckets of one stretch. */
export interface Found {
  readonly requests: readonly RequestBucket[];
  readonly refusals: readonly PartBucket[];
  readonly volume: readonly PartBucket[];
}

/** Points by slot, of intervals that were seen: refusals and lines that nobody counted there were none. */
export const pointsBySlot = (
  { requests, refusals, volume }: Found,
  { lengthMs }: Span,
): ReadonlyMap<number, Points> => {
  const slots = new Map<number, Map<string, { readonly key: SeriesKey; readonly point: Point }>>();
  const slotOf = (bucket: { readonly key: { readonly slot: number } }): number =>
    Math.floor(bucket.key.slot / lengthMs);
  const partsOf = (buckets: readonly PartBucket[]): ReadonlyMap<string, number> =>
    new Map(buckets.map((bucket) => [`${slotOf(bucket)} ${bucket.key.by}`, bucket.doc_count]));
  const refused = partsOf(refusals);
  const lines = partsOf(volume);
  for (const bucket of requests) {
    const slot = slotOf(bucket);
    const points = new Map<string, { readonly key: SeriesKey; readonly point: Point }>();
    const add: Add = (signal, label, value, n) => {
      const key = { signal, label, from: 'elasticsearch' } as const;
      if (value !== null) points.set(seriesText(key), { key, point: { value, n } });
    };
    addRequests(add, bucket);
    for (const [code, reason] of Object.entries(REFUSAL_OF)) {
      const value = refused.get(`${slot} ${code}`) ?? 0;
      add('refusals', reason, value, bucket.asked.doc_count + (isOfAuth(reason) ? value : 0));
    }
    for (const level of ['warn', 'error']) {
      const value = lines.get(`${slot} ${level}`) ?? 0;
      add('log_volume', level, value, value);
    }
    slots.set(slot, points);
  }
  return slots;
};

type Add = (signal: SeriesKey['signal'], label: string, value: number | null, n: number) => void;

const addRequests = (add: Add, { asked }: RequestBucket): void => {
  const { doc_count: n, duration, mean, input, output, redactions } = asked.let_in;
  add('traffic', '', asked.doc_count, asked.doc_count);
  add('errors', '', asked.failed.doc_count, n);
  // Without requests there is no latency: what is missing is absent, never 0.
  if (n === 0) return;
  add('latency', '', inMs(Object.values(duration.values)[0] ?? null), n);
  add('mean_latency', '', inMs(mean.value), n);
  add('tokens', 'input', (input.value ?? 0) / n, n);
  add('tokens', 'output', (output.value ?? 0) / n, n);
  // Access lines say how much was redacted, not by which rules; those are in the audit trail, which is not for everybody.
  add('redactions', '', redactions.value ?? 0, n);
};

const inMs = (nanoseconds: number | null): number | null => (nanoseconds === null ? null : nanoseconds / NANOSECONDS);

/**
 * Up to when every machine has told what it wrote. One that is behind by more than `delayMs` is not waited for; undefined: all are,
 * or nothing came at all.
 */
export const reached = (machines: readonly MachineBucket[], now: number, delayMs: number): number | undefined => {
  const written = machines.flatMap(({ written: { value } }) => (value === null ? [] : [Math.min(now, value)]));
  const inTime = written.filter((time) => time >= now - delayMs);
  return inTime.length === 0 ? undefined : Math.min(...inTime);
};

/** How late the newest lines came, for a person. */
export const newest = (machines: readonly MachineBucket[]): number | undefined => {
  const times = machines.flatMap(({ written: { value } }) => (value === null ? [] : [value]));
  return times.length === 0 ? undefined : Math.max(...times);
};
