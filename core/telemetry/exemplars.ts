import type { Labels } from './labels.ts';

/** A measurement of which the trace is known. */
export interface Exemplar {
  readonly value: number;
  readonly traceId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The exemplars of one series, by the place of their bucket among the buckets. */
export type FindExemplars = (metric: string, labels: object) => readonly (Exemplar | undefined)[] | undefined;

/** Series beyond these have none; labels come from closed lists, so honest ones fit. */
const MAX_SERIES = 4000;

/** The last traced measurement of each bucket: the SDK keeps none. */
export const createExemplars = (now: () => number = Date.now) => {
  const table = new Map<string, (Exemplar | undefined)[]>();
  const find: FindExemplars = (metric, labels) => (table.size === 0 ? undefined : table.get(keyOf(metric, labels)));
  return {
    note(metric: string, buckets: readonly number[], value: number, labels: Labels, traceId: string): void {
      const key = keyOf(metric, labels);
      let series = table.get(key);
      if (series === undefined) {
        if (table.size >= MAX_SERIES) return;
        series = [];
        table.set(key, series);
      }
      series[bucketOf(buckets, value)] = { value, traceId, at: now() };
    },
    find,
  };
};

const bucketOf = (buckets: readonly number[], value: number): number => {
  const place = buckets.findIndex((bound) => value <= bound);
  return place === -1 ? buckets.length : place;
};

const keyOf = (metric: string, labels: object): string => {
  let key = metric;
  for (const [name, value] of Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
    key += `\u0000${name}=${value}`;
  return key;
};
