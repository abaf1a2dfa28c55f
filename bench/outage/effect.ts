import { quantile } from '../load/closed-loop.ts';
import { type MedianInterval, medianInterval, medianOf } from '../stats/interval.ts';

/** Latencies of a service and of the one beside it, in the order of sending, both sent at the same time. */
export type Pair = readonly [readonly number[], readonly number[]];

/** Requests whose percentile is taken together: ten seconds, in which both services see the same machine. */
export const BLOCK = 400;

/** What a share of requests takes in each block, over what it takes the service beside in the same block. */
export const blockRatios = ([own, beside]: Pair, share: number, block = BLOCK): number[] => {
  const count = Math.max(1, Math.floor(own.length / block));
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index * block, index === count - 1 ? own.length : (index + 1) * block];
    return quantileOf(own.slice(from, to), share) / quantileOf(beside.slice(from, to), share);
  });
};

/**
 * What a fault does to a percentile: the ratios while it lasts over the usual one without it, since no two processes are
 * equally fast.
 */
export const effectOf = (during: readonly number[], without: readonly number[]): MedianInterval => {
  const usual = medianOf(without);
  return medianInterval(during.map((ratio) => ratio / usual));
};

/** A percentile of latencies in any order. */
export const quantileOf = (latencies: readonly number[], share: number): number =>
  quantile(
    latencies.toSorted((a, b) => a - b),
    share,
  );
