import type { AnomalySignal } from '../../core/telemetry/metrics.ts';
import type { KindName } from './detect/kind.ts';

/** What is watched. A signal has one series or, by a label, several: refusals by reason, redactions by rule. */
export interface Signal {
  readonly kind: KindName;
  /** On which side of what is expected it is news. */
  readonly news: 'high' | 'both';
  /** True where it is judged only while there is a rhythm: what is idle most of the time has no usual load. */
  readonly needsRhythm?: true;
  /** As a person reads it. */
  readonly words: string;
}

/** What has a number in every interval. New log patterns and missing data have a way of their own. */
export type MeasuredSignal = Exclude<AnomalySignal, 'log_template' | 'missing_data'>;

export const SIGNALS: Readonly<Record<MeasuredSignal, Signal>> = {
  errors: { kind: 'ratio', news: 'high', words: 'share of requests that fail or time out' },
  latency: { kind: 'tail', news: 'high', words: '99th percentile of request duration, in milliseconds' },
  mean_latency: { kind: 'level', news: 'high', words: 'mean request duration, in milliseconds' },
  traffic: { kind: 'count', news: 'both', needsRhythm: true, words: 'requests' },
  tokens: { kind: 'level', news: 'both', words: 'tokens per request' },
  refusals: { kind: 'ratio', news: 'high', words: 'share of requests that are refused' },
  redactions: { kind: 'perRequest', news: 'both', words: 'redactions per request' },
  log_volume: { kind: 'count', news: 'high', words: 'log lines' },
};

/**
 * A series of a signal: its name, the label that tells it from the others of its kind (`''`: there are none), and who measured it
 * where that is another than usual: two sources see the same in two ways, and each is compared with itself only.
 */
export interface SeriesKey {
  readonly signal: MeasuredSignal;
  readonly label: string;
  readonly from?: 'elasticsearch';
}

/** What people call it, whoever measured it. */
export const keyText = ({ signal, label }: SeriesKey): string => (label === '' ? signal : `${signal}:${label}`);

/** Its name among all that is remembered. */
export const seriesText = (key: SeriesKey): string =>
  key.from === undefined ? keyText(key) : `${keyText(key)}@${key.from}`;
