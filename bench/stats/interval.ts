/** The median of some numbers and an interval that holds the true median with 95 % confidence. */
export interface MedianInterval {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

const CONFIDENCE = 0.95;

/** The middle of some numbers, in any order. */
export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

/**
 * The interval comes from order statistics, which suppose nothing about how the values are spread, interpolated after
 * Hettmansperger and Sheather (1986). Fewer than six values cannot give 95 %: theirs is all of the range.
 */
export const medianInterval = (values: readonly number[]): MedianInterval => {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  const at = (rank: number): number => sorted[Math.min(Math.max(rank, 1), count) - 1] ?? Number.NaN;
  const { depth, share } = depthOf(count);
  return {
    median: medianOf(sorted),
    lower: (1 - share) * at(depth) + share * at(depth + 1),
    upper: (1 - share) * at(count + 1 - depth) + share * at(count - depth),
    count,
  };
};

/** How many values lie outside the interval on each side, plus one, and how far the ends move towards the next ones. */
const depthOf = (count: number): { readonly depth: number; readonly share: number } => {
  let depth = 1;
  while (confidenceAt(count, depth + 1) >= CONFIDENCE) depth += 1;
  const [outer, inner] = [confidenceAt(count, depth), confidenceAt(count, depth + 1)];
  if (outer < CONFIDENCE) return { depth: 1, share: 0 };
  const surplus = (outer - CONFIDENCE) / (outer - inner);
  return { depth, share: ((count - depth) * surplus) / (depth + (count - 2 * depth) * surplus) };
};

/** How sure the interval from the value of this rank to the one of the same rank from above is. */
const confidenceAt = (count: number, depth: number): number => {
  if (depth * 2 > count) return 0;
  let term = 0.5 ** count;
  let tail = 0;
  for (let below = 0; below < depth; below += 1) {
    tail += term;
    term *= (count - below) / (below + 1);
  }
  return 1 - 2 * tail;
};
