import { METRICS, type MetricKey } from '../../../core/telemetry/metrics.ts';
import { wireName } from '../../../core/telemetry/wire-name.ts';
import type { MeasuredSignal } from '../signals.ts';

/** What is asked of Prometheus for each interval: a value for each series, and the requests it is of. */
export interface Question {
  readonly signal: MeasuredSignal;
  /** Stands before the label of its series, where two questions ask for one signal. */
  readonly prefix?: string;
  /** The label of Prometheus that tells its series apart. */
  readonly label?: string;
  readonly value: (window: string) => string;
  readonly n: N;
}

/** The requests that a value is of: all of them, those that were let in, or the value beside all of them. */
export type N = 'all' | 'letIn' | 'beside';

const grown = (
  key: MetricKey,
  window: string,
  { by, where = '', part = '' }: { by?: string; where?: string; part?: string } = {},
) => `sum${by === undefined ? '' : ` by (${by})`} (increase(${wireName(METRICS[key])}${part}${where}[${window}]))`;

/** A counter that began anew is no trouble: `increase` knows. */
export const TOTALS: Readonly<Record<'all' | 'letIn', (window: string) => string>> = {
  all: (window) => grown('requests', window),
  letIn: (window) => grown('requests', window, { where: '{outcome!="rejected"}' }),
};

const MS = '1000 *';

export const QUESTIONS: readonly Question[] = [
  { signal: 'traffic', n: 'all', value: TOTALS.all },
  {
    signal: 'errors',
    n: 'letIn',
    value: (window) => grown('requests', window, { where: '{outcome=~"error|timeout"}' }),
  },
  {
    signal: 'latency',
    n: 'letIn',
    value: (window) =>
      `${MS} histogram_quantile(0.99, ${grown('requestDuration', window, { by: 'le', part: '_bucket' })})`,
  },
  {
    signal: 'mean_latency',
    n: 'letIn',
    value: (window) =>
      `${MS} ${grown('requestDuration', window, { part: '_sum' })} / ${grown('requestDuration', window, { part: '_count' })}`,
  },
  {
    signal: 'tokens',
    label: 'gen_ai_token_type',
    n: 'letIn',
    value: (window) =>
      `${grown('tokens', window, { by: 'gen_ai_token_type' })} / on () group_left () ${TOTALS.letIn(window)}`,
  },
  { signal: 'refusals', label: 'reason', n: 'all', value: (window) => grown('rejections', window, { by: 'reason' }) },
  {
    signal: 'refusals',
    prefix: 'auth.',
    label: 'reason',
    n: 'beside',
    value: (window) => grown('authRefusals', window, { by: 'reason' }),
  },
  { signal: 'redactions', label: 'rule', n: 'letIn', value: (window) => grown('redactions', window, { by: 'rule' }) },
];
