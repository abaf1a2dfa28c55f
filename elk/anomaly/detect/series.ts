import type { Signal } from '../signals.ts';
import { type Alarm, QUIET, turn } from './alarm.ts';
import { type Baseline, baselineOf, type Precedent, precedentOf } from './baseline.ts';
import { DAYS_OF_WEEK, type Intervals, WEEKS_KEPT, type Window } from './clock.ts';
import {
  distance,
  floorOf,
  habitOf,
  learnable,
  perShort,
  shortened,
  unrestOf,
  WINSOR,
  withPrecedent,
} from './distance.ts';
import { append, type History, newHistory, recent, shift } from './history.ts';
import { KINDS, type Kind, type Point } from './kind.ts';
import { robust } from './robust.ts';

/** All that is remembered of one series. */
export interface SeriesState {
  /** Of long intervals, on the scale of its kind; incidents are cut out of it. */
  readonly history: History;
  /** How far long intervals were from what was expected, in units of floor and chance. */
  readonly residuals: History;
  /** The same of short intervals: their baseline. */
  readonly minutes: History;
  /** What `minutes` are measured from; another basis begins them anew. */
  minutesBasis: 'season' | 'nothing';
  readonly alarms: Record<Window, Alarm>;
  /** What the long interval that is under way should be like: it is asked for every short one in it. */
  outlook: Outlook | undefined;
}

interface Outlook {
  readonly slot: number;
  readonly baseline: Baseline;
  readonly precedent: Precedent | undefined;
}

/** What is thought of one point. */
export interface Verdict {
  /** Deviations from what is expected, with a sign; 0 where nothing can be said. */
  readonly score: number;
  readonly basis: Baseline['basis'];
  /** In the unit of the series. */
  readonly actual: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Advanced {
  readonly verdict: Verdict;
  readonly alarm: Alarm;
  readonly change: 'raised' | 'cleared' | 'accepted' | undefined;
}

/** Short intervals that short ones are compared with, and how many are enough: thirty, where nothing else is asked for. */
const MINUTES_KEPT = 120;
const minutesEnough = ({ warmUp }: Intervals): number => Math.ceil(1.25 * warmUp);
/** Scores beyond say nothing more. */
const MOST = 100;
/** A quarter of slots with anything in them is no rhythm yet. */
const RHYTHM = 0.6;

export const newSeries = ({ day }: Intervals): SeriesState => ({
  history: newHistory(day * DAYS_OF_WEEK * WEEKS_KEPT),
  residuals: newHistory(day),
  minutes: newHistory(MINUTES_KEPT),
  minutesBasis: 'nothing',
  alarms: { short: QUIET, long: QUIET },
  outlook: undefined,
});

/** Judges a point, moves the alarm on, learns. Changes `state`. */
export const advance = (
  state: SeriesState,
  signal: Signal,
  at: { readonly window: Window; readonly slot: number; readonly point: Point; readonly intervals: Intervals },
): Advanced => {
  const kind: Kind = KINDS[signal.kind];
  const judged = at.window === 'long' ? judgeLong(state, signal, kind, at) : judgeShort(state, signal, kind, at);
  const { verdict, learn } = judged;
  const next = turn(state.alarms[at.window], verdict.score, at.slot);
  state.alarms[at.window] = next.alarm;
  if (isAccepted(next.alarm, at)) {
    accept(state, kind, at);
    return { verdict, alarm: next.alarm, change: 'accepted' };
  }
  learn();
  return { verdict, alarm: next.alarm, change: next.change };
};

interface At {
  readonly window: Window;
  readonly slot: number;
  readonly point: Point;
  readonly intervals: Intervals;
}

interface Judged {
  readonly verdict: Verdict;
  readonly learn: () => void;
}

const judgeLong = (state: SeriesState, signal: Signal, kind: Kind, { slot, point, intervals }: At): Judged => {
  const { history, residuals } = state;
  if (point.n < kind.fewest) return nothing(point);
  const y = kind.toScale(point);
  const { baseline, precedent } = outlookOf(state, slot, intervals);
  const { center, basis } = baseline;
  if (basis === 'none') return { verdict: unknown(kind, y, point, basis), learn: () => append(history, slot, y) };
  const floor = floorOf(kind, baseline);
  const sampling = kind.sampling(center, Math.max(1, point.n));
  const unrest = unrestOf(recent(residuals, slot, intervals.day), intervals);
  const scale = habitOf(baseline.spread, { floor, sampling, unrest });
  const width = Math.sqrt(scale ** 2 + unrest ** 2 * sampling);
  const plain = distance(kind, point, { y, center, scale, width, unrest });
  const isKnown = isJudged(state, signal, { slot, basis, intervals }, kind);
  const score = isKnown
    ? sided(signal, precedent === undefined ? plain : withPrecedent(plain, y, width, precedent))
    : 0;
  return {
    verdict: { ...bounds(kind, point, center, width), score, basis },
    learn() {
      // As they are: half of a day may be an incident, and the median of the rest is still that of the rest.
      append(residuals, slot, (y - center) / Math.sqrt(floor ** 2 + sampling));
      const { least, most } = learnable(kind, basis, { center, width, precedent });
      append(history, slot, clamp(y, least, most));
    },
  };
};

/** Nothing older than the slot is written while it is under way, so that what was found for it stays true. */
const outlookOf = (state: SeriesState, slot: number, intervals: Intervals): Outlook => {
  if (state.outlook?.slot === slot) return state.outlook;
  const { history } = state;
  state.outlook = {
    slot,
    baseline: baselineOf(history, slot, intervals),
    precedent: precedentOf(history, slot, intervals),
  };
  return state.outlook;
};

/** Numbers that follow the load are judged when a day of it is known; load itself only where there is a rhythm. */
const isJudged = (
  { history }: SeriesState,
  signal: Signal,
  { slot, basis, intervals }: Pick<At, 'slot' | 'intervals'> & Pick<Baseline, 'basis'>,
  kind: Kind,
): boolean => {
  if (kind.grows && basis === 'recent') return false;
  if (signal.needsRhythm !== true) return true;
  const known = recent(history, slot, intervals.day * DAYS_OF_WEEK);
  return known.filter((value) => value > 0).length >= RHYTHM * known.length;
};

const judgeShort = (state: SeriesState, signal: Signal, kind: Kind, { slot, point, intervals }: At): Judged => {
  if (point.n < kind.fewest) return nothing(point);
  const parts = intervals.longMs / intervals.shortMs;
  const longSlot = Math.floor(slot / parts);
  const { baseline, precedent } = outlookOf(state, longSlot, intervals);
  const isSeasonal = baseline.basis === 'week' || baseline.basis === 'day';
  const y = kind.toScale(point);
  const from = isSeasonal ? perShort(kind, baseline.center, parts) : 0;
  rebase(state, isSeasonal ? 'season' : 'nothing');
  const last = recent(state.minutes, slot, MINUTES_KEPT);
  const { center: usual, spread } = robust(last);
  if (last.length < minutesEnough(intervals)) {
    const learn = () => append(state.minutes, slot, y - from);
    return { verdict: unknown(kind, y, point, 'none'), learn };
  }
  const center = from + usual;
  const floor = floorOf(kind, baseline);
  // What it spread by lately holds what chance did to it.
  const width = Math.max(spread, Math.sqrt(floor ** 2 + kind.sampling(center, Math.max(1, point.n))));
  const isKnown = isSeasonal
    ? isJudged(state, signal, { slot: longSlot, basis: baseline.basis, intervals }, kind)
    : !kind.grows;
  const plain = distance(kind, point, { y, center, scale: Math.max(spread, floor), width, unrest: 1 });
  const known =
    isSeasonal && precedent !== undefined ? withPrecedent(plain, y, width, shortened(kind, precedent, parts)) : plain;
  return {
    verdict: {
      ...bounds(kind, point, center, width),
      score: isKnown ? sided(signal, known) : 0,
      basis: baseline.basis,
    },
    learn: () => append(state.minutes, slot, clamp(y - center, -WINSOR * width, WINSOR * width) + usual),
  };
};

const rebase = (state: SeriesState, basis: SeriesState['minutesBasis']): void => {
  if (state.minutesBasis === basis) return;
  state.minutesBasis = basis;
  state.minutes.length = 0;
};

/** A day of the long intervals, two hours of the short ones: after that it is how things are. */
const ACCEPTED_MINUTES = 120;
const isAccepted = (alarm: Alarm, { window, slot, intervals }: At): boolean =>
  alarm.isRaised && slot - alarm.since >= (window === 'long' ? intervals.day : ACCEPTED_MINUTES);

const accept = (state: SeriesState, kind: Kind, { window, slot, point, intervals }: At): void => {
  state.alarms[window] = QUIET;
  state.minutes.length = 0;
  if (window === 'short') return;
  const moved = kind.toScale(point) - outlookOf(state, slot, intervals).baseline.center;
  shift(state.history, moved, 0);
  state.residuals.length = 0;
  state.outlook = undefined;
};

const sided = ({ news }: Signal, score: number): number => {
  const bounded = clamp(score, -MOST, MOST);
  return news === 'high' ? Math.max(0, bounded) : bounded;
};

const bounds = (kind: Kind, point: Point, center: number, width: number) => ({
  actual: kind.fromScale(kind.toScale(point), point.n),
  expected: kind.fromScale(center, point.n),
  lower: kind.fromScale(Math.max(0, center - WINSOR * width), point.n),
  upper: kind.fromScale(center + WINSOR * width, point.n),
});

const unknown = (kind: Kind, y: number, point: Point, basis: Baseline['basis']): Verdict => ({
  ...{ score: 0, basis, actual: kind.fromScale(y, point.n) },
  ...{ expected: Number.NaN, lower: Number.NaN, upper: Number.NaN },
});

const nothing = ({ value }: Point): Judged => ({
  verdict: { score: 0, basis: 'none', actual: value, expected: Number.NaN, lower: Number.NaN, upper: Number.NaN },
  learn: () => undefined,
});

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
