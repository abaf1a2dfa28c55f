/**
 * What a source measured of one series in one interval. `n` are the events behind it: of a ratio and of what is counted per
 * request the requests, of a level the requests it is the mean or percentile of.
 */
export interface Point {
  /** A count (`count`), a part of `n` (`ratio`), something counted while `n` requests ran (`perRequest`), or a size (`level`, `tail`). */
  readonly value: number;
  readonly n: number;
}

/**
 * How a kind of number is judged. Everything happens on a scale where noise is about as wide everywhere: logarithms for
 * counts and sizes, the arcsine of the root for shares, which has the same variance for every share.
 */
export interface Kind {
  /** The fewest events that say anything. */
  readonly fewest: number;
  readonly toScale: (point: Point) => number;
  /** What the value would have been at this place of the scale. */
  readonly fromScale: (y: number, n: number) => number;
  /** Variance that chance alone gives a point of `n` events where `y` is expected. */
  readonly sampling: (y: number, n: number) => number;
  /** How far out a point would be if chance alone made it differ; default: as `sampling` has it. */
  readonly chance?: (point: Point, y: number) => number;
  /** Differences that are never news, as a standard deviation on the scale. */
  readonly floor: number;
  /** The same while less than a week is known. */
  readonly youngFloor: number;
  /** Grows with the length of the interval, so that what is expected of a long one is too much for a short one. */
  readonly grows: boolean;
}

/** Errors among requests: (k of n). */
const shareOf = ({ value, n }: Point): number => Math.asin(Math.sqrt(Math.min(1, Math.max(0, value / n))));

const perHundred = ({ value, n }: Point): number => Math.log1p((100 * Math.max(0, value)) / n);

/**
 * How far a count is from what is expected, by the likelihood: near zero, where a logarithm is too generous to what is more
 * and too hard on what is less. Nothing is expected never to happen.
 */
const poissonDistance = (count: number, expected: number): number => {
  const usual = Math.max(FEWEST_EXPECTED, expected);
  if (count < usual && expected < FEWEST_EXPECTED) return 0;
  const part = count === 0 ? 0 : count * Math.log(count / usual);
  return Math.sign(count - usual) * Math.sqrt(Math.max(0, 2 * (part - (count - usual))));
};
const FEWEST_EXPECTED = 2;

const sized =
  (noise: number) =>
  (_y: number, n: number): number =>
    noise ** 2 / n;

const SIZE = {
  fewest: 20,
  toScale: ({ value }: Point) => Math.log1p(Math.max(0, value)),
  fromScale: (y: number) => Math.expm1(y),
  floor: 0.1,
  youngFloor: 0.35,
  grows: false,
} as const;

export const KINDS = {
  count: {
    ...SIZE,
    fewest: 0,
    sampling: (y) => 1 / (Math.expm1(Math.max(0, y)) + 1),
    chance: ({ value }, y) => poissonDistance(value, Math.expm1(Math.max(0, y))),
    grows: true,
  },
  ratio: {
    fewest: 10,
    toScale: shareOf,
    fromScale: (y) => Math.sin(Math.max(0, y)) ** 2,
    sampling: (_y, n) => 1 / (4 * n),
    floor: 0.015,
    youngFloor: 0.03,
    grows: false,
  },
  perRequest: {
    fewest: 10,
    toScale: perHundred,
    fromScale: (y) => Math.expm1(y) / 100,
    // Poisson, by the delta method; one event at least, because none so far does not mean never.
    sampling: (y, n) => {
      const expected = (Math.expm1(Math.max(0, y)) / 100) * n;
      return (100 / n) ** 2 * Math.max(1, expected) * Math.exp(-2 * Math.max(0, y));
    },
    chance: ({ value, n }, y) => poissonDistance(value, (Math.expm1(Math.max(0, y)) / 100) * n),
    floor: 0.1,
    youngFloor: 0.35,
    grows: false,
  },
  /** The mean of sizes that vary about as much as they are large. */
  level: { ...SIZE, sampling: sized(1) },
  /** A 99th percentile of the same: the hundredth part of the events decides. */
  tail: { ...SIZE, sampling: sized(2.2) },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
