import { randomUUID } from 'node:crypto';
import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { createExemplars } from './exemplars.ts';
import { type ExpositionFormat, type IsCurrent, renderMetrics } from './exposition.ts';
import { type Families, familiesOf, NO_FAMILIES, type Window } from './families.ts';
import { withFormerNames } from './former-names.ts';
import { createGatheredCounts, type GatheredCounts } from './gathered-counts.ts';
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
import { pushReader } from './push-reader.ts';
import { type Identity, resourceOf } from './resource.ts';

export type { Labels } from './labels.ts';

/** One reading of a gauge, or of a counter that is kept elsewhere. */
export interface Observation<K extends MetricKey = MetricKey> {
  readonly value: number;
  readonly labels?: LabelsOf<K>;
}

/** Where measurements go. Recording is synchronous, costs about a microsecond and never throws. */
export interface Telemetry {
  counter<K extends CounterKey>(key: K, labels?: LabelsOf<K>, value?: number): void;
  /** `traceId`: of the trace that shows this very measurement, where one is kept. */
  record<K extends HistogramKey>(key: K, value: number, labels?: LabelsOf<K>, traceId?: string): void;
  /** `observe` is called at every scrape; what it does not report is absent, never repeated. */
  gauge<K extends ObservedKey>(key: K, observe: NoInfer<() => Iterable<Observation<K>>>): void;
  /** The text a scrape gets, at most a second old. */
  expose(format?: ExpositionFormat): Promise<string>;
  /** The six families as numbers, as old. */
  families(): Promise<Families>;
  stop(): Promise<void>;
}

interface Options extends Omit<Identity, 'instanceId'>, Partial<Pick<Identity, 'instanceId'>> {
  /** Whose page it is: counters that other processes count are not even there at 0. Default: the gateway's. */
  readonly page?: MetricPage;
  /** False: nothing is recorded and the exposition is empty. */
  readonly enabled?: boolean;
  /** Values the configuration fixes, such as the model ids: anything else is recorded as `_OTHER`. */
  readonly known?: KnownValues;
  /** Told once per metric when reading it failed. */
  readonly onError?: (metric: MetricKey, error: unknown) => void;
  /** Where everything is sent in addition to being read. */
  readonly push?: PushTo | undefined;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

interface PushTo {
  readonly exporter: PushMetricExporter;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Rendering thousands of series blocks the event loop, so scrapes within this time share one text. */
const EXPOSITION_MAX_AGE_MS = 1000;
const COLLECT_TIMEOUT_MS = 2000;

/** Instruments for every row of the catalogue, recorded through OpenTelemetry, read as Prometheus text. */
export const createTelemetry = (options: Options): Telemetry =>
  options.enabled === false ? noTelemetry() : startTelemetry(options);

const startTelemetry = (options: Options): Telemetry => {
  const { known = {}, page = 'gateway', push, now = () => performance.now() } = options;
  const reader = new PrometheusExporter({ preventServerStart: true });
  let isCurrent: IsCurrent = () => true;
  const gathered = createGatheredCounts();
  const readers =
    push === undefined
      ? [reader]
      : [reader, pushReader({ ...push, isCurrent: (...point) => isCurrent(...point), settle: gathered.settle })];
  const resource = resourceOf({ ...options, instanceId: options.instanceId ?? randomUUID() });
  const provider = new MeterProvider({ resource, readers });
  const meter = provider.getMeter(options.serviceName, options.version);
  const exemplars = createExemplars();
  const counters = createCounters(meter, known, page, gathered);
  const histograms = createHistograms(meter, known, page, exemplars.note);
  const observations = createObservations(meter, known, options.onError);
  isCurrent = observations.isCurrent;
  const collect = async (): Promise<ResourceMetrics> => {
    gathered.settle();
    return (await reader.collect({ timeoutMillis: COLLECT_TIMEOUT_MS })).resourceMetrics;
  };
  const render = async (format: ExpositionFormat) =>
    renderMetrics(
      withFormerNames(await collect(), observations.isCurrent),
      format,
      observations.isCurrent,
      exemplars.find,
    );
  const startedAt = now();
  // The clock of the machine may be set, that of the process goes on: the length is right, and the beginning follows.
  const windowNow = (): Window => {
    const ms = now() - startedAt;
    return { since: new Date(Date.now() - ms).toISOString(), seconds: ms / 1000 };
  };
  const families = cached(
    { families: async () => familiesOf(await collect(), observations.isCurrent, windowNow()) },
    now,
  );
  const expose = cached({ text: () => render('text'), openmetrics: () => render('openmetrics') }, now);
  let stopped: Promise<void> | undefined;
  const telemetry: Telemetry = {
    counter: (key, labels, value = 1) => counters.get(key)?.(value, widen(labels)),
    record: (key, value, labels, traceId) => histograms.get(key)?.(value, widen(labels), traceId),
    gauge: (key, observe) => observations.add(key, observe),
    expose: (format = 'text') => expose(format),
    families: () => families('families'),
    stop: () => {
      // What is pushed last may find nobody.
      stopped ??= provider.shutdown().catch(() => undefined);
      stopWatching();
      return stopped;
    },
  };
  // The collectors read themselves as they read the others.
  if (page !== 'collectors') observeProcess(telemetry);
  const stopWatching = observeEventLoop(telemetry, {
    delayResolutionMs: page === 'gateway' ? BUSY_RESOLUTION_MS : IDLE_RESOLUTION_MS,
  });
  return telemetry;
};

/** For the process that everybody waits for; a process that sleeps most of the time must not be kept awake by being watched. */
const BUSY_RESOLUTION_MS = 20;
const IDLE_RESOLUTION_MS = 250;

type Write = (value: number, labels: Labels | undefined, traceId?: string) => void;
type NoteExemplar = ReturnType<typeof createExemplars>['note'];

const createCounters = (
  meter: Meter,
  known: KnownValues,
  page: MetricPage,
  { gather }: GatheredCounts,
): ReadonlyMap<MetricKey, Write> =>
  new Map(
    rowsOf(page, 'counter', 'upDownCounter').map(([key, row]) => {
      const options = { unit: row.unit, description: row.help };
      const instrument: Counter =
        row.kind === 'counter' ? meter.createCounter(row.name, options) : meter.createUpDownCounter(row.name, options);
      // A counter born at 5 shows no increase; one born at 0 does.
      for (const labels of closedCombinations(row, known)) instrument.add(0, labels);
      return [
        key,
        guarded(
          row,
          known,
          gather((value, labels) => instrument.add(value, labels)),
        ),
      ];
    }),
  );

const createHistograms = (
  meter: Meter,
  known: KnownValues,
  page: MetricPage,
  note: NoteExemplar,
): ReadonlyMap<MetricKey, Write> =>
  new Map(
    rowsOf(page, 'histogram').map(([key, row]) => {
      const advice = row.buckets === undefined ? {} : { advice: { explicitBucketBoundaries: [...row.buckets] } };
      const instrument: Histogram = meter.createHistogram(row.name, {
        unit: row.unit,
        description: row.help,
        ...advice,
      });
      const write = (value: number, labels: Labels, traceId: string | undefined) => {
        instrument.record(value, labels);
        if (traceId !== undefined) note(row.name, row.buckets ?? [], value, labels, traceId);
      };
      return [key, guarded(row, known, write)];
    }),
  );

const NO_LABELS: Labels = {};

// Safe: the labels of one metric are labels; the compiler cannot see it through the generic.
const widen = (labels: object | undefined): Labels | undefined => labels as Labels | undefined;

const guarded = (
  row: MetricRow,
  known: KnownValues,
  write: (value: number, labels: Labels, traceId: string | undefined) => void,
): Write => {
  const guard = createLabelGuard(row, known);
  return (value, labels = NO_LABELS, traceId) => {
    // One NaN would make the sum of the series NaN for the rest of the process's life.
    if (Number.isFinite(value)) write(value, guard(labels), traceId);
  };
};

const rowsOf = (page: MetricPage, ...kinds: readonly MetricRow['kind'][]): [MetricKey, MetricRow][] =>
  // Safe: the keys of the catalogue are its keys.
  (Object.entries(METRICS) as [MetricKey, MetricRow][]).filter(
    ([, row]) => kinds.includes(row.kind) && row.observed !== true && isOn(page, row),
  );

const cached = <Kind extends string, T>(make: Readonly<Record<Kind, () => Promise<T>>>, now: () => number) => {
  const results = new Map<Kind, { at: number; result: Promise<T> }>();
  return (kind: Kind): Promise<T> => {
    const last = results.get(kind);
    if (last !== undefined && now() - last.at < EXPOSITION_MAX_AGE_MS) return last.result;
    const result = make[kind]();
    results.set(kind, { at: now(), result });
    result.catch(() => results.delete(kind));
    return result;
  };
};

const noTelemetry = (): Telemetry => ({
  counter: () => undefined,
  record: () => undefined,
  gauge: () => undefined,
  expose: async () => '',
  families: async () => NO_FAMILIES,
  stop: async () => undefined,
});
