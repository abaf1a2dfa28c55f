import type { Meter } from '@opentelemetry/api';
import { createLabelGuard, type KnownValues, type Labels } from './labels.ts';
import { METRICS, type MetricKey, type MetricRow, type ObservedKey } from './metrics.ts';

interface Reading {
  readonly value: number;
  readonly labels?: object;
}

/**
 * Gauges and counters that are read when somebody collects.
 * The SDK repeats the last value of a series its callback no longer reports, so what each callback reported last
 * is remembered here, and whoever hands the points out asks.
 */
export const createObservations = (
  meter: Meter,
  known: KnownValues,
  onError: (metric: MetricKey, error: unknown) => void = () => undefined,
) => {
  const reported = new Map<string, Set<string>[]>();
  const failed = new Set<MetricKey>();

  const read = (key: MetricKey, observe: () => Iterable<Reading>): Iterable<Reading> => {
    try {
      return [...observe()];
    } catch (error) {
      if (!failed.has(key)) onError(key, error);
      failed.add(key);
      return [];
    }
  };

  return {
    add(key: ObservedKey, observe: () => Iterable<Reading>): void {
      const row: MetricRow = METRICS[key];
      const guard = createLabelGuard(row, known);
      const seen = new Set<string>();
      reported.set(row.name, [...(reported.get(row.name) ?? []), seen]);
      instrumentOf(meter, row).addCallback((result) => {
        seen.clear();
        for (const { value, labels = {} } of read(key, observe)) {
          if (!Number.isFinite(value)) continue;
          // Safe: typed as the labels of this metric where it was handed in.
          const kept = guard(labels as Labels);
          seen.add(seriesKey(kept));
          result.observe(value, kept);
        }
      });
    },
    isCurrent(metric: string, attributes: Readonly<Record<string, unknown>>): boolean {
      const seenBy = reported.get(metric);
      if (seenBy === undefined) return true;
      const key = seriesKey(attributes);
      return seenBy.some((seen) => seen.has(key));
    },
  };
};

const instrumentOf = (meter: Meter, row: MetricRow) => {
  const options = { unit: row.unit, description: row.help };
  return row.kind === 'counter'
    ? meter.createObservableCounter(row.name, options)
    : meter.createObservableGauge(row.name, options);
};

const seriesKey = (labels: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
