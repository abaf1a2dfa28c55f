import { type IMetricReader, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { IsCurrent } from './exposition.ts';
import { withFormerNames } from './former-names.ts';

interface PushTo {
  readonly exporter: PushMetricExporter;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Collects at an interval and sends what is current: the SDK would repeat the last value of what is gone. */
export const pushReader = (
  { exporter, intervalMs, timeoutMs }: PushTo,
  isCurrent: IsCurrent,
  settle: () => void,
): IMetricReader =>
  new SettledReader(settle, {
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    exporter: {
      export: (collected, done) =>
        exporter.export(
          {
            ...collected,
            scopeMetrics: withFormerNames(collected, isCurrent).scopeMetrics.map((scope) => ({
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

type Settings = ConstructorParameters<typeof PeriodicExportingMetricReader>[0];

/** Its timer, a flush and the last export of all come here. */
class SettledReader extends PeriodicExportingMetricReader {
  readonly #settle: () => void;

  constructor(settle: () => void, settings: Settings) {
    super(settings);
    this.#settle = settle;
  }

  override collect(...options: Parameters<PeriodicExportingMetricReader['collect']>) {
    this.#settle();
    return super.collect(...options);
  }
}
