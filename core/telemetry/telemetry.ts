import { randomUUID } from 'node:crypto';
import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { type ExpositionFormat, renderMetrics } from './exposition.ts';
import { closedCombinations, createLabelGuard, type KnownValues, type Labels } from './labels.ts';
import {
  type CounterKey,
  type HistogramKey,
  isOn,
  type LabelsOf,
  METRICS,
  type MetricKey,
  type MetricPage,
  type MetricRow,
  type ObservedKey,
} from './metrics.ts';
import { createObservations } from './observations.ts';
import { observeEventLoop, observeProcess } from './process-metrics.ts';

export type { Labels } from './labels.ts';

/** One reading of a gauge, or of a counter that is kept elsewhere. */
export interface Observation<K extends MetricKey = MetricKey> {
  readonly value: number;
  readonly labels?: LabelsOf<K>;
}

/** Where measurements go. Recording is synchronous, costs about a microsecond and never throws. */
export interface Telemetry {
  counter<K extends CounterKey>(key: K, labels?: LabelsOf<K>, value?: number): void;
  record<K extends HistogramKey>(key: K, value: number, labels?: LabelsOf<K>): void;
  /** `observe` is called at every scrape; what it does not report is absent, never repeated. */
  gauge<K extends ObservedKey>(key: K, observe: NoInfer<() => Iterable<Observation<K>>>): void;
  /** The text a scrape gets, at most a second old. */
  expose(format?: ExpositionFormat): Promise<string>;
  stop(): Promise<void>;
}

interface Options {
  readonly serviceName: string;
  readonly version: string;
  /** Whose page it is: counters that other processes count are not even there at 0. Default: the gateway's. */
  readonly page?: MetricPage;
  /** False: nothing is recorded and the exposition is empty. */
  readonly enabled?: boolean;
  /** Values the configuration fixes, such as the model ids: anything else is recorded as `_OTHER`. */
  readonly known?: KnownValues;
  /** Told once per metric when reading it failed. */
  readonly onError?: (metric: MetricKey, error: unknown) => void;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/** Rendering thousands of series blocks the event loop, so scrapes within this time share one text. */
const EXPOSITION_MAX_AGE_MS = 1000;
const COLLECT_TIMEOUT_MS = 2000;

/** Instruments for every row of the catalogue, recorded through OpenTelemetry, read as Prometheus text. */
export const createTelemetry = (options: Options): Telemetry =>
  options.enabled === false ? noTelemetry() : startTelemetry(options);

const startTelemetry = (options: Options): Telemetry => {
  const { known = {}, page = 'gateway', now = () => performance.now() } = options;
  const reader = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ resource: resourceOf(options), readers: [reader] });
  const meter = provider.getMeter(options.serviceName, options.version);
  const counters = createCounters(meter, known, page);
  const histograms = createHistograms(meter, known, page);
  const observations = createObservations(meter, known, options.onError);
  const render = async (format: ExpositionFormat) => {
    observations.begin();
    const { resourceMetrics } = await reader.collect({ timeoutMillis: COLLECT_TIMEOUT_MS });
    return renderMetrics(resourceMetrics, format, observations.isCurrent);
  };
  let stopped: Promise<void> | undefined;
  const telemetry: Telemetry = {
    counter: (key, labels, value = 1) => counters.get(key)?.(value, widen(labels)),
    record: (key, value, labels) => histograms.get(key)?.(value, widen(labels)),
    gauge: (key, observe) => observations.add(key, observe),
    expose: cached({ text: () => render('text'), openmetrics: () => render('openmetrics') }, now),
    stop: () => {
      stopped ??= provider.shutdown();
      return stopped;
    },
  };
  // The collectors read themselves as they read the others.
  if (page === 'gateway') observeProcess(telemetry);
  observeEventLoop(telemetry);
  return telemetry;
};

type Write = (value: number, labels: Labels | undefined) => void;

const createCounters = (meter: Meter, known: KnownValues, page: MetricPage): ReadonlyMap<MetricKey, Write> =>
  new Map(
    rowsOf(page, 'counter', 'upDownCounter').map(([key, row]) => {
      const options = { unit: row.unit, description: row.help };
      const instrument: Counter =
        row.kind === 'counter' ? meter.createCounter(row.name, options) : meter.createUpDownCounter(row.name, options);
      // A counter born at 5 shows no increase; one born at 0 does.
      for (const labels of closedCombinations(row, known)) instrument.add(0, labels);
      return [key, guarded(row, known, (value, labels) => instrument.add(value, labels))];
    }),
  );

const createHistograms = (meter: Meter, known: KnownValues, page: MetricPage): ReadonlyMap<MetricKey, Write> =>
  new Map(
    rowsOf(page, 'histogram').map(([key, row]) => {
      const advice = row.buckets === undefined ? {} : { advice: { explicitBucketBoundaries: [...row.buckets] } };
      const instrument: Histogram = meter.createHistogram(row.name, {
        unit: row.unit,
        description: row.help,
        ...advice,
      });
      return [key, guarded(row, known, (value, labels) => instrument.record(value, labels))];
    }),
  );

const NO_LABELS: Labels = {};

// Safe: the labels of one metric are labels; the compiler cannot see it through the generic.
const widen = (labels: object | undefined): Labels | undefined => labels as Labels | undefined;

const guarded = (row: MetricRow, known: KnownValues, write: (value: number, labels: Labels) => void): Write => {
  const guard = createLabelGuard(row, known);
  return (value, labels = NO_LABELS) => {
    // One NaN would make the sum of the series NaN for the rest of the process's life.
    if (Number.isFinite(value)) write(value, guard(labels));
  };
};

const rowsOf = (page: MetricPage, ...kinds: readonly MetricRow['kind'][]): [MetricKey, MetricRow][] =>
  // Safe: the keys of the catalogue are its keys.
  (Object.entries(METRICS) as [MetricKey, MetricRow][]).filter(
    ([, row]) => kinds.includes(row.kind) && row.observed !== true && isOn(page, row),
  );

const resourceOf = ({ serviceName, version }: Options) =>
  // Written out, because the default detectors also publish the command line, the user and the host id.
  resourceFromAttributes({
    'service.name': serviceName,
    'service.version': version,
    'service.instance.id': randomUUID(),
  });

const cached = (render: Readonly<Record<ExpositionFormat, () => Promise<string>>>, now: () => number) => {
  const texts = new Map<ExpositionFormat, { at: number; text: Promise<string> }>();
  return (format: ExpositionFormat = 'text'): Promise<string> => {
    const last = texts.get(format);
    if (last !== undefined && now() - last.at < EXPOSITION_MAX_AGE_MS) return last.text;
    const text = render[format]();
    texts.set(format, { at: now(), text });
    text.catch(() => texts.delete(format));
    return text;
  };
};

const noTelemetry = (): Telemetry => ({
  counter: () => undefined,
  record: () => undefined,
  gauge: () => undefined,
  expose: async () => '',
  stop: async () => undefined,
});
