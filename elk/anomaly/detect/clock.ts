/** The two lengths of interval that are looked at. */
export const WINDOWS = ['short', 'long'] as const;
export type Window = (typeof WINDOWS)[number];

/** How time is cut. A long interval is a whole number of short ones, a day of long ones. */
export interface Intervals {
  readonly shortMs: number;
  readonly longMs: number;
  /** Long intervals of a day. */
  readonly day: number;
  /** Points before anything is judged, in either window. */
  readonly warmUp: number;
}

const DAY_MS = 86_400_000;

export const intervalsOf = ({
  shortMs,
  longMs,
  warmUp,
}: Pick<Intervals, 'shortMs' | 'longMs' | 'warmUp'>): Intervals => ({
  ...{ shortMs, longMs, warmUp },
  day: Math.round(DAY_MS / longMs),
});

/** As long as it is by default: a minute and a quarter of an hour. */
export const USUAL = intervalsOf({ shortMs: 60_000, longMs: 900_000, warmUp: 24 });

/** What is remembered of the long intervals. */
export const WEEKS_KEPT = 8;
export const DAYS_OF_WEEK = 7;
