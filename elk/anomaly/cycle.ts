import type { Logger } from '../../core/telemetry/log.ts';
import { type Asker, createAsker } from './asker.ts';
import type { Intervals, Window } from './detect/clock.ts';
import { take } from './detect/detector.ts';
import { dueOf, mostBack } from './due.ts';
import { type LinesRead, type Present, readLines, whoIsThere } from './look.ts';
import { type Heard, mergedAt } from './merge.ts';
import type { SeriesKey } from './signals.ts';
import { type AnomalyDocument, documentOf, documentOfNovelty } from './sinks/document.ts';
import type { Lines, LogSource, MetricSource, Span } from './sources/source.ts';
import type { Learnt } from './store/state-store.ts';
import { takeLines } from './templates/novelty.ts';

interface Options {
  readonly intervals: Intervals;
  readonly learnt: Learnt;
  /** The first that answers is believed; the others go on learning, to take over when it is away. */
  readonly metrics: readonly MetricSource[];
  readonly logs: readonly LogSource[];
  /** How long an interval waits for what is on its way to a source. */
  readonly delayMs: number;
  readonly log: Logger;
  readonly publish: (document: AnomalyDocument) => void;
  /** Whose numbers these are: of this machine, or of all that share a store. */
  readonly owners: { readonly own: string; readonly shared: string };
}

/** What one look brought. */
export interface Looked {
  /** A long interval was among what was taken in. */
  readonly isLong: boolean;
  readonly hasChanged: boolean;
  /** The last interval waits for what is on its way: look again soon. */
  readonly isHeld: boolean;
}

export interface Cycle {
  /** Takes in all intervals that ended before `now`. Never rejects. */
  run(now: number): Promise<Looked>;
  readonly sources: Asker['up'];
}

/** Intervals after which something is no news any more, beside those that waited. */
const NEWS = 2;

interface Look extends Present {
  readonly lines: LinesRead;
}

/** One look after the other at what was measured and written since the last. */
export const createCycle = (options: Options): Cycle => {
  const { intervals, learnt, metrics, logs, log, owners } = options;
  const delayMs = metrics.some(({ until }) => until !== undefined) ? options.delayMs : 0;
  const { ask, up } = createAsker(log);
  const pending = { warn: 0, error: 0 };
  let pendingFrom = -1;
  let hasChanged = false;

  const publish = (document: AnomalyDocument): void => {
    hasChanged = true;
    options.publish(document);
  };
  const ownerOf = (key: SeriesKey | undefined): string => (key?.from === undefined ? owners.own : owners.shared);

  const takeAll = async (window: Window, look: Look): Promise<boolean> => {
    const span = dueOf(learnt.last[window], intervals, window, look.until);
    if (span === undefined) return false;
    const heard: Heard[] = [];
    const news = NEWS + Math.ceil(delayMs / span.lengthMs);
    for (const source of look.sources) {
      const told = learnt.heard.get(source.name) ?? { short: -1, long: -1 };
      const first = Math.min(span.first, Math.max(told[window] + 1, span.last - mostBack(intervals, window) + 1));
      const answer = await ask(source.name, 'numbers', () => readFrom(source, { ...span, first }, news));
      if (answer === undefined) continue;
      heard.push(answer);
      learnt.heard.set(source.name, { ...told, [window]: span.last });
    }
    for (let slot = Math.min(span.first, ...heard.map(({ first }) => first)); slot <= span.last; slot += 1) {
      const isNewest = slot === span.last;
      // What nobody could be asked about is missing only in the interval that is under watch.
      if (heard.length === 0 && !isNewest) continue;
      const counts = isNewest ? countsOf(window, look.lines) : undefined;
      const points = heard.length === 0 ? undefined : mergedAt(slot, heard, counts);
      const isNews = slot >= span.first && span.last - slot < news;
      for (const change of take(learnt.detector, intervals, { window, slot, points, isNews })) {
        const examples = look.lines.errors.map(({ message }) => message);
        publish(documentOf(change, { intervals, state: learnt.detector, examples, of: ownerOf(change.key) }));
      }
    }
    learnt.last[window] = span.last;
    return true;
  };

  const readFrom = async (source: MetricSource, span: Span, news: number): Promise<Heard> => {
    const recent = Math.max(span.first, span.last - news + 1);
    if (recent === span.first) return { first: recent, found: await source.read(span) };
    try {
      return { first: span.first, found: await source.read(span) };
    } catch (err) {
      // What came before may be too much to ask for at once. It is learnt from now on, then.
      const found = await source.read({ ...span, first: recent });
      log.warn('source.history_unread', { err, labels: { source: source.name } });
      return { first: recent, found };
    }
  };

  const countsOf = (window: Window, { counts }: LinesRead): Lines['counts'] =>
    window === 'short' ? counts : takePending();
  const takePending = (): Lines['counts'] => {
    const counts = { ...pending };
    const isWhole = pendingFrom >= 0;
    Object.assign(pending, { warn: 0, error: 0 });
    pendingFrom = learnt.last.short;
    // An interval of which only the end was watched has too few.
    return isWhole ? counts : undefined;
  };

  const takeNewLines = ({ errors: lines, isShared, counts }: LinesRead, slot: number): void => {
    pending.warn += counts?.warn ?? 0;
    pending.error += counts?.error ?? 0;
    const of = isShared ? owners.shared : owners.own;
    for (const novelty of takeLines(learnt.novelty, intervals, { slot, lines, isNews: true })) {
      publish(documentOfNovelty(novelty, slot, { intervals, state: learnt.detector, examples: [], of }));
    }
  };

  return {
    sources: up,
    async run(now) {
      hasChanged = false;
      const present = await whoIsThere({ metrics, logs, ask }, now);
      const span = dueOf(learnt.last.short, intervals, 'short', present.until);
      const isHeld = (): boolean => dueOf(learnt.last.short, intervals, 'short', now) !== undefined;
      if (span === undefined) return { isLong: false, hasChanged, isHeld: isHeld() };
      const read = await readLines({ metrics, logs, ask }, now, present);
      if (read !== undefined) takeNewLines(read, span.last);
      const look = { ...present, lines: read ?? { errors: [], counts: undefined, isShared: false } };
      // The long ones first while much is read at once: the short ones are measured from them.
      const isCatchingUp = learnt.last.short < 0;
      const before = isCatchingUp && (await takeAll('long', look));
      await takeAll('short', look);
      const after = await takeAll('long', look);
      return { isLong: before || after, hasChanged, isHeld: isHeld() };
    },
  };
};
