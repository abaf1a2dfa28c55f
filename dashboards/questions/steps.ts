/** How Grafana chooses the step of a picture: what would be one point a pixel, made round. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Below the first number the step is the second one (`roundInterval` of @grafana/data). */
const ROUND: readonly (readonly [number, number])[] = [
  [1500, SECOND],
  [3500, 2 * SECOND],
  [7500, 5 * SECOND],
  [12_500, 10 * SECOND],
  [17_500, 15 * SECOND],
  [25_000, 20 * SECOND],
  [45_000, 30 * SECOND],
  [90_000, MINUTE],
  [210_000, 2 * MINUTE],
  [450_000, 5 * MINUTE],
  [750_000, 10 * MINUTE],
  [1_050_000, 15 * MINUTE],
  [1_500_000, 20 * MINUTE],
  [2_700_000, 30 * MINUTE],
  [5_400_000, HOUR],
  [9_000_000, 2 * HOUR],
  [16_200_000, 3 * HOUR],
  [32_400_000, 6 * HOUR],
  [86_400_000, 12 * HOUR],
  [604_800_000, DAY],
];
const LONGEST = 7 * DAY;

const roundStep = (ms: number): number => ROUND.find(([below]) => ms < below)?.[1] ?? LONGEST;

export interface Zoom {
  readonly rangeMs: number;
  /** Points across a panel: its pixels. */
  readonly points: number;
  /** The shortest step that a panel or the data source allows. */
  readonly leastMs: number;
}

/** `$__interval`. */
export const stepMs = ({ rangeMs, points, leastMs }: Zoom): number => Math.max(roundStep(rangeMs / points), leastMs);

/** `$__rate_interval`: never so short that it holds no two scrapes. */
export const rateIntervalMs = (step: number, scrapeMs: number): number => Math.max(step + scrapeMs, 4 * scrapeMs);

/** Pixels of a panel of so many of the 24 columns in a window of 1920. */
export const pointsOf = (columns: number): number => Math.round((1920 - 32) * (columns / 24)) - 64;
