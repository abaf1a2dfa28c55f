import { medianInterval, medianOf } from './interval.ts';

/** What one variant gave in one round: measure to value. */
export type Sample = Readonly<Record<string, number>>;

/** The samples of every variant, round by round. */
export type Rounds<Variant extends string> = Readonly<Record<Variant, readonly Sample[]>>;

export interface RoundsOptions<Variant extends string> {
  /** Measured in turn; every other round backwards, so that none always comes first. */
  readonly variants: readonly Variant[];
  readonly measure: (variant: Variant, round: number) => Promise<Sample>;
  /** What must be known well before the rounds end. */
  readonly judged: readonly Judged<Variant>[];
  readonly minRounds: number;
  readonly maxRounds: number;
  /** How far the interval of what is judged may reach to both sides; default `NARROW`. */
  readonly narrow?: number;
  /** No further round begins after this moment of `now`. */
  readonly deadline: number;
  readonly now: () => number;
  readonly onRound?: (rounds: Rounds<Variant>) => void;
}

/** A measure of one variant, alone or against the same measure of another in the same round. */
export interface Judged<Variant extends string> {
  readonly measure: string;
  readonly of: Variant;
  /** Absent: the value itself. */
  readonly against?: Variant;
  readonly as: 'ratio' | 'difference' | 'value';
}

/** An interval that reaches this far to both sides, as a share of the measured values, is narrow enough. */
export const NARROW = 0.03;

/** Repeats all variants in alternating order until the judged ratios are known well enough, or the time is over. */
export const runRounds = async <Variant extends string>(options: RoundsOptions<Variant>): Promise<Rounds<Variant>> => {
  const { variants, measure, judged, minRounds, maxRounds, narrow = NARROW, deadline, now, onRound } = options;
  // Safe: each variant gets its list here.
  const samples = Object.fromEntries(variants.map((variant) => [variant, []])) as unknown as Record<Variant, Sample[]>;
  for (let round = 0; round < maxRounds; round += 1) {
    if (round >= minRounds && (now() >= deadline || judged.every((one) => isKnown(samples, one, narrow)))) break;
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      samples[variant].push(await measure(variant, round));
    }
    onRound?.(samples);
  }
  return samples;
};

/** What is judged, round by round. */
export const valuesOf = <Variant extends string>(
  rounds: Rounds<Variant>,
  { measure, of, against, as }: Judged<Variant>,
): number[] =>
  rounds[of].flatMap((sample, round) => {
    const value = sample[measure];
    const base = against === undefined ? undefined : rounds[against][round]?.[measure];
    if (value === undefined) return [];
    if (as === 'value') return [value];
    if (base === undefined || (as === 'ratio' && base === 0)) return [];
    return [as === 'ratio' ? value / base : value - base];
  });

const isKnown = <Variant extends string>(rounds: Rounds<Variant>, judged: Judged<Variant>, narrow: number): boolean => {
  const { lower, upper, median } = medianInterval(valuesOf(rounds, judged));
  const { measure, of, as } = judged;
  const size = as === 'difference' ? medianOf(valuesOf(rounds, { measure, of, as: 'value' })) : median;
  return (upper - lower) / 2 <= narrow * Math.abs(size);
};
