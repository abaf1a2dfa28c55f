import { type SeriesKey, SIGNALS } from '../signals.ts';
import { type Alarm, QUIET, RAISE, turn } from './alarm.ts';
import type { Intervals, Window } from './clock.ts';
import type { Point } from './kind.ts';
import { type Advanced, advance, newSeries, type SeriesState } from './series.ts';

/** What was measured in one interval. */
export interface Batch {
  readonly window: Window;
  readonly slot: number;
  /** By the text of their keys. Empty: the sources answer and know nothing; absent: they do not answer. */
  readonly points: ReadonlyMap<string, { readonly key: SeriesKey; readonly point: Point }> | undefined;
  /** False: too old to raise anything; it is learnt, no more. */
  readonly isNews: boolean;
}

/** Something that began, ended, or was accepted as how things are. */
export interface Change {
  readonly what: 'raised' | 'cleared' | 'accepted';
  readonly window: Window;
  readonly slot: number;
  /** First slot of what it is about. */
  readonly since: number;
  /** Absent where data is missing. */
  readonly key: SeriesKey | undefined;
  readonly verdict: Advanced['verdict'] | undefined;
  readonly direction: Alarm['direction'];
}

export interface DetectorState {
  readonly series: Map<string, { readonly key: SeriesKey; readonly state: SeriesState; seenAt: number }>;
  readonly missing: Record<Window, { alarm: Alarm; known: number }>;
  /** How far out each series was last, by window and key. */
  readonly scores: Record<Window, Map<string, { readonly key: SeriesKey; readonly score: number }>>;
}

export const newDetector = (): DetectorState => ({
  series: new Map(),
  missing: { short: { alarm: QUIET, known: 0 }, long: { alarm: QUIET, known: 0 } },
  scores: { short: new Map(), long: new Map() },
});

/** More series than that are not followed: labels come from closed lists, and this is beyond all of them. */
export const MOST_SERIES = 256;
/** Short intervals without data that a restart or a deploy may take. */
const MISSING_SHORT = 5;

/** Takes one interval; answers what changed. Changes `state`, and nothing else. */
export const take = (state: DetectorState, intervals: Intervals, batch: Batch): Change[] => {
  const { window, slot, points, isNews } = batch;
  const changes = missingOf(state, intervals, batch);
  state.scores[window].clear();
  for (const [text, { key, point }] of points ?? []) {
    const entry = seriesOf(state, intervals, { text, key, seenAt: slot });
    if (entry === undefined) continue;
    const before = entry.state.alarms[window];
    const { verdict, alarm, change } = advance(entry.state, SIGNALS[key.signal], { window, slot, point, intervals });
    if (!isNews) {
      entry.state.alarms[window] = QUIET;
      continue;
    }
    state.scores[window].set(text, { key, score: verdict.score });
    if (change === undefined) continue;
    const { since, direction } = change === 'raised' ? alarm : before;
    changes.push({ what: change, window, slot, since, key, verdict, direction });
  }
  return changes;
};

const seriesOf = (
  { series }: DetectorState,
  intervals: Intervals,
  { text, key, seenAt }: { readonly text: string; readonly key: SeriesKey; readonly seenAt: number },
) => {
  const known = series.get(text);
  if (known !== undefined) {
    known.seenAt = seenAt;
    return known;
  }
  if (series.size >= MOST_SERIES) return undefined;
  const entry = { key, state: newSeries(intervals), seenAt };
  series.set(text, entry);
  return entry;
};

/** Nothing where there was always something is news as well: whoever is not measured is not known to be well. */
const missingOf = ({ missing }: DetectorState, { warmUp }: Intervals, batch: Batch): Change[] => {
  const { window, slot, points, isNews } = batch;
  const entry = missing[window];
  // Of the logs alone nobody knows whether the service is measured.
  const isMissing = points === undefined || ![...points.values()].some(({ key }) => key.signal !== 'log_volume');
  if (!isMissing) entry.known += 1;
  if (entry.known < warmUp || !isNews) return [];
  const before = entry.alarm;
  // Two in a row raise, and so do five of the short ones: the first three of those count as none.
  const run = isMissing ? (entry.alarm.isRaised ? RAISE.times : before.streak + 1) : 0;
  const needed = window === 'short' ? MISSING_SHORT : RAISE.times;
  const { alarm, change } = missingTurn(before, { run, needed, slot, isMissing });
  entry.alarm = alarm;
  if (change === undefined) return [];
  const since = change === 'raised' ? alarm.since : before.since;
  return [{ what: change, window, slot, since, key: undefined, verdict: undefined, direction: 'low' }];
};

const missingTurn = (
  before: Alarm,
  { run, needed, slot, isMissing }: { run: number; needed: number; slot: number; isMissing: boolean },
): ReturnType<typeof turn> => {
  if (before.isRaised) return turn({ ...before, direction: 'low' }, isMissing ? -RAISE.score : 0, slot);
  if (!isMissing) return { alarm: QUIET, change: undefined };
  const since = run === 1 ? slot : before.since;
  const isRaised = run >= needed;
  return {
    alarm: { isRaised, streak: isRaised ? 0 : run, direction: 'low', since },
    change: isRaised ? 'raised' : undefined,
  };
};

/** What is raised now. */
export const raisedNow = (state: DetectorState): { readonly window: Window; readonly key: SeriesKey | undefined }[] => [
  ...[...state.series.values()].flatMap(({ key, state: { alarms } }) =>
    (['short', 'long'] as const).filter((window) => alarms[window].isRaised).map((window) => ({ window, key })),
  ),
  ...(['short', 'long'] as const)
    .filter((window) => state.missing[window].alarm.isRaised)
    .map((window) => ({ window, key: undefined })),
];
