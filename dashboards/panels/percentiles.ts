import { type Expression, mean, quantile } from './expression.ts';
import type { Query } from './query.ts';

const SHARES = [
  [0.5, 'P50'],
  [0.9, 'P90'],
  [0.99, 'P99'],
] as const;

/** Half, nine of ten, 99 of 100: of recorded rates of buckets, over each step. */
export const percentiles = (spread: Expression): readonly Query[] =>
  SHARES.map(([share, legend]) => ({ expr: quantile(share, [], mean(spread)), legend }));
