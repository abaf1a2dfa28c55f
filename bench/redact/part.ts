import type { Comparison, ModelFact, Table } from '../suite.ts';

/** What a part of the suite adds to the report. */
export interface Part {
  readonly models?: readonly ModelFact[];
  readonly comparisons: readonly Comparison[];
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
}
