import { SERIES, type Series, type SeriesKey } from '../../alerting/rules/series.ts';
import { METRICS, type MetricKey, type MetricRow } from '../../core/telemetry/metrics.ts';
import { safeName, wireName } from '../../core/telemetry/wire-name.ts';
import { type LabelOf, type Matchers, type ScrapeLabel, selector } from './labels.ts';

/** An expression of PromQL and the unit (UCUM) of what it yields, so that no panel can show it in another. */
export interface Expression {
  readonly text: string;
  readonly unit: string;
}

const SCRAPED: readonly string[] = ['job', 'instance'];

/** An instrument of the catalogue, of those jobs and instances that the board shows. */
export const instrument = <K extends MetricKey>(key: K, matchers?: Matchers<LabelOf<K> | ScrapeLabel>): Expression => {
  const row: MetricRow = METRICS[key];
  return { text: `${wireName(row)}${selector([...SCRAPED, ...row.labels.map(safeName)], matchers)}`, unit: row.unit };
};

/** The buckets of a histogram; only `quantile` and heat maps make sense of them. */
export const buckets = <K extends MetricKey>(key: K, matchers?: Matchers<LabelOf<K>>): Expression => {
  const row: MetricRow = METRICS[key];
  const labels = [...SCRAPED, ...row.labels.map(safeName)];
  return { text: `${wireName(row)}_bucket${selector(labels, matchers)}`, unit: row.unit };
};

/** A series that rules computed beforehand. */
export const recording = <K extends SeriesKey>(
  key: K,
  matchers?: Matchers<(typeof SERIES)[K]['labels'][number]>,
): Expression => {
  const row: Series = SERIES[key];
  return { text: `${row.record}${selector(row.labels, matchers)}`, unit: row.unit };
};

/** Per second, over what the zoom of the board can show. */
export const rate = ({ text, unit }: Expression): Expression => ({
  text: `rate(${text}[$__rate_interval])`,
  unit: perSecond(unit),
});

/** The same of buckets; the unit stays that of their bounds. */
export const bucketRate = ({ text, unit }: Expression): Expression => ({ text: rate({ text, unit }).text, unit });

/** Time per second is a share. */
const perSecond = (unit: string): string => (unit === 's' ? '1' : `${unit}/s`);

type Aggregation = 'sum' | 'max' | 'min' | 'avg' | 'count';

/** One series for each combination of these labels. */
export const by = (aggregation: Aggregation, labels: readonly string[], { text, unit }: Expression): Expression => ({
  text: labels.length === 0 ? `${aggregation}(${text})` : `${aggregation} by (${labels.join(', ')}) (${text})`,
  unit,
});

/** A share or a ratio; where nothing happened there is none, rather than 0. */
export const ratio = (part: Expression, whole: Expression): Expression => ({
  text: `${part.text} / ${whole.text}`,
  unit: part.unit === whole.unit ? '1' : `${part.unit}/${whole.unit}`,
});

/** The mean of a recorded series over each step: what a zoomed out board shows of it without a hole. */
export const mean = ({ text, unit }: Expression): Expression => ({ text: `avg_over_time(${text}[$__interval])`, unit });

/** Its peak in each step. */
export const peak = ({ text, unit }: Expression): Expression => ({ text: `max_over_time(${text}[$__interval])`, unit });

/** How many events fell into each step, from those recorded for each minute. */
export const events = ({ text, unit }: Expression): Expression => ({
  text: `sum_over_time(${text}[$__interval])`,
  unit,
});

/** Only what happened at all, so that a legend names no series of nothing but zeros. */
export const happened = ({ text, unit }: Expression): Expression => ({ text: `${text} > ${ONE_EVENT}`, unit });

/** Below it no whole event fell into the step: what is left of a rate that ends. */
const ONE_EVENT = 0.5;

/** What either of them yields. */
export const either = (one: Expression, other: Expression): Expression => ({
  text: `(${one.text} or ${other.text})`,
  unit: one.unit,
});

/** An expression written out, for what none of the above says. */
export const written = (text: string, unit: string): Expression => ({ text, unit });

/** The lowest of a recorded series in each step. */
export const trough = ({ text, unit }: Expression): Expression => ({
  text: `min_over_time(${text}[$__interval])`,
  unit,
});

/**
 * What is now, unless the lowest of the step is lower: exact where a step is seconds and holds no recorded value, and complete
 * where it is hours, of which one reading would miss a fall.
 */
export const nowOrLower = (now: Expression, lowest: Expression): Expression => ({
  text: `(${lowest.text} < ${now.text}) or ${now.text} or ${lowest.text}`,
  unit: now.unit,
});

/** A quantile of rates of buckets, for each combination of these labels. */
export const quantile = (share: number, labels: readonly string[], rates: Expression): Expression => ({
  text: `histogram_quantile(${share}, sum by (${[...labels, 'le'].join(', ')}) (${rates.text}))`,
  unit: rates.unit,
});
