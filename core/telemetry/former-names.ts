import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { IsCurrent } from './exposition.ts';
import { METRICS, type MetricRow } from './metrics.ts';

/** As much of a row as its renaming needs. */
export type Renamed = Pick<MetricRow, 'name' | 'formerly'>;

/** What is said of a former name wherever it is shown. */
export const formerHelp = (name: string, until: string): string =>
  `Deprecated: the former name of ${name}, gone with ${until}.`;

/**
 * Everything that was collected, and what was renamed once more under its former name: names are a contract, so rules and
 * boards written for the old one work until the next minor version.
 */
export const withFormerNames = (
  collected: ResourceMetrics,
  isCurrent: IsCurrent,
  rows: readonly Renamed[] = Object.values<MetricRow>(METRICS),
): ResourceMetrics => {
  const renamed = new Map(rows.flatMap(({ name, formerly }) => (formerly === undefined ? [] : [[name, formerly]])));
  if (renamed.size === 0) return collected;
  const both = (metric: MetricData): MetricData[] => {
    const formerly = renamed.get(metric.descriptor.name);
    return formerly === undefined ? [metric] : [metric, copyUnder(metric, formerly, isCurrent)];
  };
  return {
    ...collected,
    scopeMetrics: collected.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.flatMap(both) })),
  };
};

const copyUnder = (
  metric: MetricData,
  { name, until }: NonNullable<MetricRow['formerly']>,
  isCurrent: IsCurrent,
): MetricData => {
  const descriptor = { ...metric.descriptor, name, description: formerHelp(metric.descriptor.name, until) };
  // What is current is known by the new name only.
  const dataPoints = metric.dataPoints.filter((point) => isCurrent(metric.descriptor.name, point.attributes));
  // Safe: the points are those of this very metric, only fewer.
  return { ...metric, descriptor, dataPoints } as MetricData;
};

/** The rows whose former names must go, because the version that ends them is here. */
export const overdueNames = (version: string, rows: readonly Renamed[]): string[] =>
  rows.flatMap(({ formerly }) => (formerly !== undefined && !isBefore(version, formerly.until) ? [formerly.name] : []));

/** Of the numbers of two versions; what follows a dash is left out. */
const isBefore = (version: string, other: string): boolean => {
  const [own, its] = [version, other].map((text) => (text.split('-')[0] ?? '').split('.').map(Number));
  for (let part = 0; part < 3; part += 1) {
    const [a, b] = [own?.[part] ?? 0, its?.[part] ?? 0];
    if (a !== b) return a < b;
  }
  return false;
};
