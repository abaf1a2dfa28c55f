import { keyText, type SeriesKey, SIGNALS } from '../signals.ts';
import { type Alarm, QUIET, RAISE, turn } from './alarm.ts';
import type { Intervals, Window } from './clock.ts';
import type { Point } from './kind.ts';
import { type Advanced, advance, newSeries, type SeriesState } from './series.ts';

/** What was measured in one interval. */
export interface Batch {
  readonly window: Window;
  readonly slot: number;
  /**
   * By `seriesText` of their keys; of several of one name the first that is known well enough speaks, the others learn. Empty: the
   * sources answer and know nothing; absent: they do not answer.
   */
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

/** Something that was said, until it is said that it ended. */
interface Told {
  readonly window: Window;
  readonly key: SeriesKey;
  readonly since: number;
  readonly direction: Alarm['direction'];
  /** The last slot in which anybody measured it. */
  heardAt: number;
}

export interface DetectorState {
  readonly series: Map<string, { readonly key: SeriesKey; readonly state: SeriesState; seenAt: number }>;
  readonly missing: Record<Window, { alarm: Alarm; known: number }>;
  /** What is raised now, by window and name. */
  readonly told: Map<string, Told>;
  /** How far out each series was last, by window and name. */
  readonly scores: Record<Window, Map<string, { readonly key: SeriesKey; readonly score: number }>>;
}

export const newDetector = (): DetectorState => ({
  series: new Map(),
  missing: { short: { alarm: QUIET, known: 0 }, long: { alarm: QUIET, known: 0 } },
  told: new Map(),
  scores: { short: new Map(), long: new Map() },
});

/** More series than that are not followed: labels come from closed lists, and this is beyond all of them. */
export const MOST_SERIES = 256;
/** Intervals without a word about something that is raised. */
const UNHEARD = 12;
/** Short intervals without data that a restart or a deploy may take. */
const MISSING_SHORT = 5;

/** Takes one interval; answers what changed. Changes `state`, and nothing else. */
export const take = (state: DetectorState, intervals: Intervals, batch: Batch): Change[] => {
  const { window, slot, points, isNews } = batch;
  const changes = missingOf(state, intervals, batch);
  state.scores[window].clear();
  const voices = new Map<string, Voice>();
  for (const [text, { key, point }] of points ?? []) {
    const entry = seriesOf(state, intervals, { text, key, seenAt: slot });
    if (entry === undefined) continue;
    const advanced = advance(entry.state, SIGNALS[key.signal], { window, slot, point, intervals });
    const name = keyText(key);
    if (!isNews) {
      // What was said before is known to go on, or not.
      if (!state.told.has(`${window} ${name}`)) entry.state.alarms[window] = QUIET;
      continue;
    }
    const first = voices.get(name);
    if (first === undefined || (!isSure(first.advanced) && isSure(advanced))) voices.set(name, { key, advanced });
  }
  for (const [name, voice] of voices) {
    state.scores[window].set(name, { key: voice.key, score: voice.advanced.verdict.score });
    changes.push(...tell(state.told, { window, slot, name }, voice));
  }
  return isNews ? [...changes, ...unheard(state.told, { window, slot })] : changes;
};

interface Voice {
  readonly key: SeriesKey;
  readonly advanced: Advanced;
}

const isSure = ({ verdict }: Advanced): boolean => verdict.basis === 'week' || verdict.basis === 'day';

/** What is raised is said once and ended once, also where another source takes over in between. */
const tell = (
  told: DetectorState['told'],
  { window, slot, name }: { readonly window: Window; readonly slot: number; readonly name: string },
  { key, advanced: { verdict, alarm, change } }: Voice,
): Change[] => {
  const text = `${window} ${name}`;
  const before = told.get(text);
  const isRaised = alarm.isRaised && change !== 'accepted';
  if (before !== undefined) before.heardAt = slot;
  if (isRaised === (before !== undefined)) return [];
  if (before === undefined) {
    const { since, direction } = alarm;
    told.set(text, { window, key, since, direction, heardAt: slot });
    return [{ what: 'raised', window, slot, since, key, verdict, direction }];
  }
  told.delete(text);
  const { since, direction, key: first } = before;
  return [{ what: change === 'accepted' ? change : 'cleared', window, slot, since, key: first, verdict, direction }];
};

/** What nobody measures any more, because its source is gone, is not known to go on. */
const unheard = (
  told: DetectorState['told'],
  { window, slot }: { readonly window: Window; readonly slot: number },
): Change[] => {
  const gone = [...told].filter(([, one]) => one.window === window && slot - one.heardAt >= UNHEARD);
  return gone.map(([text, { key, since, direction }]) => {
    told.delete(text);
    return { what: 'cleared', window, slot, since, key, verdict: undefined, direction };
  });
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
    alarm: { isRaised, streak: isRaised ? 0 : run, direction: 'low', last: 0, since },
    change: isRaised ? 'raised' : undefined,
  };
};

/** What is raised now. */
export const raisedNow = (state: DetectorState): { readonly window: Window; readonly key: SeriesKey | undefined }[] => [
  ...[...state.told.values()].map(({ window, key }) => ({ window, key })),
  ...(['short', 'long'] as const)
    .filter((window) => state.missing[window].alarm.isRaised)
    .map((window) => ({ window, key: undefined })),
];
