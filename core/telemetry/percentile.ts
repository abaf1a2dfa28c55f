import type { Histogram } from '@opentelemetry/sdk-metrics';

/**
 * A percentile of a histogram as PromQL's `histogram_quantile` computes it: the values of a bucket are taken to be
 * spread evenly. `null` where there is none; never above the last bound, because nothing is known beyond it.
 */
export const percentileOf = ({ buckets, count }: Histogram, share: number): number | null => {
  if (count === 0) return null;
  const rank = share * count;
  let below = 0;
  for (const [index, inside] of buckets.counts.entries()) {
    const upper = buckets.boundaries[index];
    if (upper === undefined) break;
    if (below + inside >= rank && inside > 0) {
      const lower = buckets.boundaries[index - 1] ?? 0;
      return lower + ((upper - lower) * (rank - below)) / inside;
    }
    below += inside;
  }
  return buckets.boundaries.at(-1) ?? null;
};

/** Several histograms of the same buckets as one. */
export const sumOf = (parts: readonly Histogram[]): Histogram => {
  const [first] = parts;
  const boundaries = first?.buckets.boundaries ?? [];
  return {
    count: parts.reduce((sum, part) => sum + part.count, 0),
    sum: parts.reduce((sum, part) => sum + (part.sum ?? 0), 0),
    buckets: {
      boundaries,
      counts: Array.from({ length: boundaries.length + 1 }, (_, index) =>
        parts.reduce((sum, part) => sum + (part.buckets.counts[index] ?? 0), 0),
      ),
    },
  };
};
