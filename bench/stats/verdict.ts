import type { Bar, Comparison } from '../suite.ts';
import { type MedianInterval, medianInterval, medianOf } from './interval.ts';
import { type Judged, type Rounds, valuesOf } from './rounds.ts';

/** A bar is met when the interval does not lie on the wrong side of it altogether. */
export const isMet = ({ lower, upper }: MedianInterval, { relation, value }: Bar): boolean =>
  relation === 'atLeast' ? upper >= value : lower <= value;

/** One comparison out of the rounds of several variants. */
export const compare = <Variant extends string>(
  rounds: Rounds<Variant>,
  judged: Judged<Variant>,
  about: Pick<Comparison, 'model' | 'case' | 'bar'>,
): Comparison => {
  const { measure, of, against, as } = judged;
  const usual = (variant: Variant) => medianOf(valuesOf(rounds, { measure, of: variant, as: 'value' }));
  return {
    ...about,
    measure,
    as,
    ours: usual(of),
    theirs: against === undefined ? null : usual(against),
    estimate: medianInterval(valuesOf(rounds, judged)),
  };
};
