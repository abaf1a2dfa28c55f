import type { LabelsOf } from '../core/telemetry/metrics.ts';
import type { CollectorKey } from './reader.ts';

/** One value of one metric. */
export interface Sample<K extends CollectorKey = CollectorKey> {
  readonly key: K;
  readonly value: number;
  readonly labels: LabelsOf<K>;
}

/** A value with labels that its metric has. */
export const sample = <K extends CollectorKey>(key: K, value: number, labels: LabelsOf<K>): Sample<K> => ({
  key,
  value,
  labels,
});
