import { setImmediate } from 'node:timers/promises';
import { DataPointType, type Histogram, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Exemplar, FindExemplars } from './exemplars.ts';
import { familyName, type Named, safeName, unitWord, wireName } from './wire-name.ts';

// Our own renderer, because the exporter's serializer adds no unit suffixes (so pushed and scraped names would
// differ), puts scope labels on every sample and cannot write OpenMetrics.

export type ExpositionFormat = 'text' | 'openmetrics';

/** What a scrape is answered as, per format. */
export const EXPOSITION_CONTENT_TYPE: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** False for a point the SDK repeats although its callback no longer reported it. */
export type IsCurrent = (metric: string, attributes: Attributes) => boolean;

type Attributes = Readonly<Record<string, unknown>>;

const RESOURCE_ATTRIBUTES = [
  'service.name',
  'service.version',
  'service.instance.id',
  'deployment.environment.name',
] as const;

interface View {
  readonly format: ExpositionFormat;
  readonly isCurrent: IsCurrent;
  readonly exemplarsOf: FindExemplars;
}

const NO_EXEMPLARS: FindExemplars = () => undefined;

/** So many series are rendered between two turns of the event loop; a histogram has some twenty lines. */
const SERIES_PER_TURN = 100;

/** Everything that was collected, as a scrape reads it; others have their turn in between. */
export const renderMetrics = async (
  collected: ResourceMetrics,
  format: ExpositionFormat,
  isCurrent: IsCurrent = () => true,
  exemplarsOf: FindExemplars = NO_EXEMPLARS,
): Promise<string> => {
  // Text format 0.0.4 has no place for them.
  const view = { format, isCurrent, exemplarsOf: format === 'openmetrics' ? exemplarsOf : NO_EXEMPLARS };
  const lines = targetInfo(collected.resource.attributes, format);
  let series = 0;
  for (const scope of collected.scopeMetrics) {
    for (const metric of scope.metrics) {
      for (const piece of renderFamily(metric, view)) {
        lines.push(...piece);
        series += 1;
        if (series % SERIES_PER_TURN === 0) await setImmediate();
      }
    }
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
};

const targetInfo = (resource: Attributes, format: ExpositionFormat): string[] => {
  const attributes = Object.fromEntries(RESOURCE_ATTRIBUTES.map((name) => [name, resource[name]]));
  const [name, type] = format === 'openmetrics' ? ['target', 'info'] : ['target_info', 'gauge'];
  return [`# HELP ${name} What is observed.`, `# TYPE ${name} ${type}`, `target_info${renderLabels(attributes)} 1`];
};

/** Series by series; the head comes with the first. */
function* renderFamily(metric: MetricData, view: View): Generator<readonly string[]> {
  const kind = kindOf(metric);
  if (kind === undefined) return;
  const named = { name: metric.descriptor.name, unit: metric.descriptor.unit, kind };
  let head = renderHead(named, metric.descriptor.description, view.format);
  for (const { attributes, value } of metric.dataPoints) {
    if (!view.isCurrent(named.name, attributes)) continue;
    yield [...head, ...renderPoint(named, attributes, value, view)];
    head = [];
  }
}

const kindOf = (metric: MetricData): Named['kind'] | undefined => {
  if (metric.dataPointType === DataPointType.HISTOGRAM) return 'histogram';
  if (metric.dataPointType === DataPointType.GAUGE) return 'gauge';
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'counter' : 'upDownCounter';
  return undefined;
};

const renderHead = (named: Named, help: string, format: ExpositionFormat): string[] => {
  const name = format === 'openmetrics' ? familyName(named) : wireName(named);
  const type = named.kind === 'upDownCounter' ? 'gauge' : named.kind;
  const head = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
  const unit = unitWord(named);
  if (format === 'openmetrics' && unit !== '') head.push(`# UNIT ${name} ${unit}`);
  return head;
};

const renderPoint = (named: Named, attributes: Attributes, value: unknown, view: View): string[] => {
  if (typeof value === 'number') return [`${wireName(named)}${renderLabels(attributes)} ${renderNumber(value)}`];
  // Safe: the SDK gives a number or, for the one other kind kindOf lets through, a histogram.
  return renderHistogram(named, attributes, value as Histogram, view);
};

const renderHistogram = (named: Named, attributes: Attributes, value: Histogram, { format, exemplarsOf }: View) => {
  const name = familyName(named);
  const exemplars = exemplarsOf(named.name, attributes);
  const labels = renderLabels(attributes);
  // The labels of a series are made once, not once for each of its buckets.
  const start = `${name}_bucket${labels === '' ? '{' : `${labels.slice(0, -1)},`}le="`;
  let cumulative = 0;
  const buckets = value.buckets.counts.map((count, index) => {
    cumulative += count;
    const bound = renderBound(value.buckets.boundaries[index] ?? Number.POSITIVE_INFINITY, format);
    return `${start}${bound}"} ${cumulative}${renderExemplar(exemplars?.[index])}`;
  });
  return [
    ...buckets,
    `${name}_sum${labels} ${renderNumber(value.sum ?? Number.NaN)}`,
    `${name}_count${labels} ${value.count}`,
  ];
};

const renderExemplar = (exemplar: Exemplar | undefined): string =>
  exemplar === undefined
    ? ''
    : ` # {trace_id="${exemplar.traceId}"} ${renderNumber(exemplar.value)} ${(exemplar.at / 1000).toFixed(3)}`;

const renderLabels = (attributes: Attributes): string => {
  const parts = Object.keys(attributes)
    .sort()
    .filter((key) => attributes[key] !== undefined && attributes[key] !== '')
    .map((key) => `${safeName(key)}="${escapeLabel(String(attributes[key]))}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
};

const renderNumber = (value: number): string => {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
};

// OpenMetrics wants a canonical float: `1.0`, not `1`.
const renderBound = (bound: number, format: ExpositionFormat): string =>
  format === 'openmetrics' && Number.isInteger(bound) ? bound.toFixed(1) : renderNumber(bound);

const escapeHelp = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
const escapeLabel = (text: string): string => escapeHelp(text).replace(/"/g, '\\"');
