import { type IMetricReader, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { IsCurrent } from './exposition.ts';
import { type Renamed, withFormerNames } from './former-names.ts';

interface Options {
  readonly exporter: PushMetricExporter;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly isCurrent: IsCurrent;
  /** Brings what is counted elsewhere into the instruments. */
  readonly settle: () => void;
  /** The catalogue, where it is not the one of the product. */
  readonly rows?: readonly Renamed[];
}

/** Collects at an interval and sends what is current: the SDK would repeat the last value of what is gone. */
export const pushReader = ({ exporter, intervalMs, timeoutMs, isCurrent, settle, rows }: Options): IMetricReader =>
  new SettledReader(settle, {
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    exporter: {
      export: (collected, done) =>
        exporter.export(
          {
            ...collected,
            scopeMetrics: withFormerNames(collected, isCurrent, rows).scopeMetrics.map((scope) => ({
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
