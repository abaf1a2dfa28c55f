import type { Logger } from '../../core/telemetry/log.ts';
import type { AnomalySource } from '../../core/telemetry/metrics.ts';
import type { Intervals, Window } from './detect/clock.ts';
import { take } from './detect/detector.ts';
import type { Point } from './detect/kind.ts';
import { keyText, type SeriesKey } from './signals.ts';
import { type AnomalyDocument, documentOf, documentOfNovelty } from './sinks/document.ts';
import type { Lines, LogSource, MetricSource, Points, Span } from './sources/source.ts';
import type { Learnt } from './store/state-store.ts';
import { takeLines } from './templates/novelty.ts';

interface Options {
  readonly intervals: Intervals;
  readonly learnt: Learnt;
  readonly metrics: MetricSource | undefined;
  readonly logs: LogSource | undefined;
  readonly log: Logger;
  readonly publish: (document: AnomalyDocument) => void;
}

export interface Cycle {
  /** Takes in all intervals that ended before `now`. Never rejects; resolves with whether a long one was among them. */
  run(now: number): Promise<boolean>;
  readonly sources: ReadonlyMap<AnomalySource, boolean>;
}

/** How far back numbers are read that nobody saw: two weeks of the long intervals, three hours of the short ones. */
const LONG_DAYS_BACK = 14;
const SHORT_BACK = 180;
/** Intervals after which something is no news any more. */
const NEWS = 2;

/** One look after the other at what was measured and written since the last. */
export const createCycle = ({ intervals, learnt, metrics, logs, log, publish }: Options): Cycle => {
  const sources = new Map<AnomalySource, boolean>();
  const pending = { warn: 0, error: 0 };
  let pendingFrom = -1;

  const ask = async <T>(name: AnomalySource, question: () => Promise<T>): Promise<T | undefined> => {
    try {
      const found = await question();
      if (sources.get(name) === false) log.info('source.recovered', { labels: { source: name } });
      sources.set(name, true);
      return found;
    } catch (err) {
      if (sources.get(name) !== false) log.warn('source.failed', { err, labels: { source: name } });
      sources.set(name, false);
      return undefined;
    }
  };

  const takeAll = async (window: Window, now: number, lines: Lines | undefined): Promise<number> => {
    const span = dueOf(learnt, intervals, window, now);
    if (span === undefined) return 0;
    const found = metrics === undefined ? new Map<number, Points>() : await ask(metrics.name, () => metrics.read(span));
    for (let slot = span.first; slot <= span.last; slot += 1) {
      const isNewest = slot === span.last;
      const points =
        found === undefined ? undefined : withLines(found.get(slot), isNewest ? countsOf(window, lines) : undefined);
      const isNews = span.last - slot < NEWS;
      // What could not be asked for is asked for again; it is missing only in the interval that is under watch.
      if (found === undefined && !isNewest) continue;
      const examples = lines?.errors.map(({ message }) => message) ?? [];
      for (const change of take(learnt.detector, intervals, { window, slot, points, isNews })) {
        publish(documentOf(change, { intervals, state: learnt.detector, examples }));
      }
    }
    learnt.last[window] = span.last;
    return span.last - span.first + 1;
  };

  const countsOf = (window: Window, lines: Lines | undefined): Lines['counts'] | undefined =>
    window === 'short' ? lines?.counts : takePending();
  const takePending = (): Lines['counts'] | undefined => {
    const counts = { ...pending };
    const isWhole = pendingFrom >= 0;
    Object.assign(pending, { warn: 0, error: 0 });
    pendingFrom = learnt.last.short;
    // An interval of which only the end was watched has too few.
    return isWhole ? counts : undefined;
  };

  return {
    sources,
    async run(now) {
      const span = dueOf(learnt, intervals, 'short', now);
      const lines = logs === undefined || span === undefined ? undefined : await ask(logs.name, () => logs.read(span));
      if (lines !== undefined && span !== undefined) {
        pending.warn += lines.counts.warn;
        pending.error += lines.counts.error;
        for (const novelty of takeLines(learnt.novelty, intervals, {
          slot: span.last,
          lines: lines.errors,
          isNews: true,
        })) {
          publish(documentOfNovelty(novelty, span.last, { intervals, state: learnt.detector, examples: [] }));
        }
      }
      // The long ones first while much is read at once: the short ones are measured from them.
      const isCatchingUp = learnt.last.short < 0;
      if (isCatchingUp) await takeAll('long', now, lines);
      await takeAll('short', now, lines);
      return (await takeAll('long', now, lines)) > 0;
    },
  };
};

/** The intervals that have ended and were not taken in yet. */
const dueOf = (
  { last }: Learnt,
  { shortMs, longMs, day }: Intervals,
  window: Window,
  now: number,
): Span | undefined => {
  const lengthMs = window === 'short' ? shortMs : longMs;
  const newest = Math.floor(now / lengthMs) - 1;
  const back = window === 'short' ? SHORT_BACK : LONG_DAYS_BACK * day;
  // A clock that was set back by more than all that is read again begins anew.
  const known = last[window] > newest + back ? -1 : last[window];
  const first = Math.max(known + 1, newest - back + 1);
  return first > newest ? undefined : { lengthMs, first, last: newest };
};

const withLines = (points: Points | undefined, counts: Lines['counts'] | undefined): Points => {
  const all = new Map<string, { readonly key: SeriesKey; readonly point: Point }>(points);
  if (counts === undefined) return all;
  for (const level of ['warn', 'error'] as const) {
    const key = { signal: 'log_volume', label: level } as const;
    all.set(keyText(key), { key, point: { value: counts[level], n: counts[level] } });
  }
  return all;
};
