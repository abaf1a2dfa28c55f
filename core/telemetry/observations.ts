import type { Meter } from '@opentelemetry/api';
import { createLabelGuard, type KnownValues, type Labels } from './labels.ts';
import { METRICS, type MetricKey, type MetricRow, type ObservedKey } from './metrics.ts';

interface Reading {
  readonly value: number;
  readonly labels?: object;
}

/**
 * Gauges and counters that are read at scrape time.
 * The SDK repeats the last value of a series its callback no longer reports, so what was reported in this round
 * is remembered here and the renderer asks.
 */
export const createObservations = (
  meter: Meter,
  known: KnownValues,
  onError: (metric: MetricKey, error: unknown) => void = () => undefined,
) => {
  const reported = new Map<string, Set<string>>();
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
      const seen = reported.get(row.name) ?? new Set();
      reported.set(row.name, seen);
      instrumentOf(meter, row).addCallback((result) => {
        for (const { value, labels = {} } of read(key, observe)) {
          if (!Number.isFinite(value)) continue;
          // Safe: typed as the labels of this metric where it was handed in.
          const kept = guard(labels as Labels);
          seen.add(seriesKey(kept));
          result.observe(value, kept);
        }
      });
    },
    /** Starts a round: nothing is reported yet. */
    begin(): void {
      for (const seen of reported.values()) seen.clear();
    },
    isCurrent(metric: string, attributes: Readonly<Record<string, unknown>>): boolean {
      return reported.get(metric)?.has(seriesKey(attributes)) ?? true;
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
