import { DAYS_OF_WEEK, type Intervals, WEEKS_KEPT } from './clock.ts';
import { type History, recent, valueAt } from './history.ts';
import { robust } from './robust.ts';

/** What a slot is expected to be like, and from what that is known. */
export interface Baseline {
  readonly center: number;
  readonly spread: number;
  /** `week`: the same hour of earlier weeks; `day`: of earlier days; `recent`: the last hours; `none`: too little is known. */
  readonly basis: 'week' | 'day' | 'recent' | 'none';
  /** Days since this series was first seen. */
  readonly ageDays: number;
}

/** The least and the most it was at about this hour lately. */
export interface Precedent {
  readonly least: number;
  readonly most: number;
}

const FEWEST_SEASONS = 2;
const FEWEST_VALUES = 4;
/** A slot and its two neighbours: what is a little earlier or later than last time is no news. */
const NEIGHBOURS = [-1, 0, 1] as const;
/** Days in which it may have been like this at this hour. */
const PRECEDENT_DAYS = 14;

/** Of the same slot in up to eight weeks, else in up to seven days, else of the last day. */
export const baselineOf = (history: History, slot: number, { day, warmUp }: Intervals): Baseline => {
  const ageDays = history.length === 0 ? 0 : (slot - history.first) / day;
  const weekly = seasons(history, slot, day * DAYS_OF_WEEK, WEEKS_KEPT);
  if (weekly.seen >= FEWEST_SEASONS && weekly.values.length >= FEWEST_VALUES) {
    return { ...robust(weekly.values), basis: 'week', ageDays };
  }
  const daily = seasons(history, slot, day, DAYS_OF_WEEK);
  if (daily.seen >= FEWEST_SEASONS && daily.values.length >= FEWEST_VALUES) {
    return { ...robust(daily.values), basis: 'day', ageDays };
  }
  const last = recent(history, slot, day);
  if (last.length >= warmUp) return { ...robust(last), basis: 'recent', ageDays };
  return { center: Number.NaN, spread: Number.NaN, basis: 'none', ageDays };
};

/** Of two weeks; undefined where nothing is known. */
export const precedentOf = (history: History, slot: number, { day }: Intervals): Precedent | undefined => {
  const { values } = seasons(history, slot, day, PRECEDENT_DAYS);
  if (values.length === 0) return undefined;
  return { least: Math.min(...values), most: Math.max(...values) };
};

const seasons = (history: History, slot: number, season: number, most: number) => {
  const values: number[] = [];
  let seen = 0;
  for (let back = 1; back <= most; back += 1) {
    const before = values.length;
    for (const neighbour of NEIGHBOURS) {
      const value = valueAt(history, slot - back * season + neighbour);
      if (!Number.isNaN(value)) values.push(value);
    }
    if (values.length > before) seen += 1;
  }
  return { values, seen };
};
