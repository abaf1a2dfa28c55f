import type { z } from 'zod';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { MetricSource, Points, Span } from '../source.ts';
import { machinePage, newest, partPage, pointsBySlot, reached, requestPage } from './answers.ts';
import { PAGE, progress, type Question, REFUSALS, REQUESTS, VOLUME } from './questions.ts';
import { type Store, WHOLE } from './store.ts';

interface Options {
  readonly store: Store;
  readonly nameOf: (stream: Question['stream']) => string;
  /** How long a line may be on its way. */
  readonly delayMs: number;
}

/** Machines that wrote nothing for longer are not asked about. */
const LOOK_BACK_MS = 3_600_000;
/** Intervals of one question: a day of quarters of an hour, which is much to add up where much is asked. */
const MOST_INTERVALS = 96;

/** Reads the numbers of all machines from their access and app logs. */
export const openStoreNumbers = ({ store, nameOf, delayMs }: Options): MetricSource => {
  const search = (stream: Question['stream'], body: object): Promise<unknown> =>
    store.ask({ method: 'POST', path: `/${nameOf(stream)}/_search?${WHOLE}`, body });
  const all = async <T>({ stream, body }: Question, page: PageOf<T>, span: Span): Promise<readonly T[]> => {
    const found: T[] = [];
    for (let after: object | undefined; ; ) {
      const { intervals } = page.parse(await search(stream, body(span, after))).aggregations ?? {};
      found.push(...(intervals?.buckets ?? []));
      if ((intervals?.buckets.length ?? 0) < PAGE || intervals?.after_key === undefined) return found;
      after = intervals.after_key;
    }
  };
  const readPart = async (span: Span): Promise<ReadonlyMap<number, Points>> => {
    // One after the other: nobody waits for them, and together they would be a peak.
    const requests = await all(REQUESTS, requestPage, span);
    const refusals = await all(REFUSALS, partPage, span);
    const volume = await all(VOLUME, partPage, span);
    return pointsBySlot({ requests, refusals, volume }, span);
  };
  return {
    name: 'elasticsearch',
    async until(now) {
      const answer = machinePage.parse(await search('access', progress(now - LOOK_BACK_MS)));
      const machines = answer.aggregations?.machines.buckets ?? [];
      const until = reached(machines, now, delayMs);
      if (until === undefined) throw behind(newest(machines), now, delayMs);
      return until;
    },
    async read(span) {
      const slots = new Map<number, Points>();
      for (let first = span.first; first <= span.last; first += MOST_INTERVALS) {
        const part = { ...span, first, last: Math.min(span.last, first + MOST_INTERVALS - 1) };
        for (const [slot, points] of await readPart(part)) slots.set(slot, points);
      }
      return slots;
    },
    close: async () => undefined,
  };
};

type PageOf<T> = z.ZodType<{
  readonly aggregations?:
    | { readonly intervals: { readonly after_key?: object | undefined; readonly buckets: readonly T[] } }
    | undefined;
}>;

const behind = (newestMs: number | undefined, now: number, delayMs: number): ServiceError => {
  const found =
    newestMs === undefined ? 'none of the last hour is there' : `the newest is ${seconds(now - newestMs)} s old`;
  return new ServiceError(
    'ERR_ANOMALY_SOURCE',
    `Elasticsearch: expected access lines of the last ${seconds(delayMs)} s, ${found}; Filebeat or Logstash is behind (clawdbot elk check)`,
  );
};

const seconds = (ms: number): number => Math.round(ms / 1000);
