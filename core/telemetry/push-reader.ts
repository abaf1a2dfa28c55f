import { type IMetricReader, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { IsCurrent } from './exposition.ts';

interface PushTo {
  readonly exporter: PushMetricExporter;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Collects at an interval and sends what is current: the SDK would repeat the last value of what is gone. */
export const pushReader = ({ exporter, intervalMs, timeoutMs }: PushTo, isCurrent: IsCurrent): IMetricReader =>
  new PeriodicExportingMetricReader({
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    exporter: {
      export: (collected, done) =>
        exporter.export(
          {
            ...collected,
            scopeMetrics: collected.scopeMetrics.map((scope) => ({
              ...scope,
              metrics: scope.metrics.flatMap((metric) => {
                const dataPoints = metric.dataPoints.filter((point) =>
                  isCurrent(metric.descriptor.name, point.attributes),
                );
                // Safe: the points are those of this very metric, only fewer.
                return dataPoints.length === 0 ? [] : [{ ...metric, dataPoints } as typeof metric];
              }),
            })),
          },
          done,
        ),
      forceFlush: () => exporter.forceFlush(),
      shutdown: () => exporter.shutdown(),
    },
  });
