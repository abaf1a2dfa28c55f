import { context, logs, trace } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { createOtlpNetworkExportDelegate, ExporterMetrics, OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  LogsExporterMetricsHelper,
  MetricsExporterMetricsHelper,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from '@opentelemetry/otlp-transformer';
import { BatchLogRecordProcessor, type ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOnSampler, BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import type { DataClass } from '../../config/egress-words.ts';
import type { Egress } from '../../egress/egress.ts';
import { resourceOf } from '../resource.ts';
import { createLogSink } from './log-sink.ts';
import type { Otlp, OtlpOptions } from './otlp.ts';
import { createSpanSink, PreparedIds } from './span-sink.ts';
import { createTransport, type Signal } from './transport.ts';
import { createWaiting, type Waiting } from './waiting.ts';

export interface SdkOptions extends OtlpOptions {
  readonly endpoint: string;
  readonly dataClass: DataClass;
  /** PEM of the authority that signed the certificate of the receiver. */
  readonly ca?: string;
}

const BATCH = 512;
const SCHEDULE_MS = 1000;
/** Exports under way at once; the processors make one at a time, metrics another. */
const CONCURRENCY = 4;
const STOP_LIMIT_MS = 2000;

type Helper<Internal> = ConstructorParameters<typeof ExporterMetrics<Internal>>[0]['metricsHelper'];
type Serializer<Internal> = Parameters<typeof createOtlpNetworkExportDelegate<Internal, unknown>>[1];

/** Starts the SDK with exporters that go through the egress. */
export const startSdk = (options: SdkOptions): Otlp => {
  const { config, identity, endpoint, dataClass, ca, report, lost } = options;
  const { otlp } = config;
  const ending = new AbortController();
  let egress: Egress | undefined;

  const exporterOf = <Internal>(signal: Signal, serializer: Serializer<Internal>, metricsHelper: Helper<Internal>) => {
    const url = `${endpoint.replace(/\/+$/, '')}/v1/${signal}`;
    const transport = createTransport({
      url,
      headers: otlp.headers,
      egress: () => egress,
      signal: ending.signal,
      report: (outcome, reason) => report(signal, outcome, reason),
    });
    const settings = { timeoutMillis: otlp.timeoutMs, concurrencyLimit: CONCURRENCY, compression: 'none' } as const;
    const metrics = new ExporterMetrics<Internal>({
      componentType: `otlp_http_${signal}_exporter`,
      metricsHelper,
      url: undefined,
      meterProvider: undefined,
      responseAttributesFromError: () => ({}),
    });
    // Safe: the one member of the enum that is used is this very string.
    return new OTLPExporterBase<Internal>(
      createOtlpNetworkExportDelegate(settings as never, serializer, metrics, transport),
    );
  };
  const batches = {
    maxQueueSize: otlp.queue,
    maxExportBatchSize: Math.min(BATCH, otlp.queue),
    scheduledDelayMillis: SCHEDULE_MS,
    exportTimeoutMillis: otlp.timeoutMs + SCHEDULE_MS,
  };

  const queueOf = (signal: 'traces' | 'logs') => createWaiting(otlp.queue, (why, count) => lost(signal, why, count));
  const [spans, records] = [queueOf('traces'), queueOf('logs')];
  const ids = new PreparedIds();
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: resourceOf(identity),
    textMapPropagator: null,
    instrumentations: [],
    metricReaders: [],
    // Kept or not was decided before a span is made.
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: otlp.traces
      ? [
          new BatchSpanProcessor({
            ...batches,
            exporter: counted(
              exporterOf<ReadableSpan[]>('traces', ProtobufTraceSerializer, TraceExporterMetricsHelper),
              spans,
            ),
          }),
        ]
      : [],
    logRecordProcessors: otlp.logs
      ? [
          new BatchLogRecordProcessor({
            ...batches,
            exporter: counted(
              exporterOf<ReadableLogRecord[]>('logs', ProtobufLogsSerializer, LogsExporterMetricsHelper),
              records,
            ),
          }),
        ]
      : [],
  });
  sdk.start();
  const scope = [identity.serviceName, identity.version] as const;

  let stopped: Promise<void> | undefined;
  const stop = async (last: Promise<unknown> | undefined): Promise<void> => {
    const limit = setTimeout(() => ending.abort(), STOP_LIMIT_MS);
    // A shutdown rejects when the receiver is down, which is no reason not to stop.
    const sent = Promise.allSettled([last, sdk.shutdown()]);
    await Promise.race([sent, aborted(ending.signal)]);
    clearTimeout(limit);
    ending.abort();
    trace.disable();
    logs.disable();
    context.disable();
    await egress?.close();
  };

  return {
    traces: otlp.traces ? createSpanSink(trace.getTracer(...scope), ids, spans) : undefined,
    logs: otlp.logs ? createLogSink(logs.getLogger(...scope), records) : undefined,
    metrics: otlp.metrics
      ? {
          exporter: exporterOf<ResourceMetrics>('metrics', ProtobufMetricsSerializer, MetricsExporterMetricsHelper),
          intervalMs: otlp.intervalMs,
          timeoutMs: Math.min(otlp.timeoutMs, otlp.intervalMs),
        }
      : undefined,
    connect(wayOut) {
      egress ??= wayOut.open({ purpose: 'otlp', dataClass, ...(ca === undefined ? {} : { ca }) });
    },
    stop: (last) => {
      stopped ??= stop(last);
      return stopped;
    },
  };
};

/** The same exporter, with what leaves the queue and what does not arrive counted. */
const counted = <Item>(exporter: OTLPExporterBase<Item[]>, waiting: Waiting) => ({
  export(items: Item[], done: Parameters<typeof exporter.export>[1]): void {
    waiting.leave(items.length);
    exporter.export(items, (result) => {
      if (result.code !== ExportResultCode.SUCCESS) waiting.lost(items.length);
      done(result);
    });
  },
  forceFlush: () => exporter.forceFlush(),
  shutdown: () => exporter.shutdown(),
});

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
