import { createHash } from 'node:crypto';
import type { Intervals } from '../detect/clock.ts';
import type { Change, DetectorState } from '../detect/detector.ts';
import { keyText, SIGNALS } from '../signals.ts';
import type { Novelty } from '../templates/novelty.ts';

/** What is written of an anomaly that began, ended or was accepted; field names are those of `elk/elasticsearch/stream-fields.ts`. */
export interface AnomalyDocument {
  /** The same for the same event, so that writing it twice is writing it once. */
  readonly id: string;
  readonly at: number;
  readonly action: `anomaly.${Change['what']}`;
  readonly message: string;
  readonly anomaly: Readonly<Record<string, unknown>>;
}

interface Context {
  readonly intervals: Intervals;
  readonly state: DetectorState;
  /** Lines of level error of the same interval. */
  readonly examples: readonly string[];
  /** Whose numbers or lines it is about: several machines that see the same in one store say it once, each of its own by itself. */
  readonly of: string;
}

const MOST_OTHERS = 5;
const MOST_EXAMPLES = 3;
const EXAMPLE_CHARACTERS = 500;
/** Beyond it something is out of the ordinary, raised or not. */
const NOTABLE = 3;

/** A change of one series, or of whether there is data at all. */
export const documentOf = (change: Change, { intervals, state, examples, of }: Context): AnomalyDocument => {
  const { what, window, slot, since, key, verdict, direction } = change;
  const lengthMs = window === 'short' ? intervals.shortMs : intervals.longMs;
  const metric = key?.signal ?? 'missing_data';
  const series = key === undefined ? 'missing_data' : keyText(key);
  const showsLines = metric === 'errors' || metric === 'log_volume';
  return {
    id: idOf(of, series, window, since),
    at: (slot + 1) * lengthMs,
    action: `anomaly.${what}`,
    message: `${series}: ${WHAT[what]}; ${reasonOf(change)}`,
    anomaly: {
      ...{ metric, state: what, interval: window, direction, reason: reasonOf(change) },
      ...(verdict === undefined ? {} : figuresOf(verdict)),
      fields: contributing(state, change),
      ...(showsLines && examples.length > 0 ? { examples: shortened(examples) } : {}),
    },
  };
};

/** A kind of error that is new, or gone again. */
export const documentOfNovelty = (
  novelty: Novelty,
  slot: number,
  { intervals, state, of }: Context,
): AnomalyDocument => {
  const { what, template, since, lines, examples } = novelty;
  const reason = `${lines} error lines of a kind that was never there before`;
  return {
    id: idOf(of, `log_template ${template}`, 'short', since),
    at: (slot + 1) * intervals.shortMs,
    action: `anomaly.${what}`,
    message: `log_template: ${WHAT[what]}; ${reason}: ${template}`.slice(0, 4 * EXAMPLE_CHARACTERS),
    anomaly: {
      ...{ metric: 'log_template', state: what, interval: 'short', direction: 'high', reason, template },
      ...{ actual: lines, expected: 0, fields: othersOf(state, 'short', ''), examples: shortened(examples) },
    },
  };
};

/** As `_id` and for whoever groups what belongs together: the one that ends has the id of the one that began. */
const idOf = (of: string, series: string, window: string, since: number): string =>
  createHash('sha256').update(`${of} ${series} ${window} ${since}`).digest('hex').slice(0, 20);

const WHAT = { raised: 'unusual', cleared: 'as usual again', accepted: 'taken for usual from now on' } as const;

const figuresOf = ({ score, expected, lower, upper, actual, basis }: NonNullable<Change['verdict']>) => ({
  ...{ score: rounded(score), expected: rounded(expected), actual: rounded(actual) },
  ...{ lower: rounded(lower), upper: rounded(upper), is_warm: basis === 'week' || basis === 'day' },
});

const reasonOf = ({ key, verdict, direction }: Change): string => {
  if (key === undefined || verdict === undefined) return 'nothing was measured';
  const { actual, expected, lower, upper } = verdict;
  const than = direction === 'high' ? 'more' : 'less';
  return `${SIGNALS[key.signal].words}: ${rounded(actual)}, ${than} than ${rounded(expected)} (${rounded(lower)} to ${rounded(upper)}) as usual`;
};

/** Its label, and what else was out of the ordinary at the same time: where to look next. */
const contributing = (state: DetectorState, { window, key }: Change) => ({
  ...(key === undefined || key.label === '' ? {} : { label: key.label }),
  ...(key?.from === undefined ? {} : { source: key.from }),
  ...othersOf(state, window, key === undefined ? '' : keyText(key)),
});

const othersOf = (state: DetectorState, window: Change['window'], except: string): Record<string, string> =>
  Object.fromEntries(
    [...state.scores[window]]
      .filter(([text, { score }]) => text !== except && Math.abs(score) >= NOTABLE)
      .toSorted(([, a], [, b]) => Math.abs(b.score) - Math.abs(a.score))
      .slice(0, MOST_OTHERS)
      .map(([text, { score }]) => [text.replaceAll('.', '_'), String(rounded(score))]),
  );

const shortened = (examples: readonly string[]): string[] =>
  examples.slice(0, MOST_EXAMPLES).map((text) => text.slice(0, EXAMPLE_CHARACTERS));

/** Four figures; what is unknown is absent. */
const rounded = (value: number): number | undefined =>
  Number.isFinite(value) ? Number(value.toPrecision(4)) : undefined;
