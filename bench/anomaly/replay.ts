import { USUAL, type Window } from '../../elk/anomaly/detect/clock.ts';
import { type Batch, newDetector, take } from '../../elk/anomaly/detect/detector.ts';
import type { Point } from '../../elk/anomaly/detect/kind.ts';
import { keyText, type SeriesKey } from '../../elk/anomaly/signals.ts';
import { newNovelty, takeLines } from '../../elk/anomaly/templates/novelty.ts';
import { BOUNDS, type Minute, type World } from './world.ts';

/** Something that was raised, and the minute at the end of the interval in which it was. */
export interface Raised {
  readonly signal: string;
  readonly window: Window;
  readonly minute: number;
  readonly score: number;
}

const PARTS = USUAL.longMs / USUAL.shortMs;

/** Plays a world to the detector, minute by minute. */
export const replay = (world: World): Raised[] => {
  const state = newDetector();
  const novelty = newNovelty();
  const raised: Raised[] = [];
  const feed = (window: Window, slot: number, minute: number, measured: Minute | undefined): void => {
    const points = pointsOf(measured);
    for (const { what, key, verdict } of take(state, USUAL, { window, slot, points, isNews: true })) {
      const signal = key === undefined ? 'missing_data' : keyText(key);
      if (what === 'raised') raised.push({ signal, window, minute, score: verdict?.score ?? 0 });
    }
  };
  let quarter: Minute[] = [];
  for (let at = 0; at < world.minutes; at += 1) {
    const minute = world.minute(at);
    feed('short', at, at + 1, minute);
    for (const { what } of takeLines(novelty, USUAL, { slot: at, lines: minute?.errorLines ?? [], isNews: true })) {
      if (what === 'raised') raised.push({ signal: 'log_template', window: 'short', minute: at + 1, score: 0 });
    }
    if (minute !== undefined) quarter.push(minute);
    if ((at + 1) % PARTS !== 0) continue;
    feed('long', Math.floor(at / PARTS), at + 1, quarter.length === 0 ? undefined : sumOf(quarter));
    quarter = [];
  }
  return raised;
};

export const sumOf = (minutes: readonly Minute[]): Minute => {
  const sum = (read: (minute: Minute) => number): number => minutes.reduce((total, one) => total + read(one), 0);
  const rules = Object.keys(minutes[0]?.redactions ?? {});
  return {
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    refused: sum(({ refused }) => refused),
    durations: [...BOUNDS, 0].map((_bound, index) => sum(({ durations }) => durations[index] ?? 0)),
    seconds: sum(({ seconds }) => seconds),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    redactions: Object.fromEntries(rules.map((rule) => [rule, sum(({ redactions }) => redactions[rule] ?? 0)])),
    lines: { warn: sum(({ lines }) => lines.warn), error: sum(({ lines }) => lines.error) },
    errorLines: [],
  };
};

/** What the sources would make of it. */
export const pointsOf = (minute: Minute | undefined): NonNullable<Batch['points']> => {
  const points = new Map<string, { readonly key: SeriesKey; readonly point: Point }>();
  if (minute === undefined) return points;
  const { requests, errors, refused, durations, seconds, inputTokens, outputTokens, redactions, lines } = minute;
  const done = requests - refused;
  const add = (signal: SeriesKey['signal'], label: string, value: number, n: number): void => {
    const key = { signal, label };
    if (!Number.isNaN(value)) points.set(keyText(key), { key, point: { value, n } });
  };
  add('traffic', '', requests, requests);
  add('errors', '', errors, done);
  add('refusals', 'queue_full', refused, requests);
  add('latency', '', 1000 * percentile(durations, 0.99), done);
  add('mean_latency', '', (1000 * seconds) / done, done);
  add('tokens', 'input', inputTokens / done, done);
  add('tokens', 'output', outputTokens / done, done);
  for (const [rule, count] of Object.entries(redactions)) add('redactions', rule, count, done);
  add('log_volume', 'warn', lines.warn, lines.warn);
  add('log_volume', 'error', lines.error, lines.error);
  return points;
};

/** As `histogram_quantile` of Prometheus reads it off the buckets. */
const percentile = (durations: readonly number[], share: number): number => {
  const total = durations.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.NaN;
  let below = 0;
  for (const [index, count] of durations.entries()) {
    if (below + count >= share * total) {
      const from = index === 0 ? 0 : (BOUNDS[index - 1] ?? 0);
      const to = BOUNDS[index] ?? from;
      return from + ((to - from) * (share * total - below)) / count;
    }
    below += count;
  }
  return BOUNDS.at(-1) ?? Number.NaN;
};
