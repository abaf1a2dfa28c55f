import type { Baseline, Precedent } from './baseline.ts';
import { DAYS_OF_WEEK, type Intervals } from './clock.ts';
import type { Kind, Point } from './kind.ts';
import { robust } from './robust.ts';

/** What is learnt is cut off here: an incident leaves a trace, and no more. */
export const WINSOR = 3;

/**
 * What is learnt of a point: at most so much, or an incident would be the habit of the next weeks. What has a precedent is one
 * already, such as a job that runs every night; and what is not judged yet is learnt as it is.
 */
export const learnable = (
  kind: Kind,
  basis: Baseline['basis'],
  {
    center,
    width,
    precedent,
  }: { readonly center: number; readonly width: number; readonly precedent: Precedent | undefined },
): Precedent => {
  if (kind.grows && basis === 'recent') return { least: 0, most: Number.POSITIVE_INFINITY };
  return {
    least: Math.min(center - WINSOR * width, precedent?.least ?? center),
    most: Math.max(center + WINSOR * width, precedent?.most ?? center),
  };
};

/** Both what varies by habit and what varies by chance must be far exceeded: their variances add up. */
export const distance = (
  { chance }: Kind,
  point: Point,
  { y, center, scale, width, unrest }: Readonly<Record<'y' | 'center' | 'scale' | 'width' | 'unrest', number>>,
): number => {
  if (chance === undefined) return (y - center) / width;
  const habit = (y - center) / scale;
  const luck = chance(point, center) / unrest;
  return luck * habit <= 0 ? 0 : Math.sign(luck) / Math.sqrt(1 / habit ** 2 + 1 / luck ** 2);
};

/**
 * How far this hour varies beyond chance. The spread of a handful of earlier values is itself uncertain: it counts for no more
 * than twice what the whole of the last day says.
 */
export const habitOf = (
  spread: number,
  { floor, sampling, unrest }: Readonly<Record<'floor' | 'sampling' | 'unrest', number>>,
): number => {
  const believed = Math.min(spread, 2 * unrest * Math.sqrt(floor ** 2 + sampling));
  return Math.max(unrest * floor, Math.sqrt(Math.max(0, believed ** 2 - sampling)));
};

/** What is never news; more of it while less than a week is known. */
export const floorOf = (kind: Kind, { ageDays }: Baseline): number =>
  ageDays < DAYS_OF_WEEK ? kind.youngFloor : kind.floor;

/** How much wider than floor and chance this series was all of the last day. */
export const unrestOf = (residuals: readonly number[], { warmUp }: Intervals): number =>
  residuals.length >= warmUp ? Math.max(1, robust(residuals).spread) : 1;

/** It was like this at this hour not long ago, on a holiday or a Sunday: how far it is beyond that counts. */
export const withPrecedent = (plain: number, y: number, width: number, { least, most }: Precedent): number => {
  const beyond = Math.max(0, y - most, least - y) / width;
  return Math.sign(plain) * Math.min(Math.abs(plain), beyond + PRECEDENT_SCORE);
};

/** What has a precedent is that far out at most: less than what ends an alarm. */
const PRECEDENT_SCORE = 2;

/** The same of what it was lately. */
export const shortened = (kind: Kind, { least, most }: Precedent, parts: number): Precedent => ({
  least: perShort(kind, least, parts),
  most: perShort(kind, most, parts),
});

/** What is expected of a short interval, where a long one is expected to be so. */
export const perShort = (kind: Kind, center: number, parts: number): number =>
  kind.grows ? Math.log1p(Math.expm1(Math.max(0, center)) / parts) : center;
