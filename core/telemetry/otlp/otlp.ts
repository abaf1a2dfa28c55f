import { readFileSync } from 'node:fs';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { TelemetryConfig } from '../../config/schema.ts';
import { otlpDataClass } from '../../egress/implied.ts';
import type { WayOut } from '../../egress/way-out.ts';
import { ServiceError } from '../../errors/service-error.ts';
import type { LogSink } from '../log-record.ts';
import type { Identity } from '../resource.ts';
import type { SpanSink } from '../trace/span.ts';
import type { ExportOutcome, Signal } from './transport.ts';
import type { Loss } from './waiting.ts';

/** What is sent to a collector; whatever is off is absent and costs nothing. */
export interface Otlp {
  readonly traces: SpanSink | undefined;
  readonly logs: LogSink | undefined;
  readonly metrics:
    | { readonly exporter: PushMetricExporter; readonly intervalMs: number; readonly timeoutMs: number }
    | undefined;
  /** Opens the way: until then everything waits. */
  connect(wayOut: Pick<WayOut, 'open'>): void;
  /**
   * Sends what waits and lets `last` finish, both for a moment only; resolves also when nobody answers. May be called
   * twice.
   */
  stop(last?: Promise<unknown>): Promise<void>;
}

export interface OtlpOptions {
  readonly config: TelemetryConfig;
  readonly identity: Identity;
  /** Told how every export ended. */
  readonly report: (signal: Signal, outcome: ExportOutcome, reason?: string) => void;
  /** Told of spans and log records that nobody will see. */
  readonly lost: (signal: Exclude<Signal, 'metrics'>, why: Loss, count: number) => void;
}

const OFF: Otlp = {
  traces: undefined,
  logs: undefined,
  metrics: undefined,
  connect: () => undefined,
  stop: async (last) => void (await last),
};

const readCa = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const got = `got a file that cannot be read (${file}); mend the path or its permissions`;
    throw new ServiceError('ERR_CONFIG_INVALID', `telemetry.otlp.ca: expected a PEM file of certificates, ${got}`, {
      cause,
    });
  }
};

/** The exports of a process: the one set-up of OpenTelemetry's SDK. Nothing of it is even loaded where nothing is sent. */
export const openOtlp = async (options: OtlpOptions): Promise<Otlp> => {
  const { endpoint, traces, metrics, logs, ca } = options.config.otlp;
  if (endpoint === undefined || !(traces || metrics || logs)) return OFF;
  const { startSdk } = await import('./sdk.ts');
  const trusted = ca === undefined ? {} : { ca: readCa(ca) };
  return startSdk({ ...options, ...trusted, endpoint, dataClass: otlpDataClass(options.config) });
};
