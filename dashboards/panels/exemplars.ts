import type { MetricKey } from '../../core/telemetry/metrics.ts';
import { buckets, written } from './expression.ts';
import type { LabelOf, Matchers } from './labels.ts';
import type { Query } from './query.ts';

/**
 * Points that are single requests and lead to their trace. Recorded series have none; this yields no series of its own and
 * costs next to nothing: it names the histogram whose points Grafana then asks for.
 */
export const exemplars = <K extends MetricKey>(key: K, matchers?: Matchers<LabelOf<K>>): Query => {
  const { text, unit } = buckets(key, matchers);
  return { expr: written(`${text} > Inf`, unit), legend: 'traces', exemplars: true };
};
