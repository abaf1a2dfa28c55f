import type { Intervals, Window } from './detect/clock.ts';
import type { Span } from './sources/source.ts';

/** How far back numbers are read that nobody saw: two weeks of the long intervals, three hours of the short ones. */
const LONG_DAYS_BACK = 14;
const SHORT_BACK = 180;

export const mostBack = ({ day }: Intervals, window: Window): number =>
  window === 'short' ? SHORT_BACK : LONG_DAYS_BACK * day;

export const lengthOf = ({ shortMs, longMs }: Intervals, window: Window): number =>
  window === 'short' ? shortMs : longMs;

/** The intervals that ended before `until` and come after `last`. */
export const dueOf = (last: number, intervals: Intervals, window: Window, until: number): Span | undefined => {
  const lengthMs = lengthOf(intervals, window);
  const newest = Math.floor(until / lengthMs) - 1;
  const back = mostBack(intervals, window);
  // A clock that was set back by more than all that is read again begins anew.
  const known = last > newest + back ? -1 : last;
  const first = Math.max(known + 1, newest - back + 1);
  return first > newest ? undefined : { lengthMs, first, last: newest };
};
