import { DataPointType, type Histogram, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { IsCurrent } from './exposition.ts';
import { METRICS, type MetricKey } from './metrics.ts';
import { percentileOf, sumOf } from './percentile.ts';

type Attributes = Readonly<Record<string, string>>;

/** A distribution in short; percentiles are `null` where nothing was measured yet. */
export interface Distribution {
  readonly metric: string;
  readonly labels: Attributes;
  readonly count: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
}

/** The time that all counts and percentiles are of: the life of the process. */
export interface Window {
  /** When it began, ISO 8601 in UTC; `null` where nothing is measured. */
  readonly since: string | null;
  readonly seconds: number;
}

/** The six families of the product since the process began; seconds, bytes, ratios from 0 to 1. */
export interface Families {
  readonly window: Window;
  readonly latency: readonly Distribution[];
  readonly throughput: {
    readonly requests: Attributes | Readonly<Record<string, number>>;
    readonly tokens: readonly { readonly labels: Attributes; readonly value: number }[];
  };
  readonly utilization: {
    readonly cpuSeconds: number | null;
    readonly memoryBytes: number | null;
    readonly eventLoopRatio: number | null;
  };
  readonly errors: { readonly responses: number; readonly serverErrors: number; readonly ratio: number | null };
  readonly modelLoad: readonly Distribution[];
  readonly cache: readonly {
    readonly cache: string;
    readonly hits: number;
    readonly lookups: number;
    readonly ratio: number | null;
  }[];
}

const LATENCIES = ['requestDuration', 'timeToFirstToken', 'timePerOutputToken', 'httpDuration', 'queueWait'] as const;

/** What there is where nothing is measured. */
export const NO_FAMILIES: Families = {
  window: { since: null, seconds: 0 },
  latency: [],
  throughput: { requests: {}, tokens: [] },
  utilization: { cpuSeconds: null, memoryBytes: null, eventLoopRatio: null },
  errors: { responses: 0, serverErrors: 0, ratio: null },
  modelLoad: [],
  cache: [],
};

/** Everything that was collected, boiled down to the six families: from the same points that a scrape shows. */
export const familiesOf = (collected: ResourceMetrics, isCurrent: IsCurrent, window: Window): Families => {
  const points = readerOf(collected, isCurrent);
  const responses = points.histograms('httpDuration');
  const serverErrors = responses.filter(({ labels }) => labels['http.response.status_code']?.startsWith('5') === true);
  const loop = points.numbers('eventLoopTime');
  return {
    window,
    latency: LATENCIES.flatMap((key) => distributions(key, points.histograms(key))),
    throughput: {
      requests: Object.fromEntries(points.numbers('requests').map(({ labels, value }) => [labels.outcome, value])),
      tokens: points.numbers('tokens').filter(({ value }) => value > 0),
    },
    utilization: {
      cpuSeconds: totalOf(points.numbers('processCpuTime')),
      memoryBytes: totalOf(points.numbers('processMemory')),
      eventLoopRatio: ratioOf(
        totalOf(loop.filter(({ labels }) => labels['nodejs.eventloop.state'] === 'active')),
        totalOf(loop),
      ),
    },
    errors: errorsOf(countOf(responses), countOf(serverErrors)),
    modelLoad: distributions('modelLoadDuration', points.histograms('modelLoadDuration')),
    cache: cachesOf(points.numbers('cacheRequests')),
  };
};

interface Point<T> {
  readonly labels: Attributes;
  readonly value: T;
}

const readerOf = (collected: ResourceMetrics, isCurrent: IsCurrent) => {
  const metrics = collected.scopeMetrics.flatMap((scope) => scope.metrics);
  const pointsOf = (key: MetricKey): Point<unknown>[] => {
    const { name } = METRICS[key];
    const found = metrics.find(({ descriptor }) => descriptor.name === name);
    if (found === undefined || found.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) return [];
    return found.dataPoints
      .filter(({ attributes }) => isCurrent(name, attributes))
      .map(({ attributes, value }) => ({ labels: textsOf(attributes), value }));
  };
  return {
    // Safe: the catalogue says which kind the instrument has.
    numbers: (key: MetricKey) => pointsOf(key) as Point<number>[],
    histograms: (key: MetricKey) => pointsOf(key) as Point<Histogram>[],
  };
};

const textsOf = (attributes: object): Attributes =>
  Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]));

/** One for all series together, with no labels, and one for each. */
const distributions = (key: MetricKey, series: readonly Point<Histogram>[]): Distribution[] => {
  if (series.length === 0) return [];
  const all = { labels: {}, value: sumOf(series.map(({ value }) => value)) };
  return (series.length === 1 ? series : [all, ...series]).map((point) => distributionOf(METRICS[key].name, point));
};

const distributionOf = (metric: string, { labels, value }: Point<Histogram>): Distribution => ({
  metric,
  labels,
  count: value.count,
  mean: ratioOf(value.sum ?? null, value.count),
  p50: percentileOf(value, 0.5),
  p90: percentileOf(value, 0.9),
  p99: percentileOf(value, 0.99),
});

const countOf = (series: readonly Point<Histogram>[]): number =>
  series.reduce((sum, { value }) => sum + value.count, 0);

const totalOf = (points: readonly Point<number>[]): number | null =>
  points.length === 0 ? null : points.reduce((sum, { value }) => sum + value, 0);

const ratioOf = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || whole === 0 ? null : part / whole;

const errorsOf = (responses: number, serverErrors: number) => ({
  responses,
  serverErrors,
  ratio: ratioOf(serverErrors, responses),
});

/** A lookup that joined an equal request under way was no miss: nothing was computed for it. */
const cachesOf = (points: readonly Point<number>[]) =>
  ['response', 'prefix'].map((cache) => {
    const own = points.filter(({ labels }) => labels.cache === cache);
    const lookups = totalOf(own) ?? 0;
    const hits = totalOf(own.filter(({ labels }) => labels.result !== 'miss')) ?? 0;
    return { cache, hits, lookups, ratio: ratioOf(hits, lookups) };
  });
