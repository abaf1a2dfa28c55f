import { METRICS, type MetricRow } from './metrics.ts';
import { wireName } from './wire-name.ts';

const INTRODUCTION = `# Metrics

<!-- Generated from core/telemetry/metrics.ts by \`clawdbot config docs --write\`; do not edit. -->

Served by the gateway at \`/api/v1/metrics\`, by \`Accept\` as Prometheus text, as OpenMetrics with exemplars (the trace of a
recent request in each bucket) or as JSON with the six families and their percentiles; sent by OTLP under the names of the
instruments where \`telemetry.otlp.endpoint\` is set; by the collectors at \`/metrics\` on \`collectors.port\` and by
the actions on \`actions.port\`, as text or OpenMetrics. The column \`page\` says whose page a metric is on. Names follow the OpenTelemetry conventions; on the wire dots become
underscores and the unit is appended. Times are in seconds, sizes in bytes, ratios from 0 to 1. Label values come from
closed lists or from the configuration, never from a client: anything else is counted as \`_OTHER\`. A metric that is renamed
is shown under both names for one minor version; the old one is then listed at the end of this page. What is not known is
absent, never 0. \`target_info\` carries the name, version and instance of the service.

| on the wire | instrument | kind | page | meaning | labels |
| --- | --- | --- | --- | --- | --- |`;

/** The page of all metrics. */
export const renderMetricsPage = (rows: readonly MetricRow[] = Object.values(METRICS)): string => {
  const histograms = rows.filter(({ buckets }) => buckets !== undefined);
  return `${[
    ...[INTRODUCTION, ...rows.map(renderRow)],
    '',
    '## Buckets',
    '',
    ...histograms.map((row) => `- \`${wireName(row)}\`: ${row.buckets?.join(', ')}`),
    ...renderFormer(rows),
  ].join('\n')}\n`;
};

const renderFormer = (rows: readonly MetricRow[]): string[] => {
  const lines = rows.flatMap((row) =>
    row.formerly === undefined
      ? []
      : [
          `| \`${wireName({ ...row, name: row.formerly.name })}\` | \`${row.formerly.name}\` | \`${wireName(row)}\` | ${row.formerly.until} |`,
        ],
  );
  if (lines.length === 0) return [];
  const head = ['| on the wire | instrument | now | gone with |', '| --- | --- | --- | --- |'];
  return ['', '## Deprecated names', '', ...head, ...lines];
};

const renderRow = (row: MetricRow): string =>
  `| \`${wireName(row)}\` | \`${row.name}\` (${row.unit}) | ${row.kind} | ${row.page ?? 'gateway'} | ${row.help} | ${renderLabels(row)} |`;

const renderLabels = (row: MetricRow): string =>
  row.labels
    .map((label) => {
      const values = row.values?.[label];
      // The codes have a page of their own.
      if (label === 'error.type') return '`error.type`: `timeout`, `cancelled` or a code of [errors](errors.md)';
      return values === undefined ? `\`${label}\`` : `\`${label}\`: ${values.join(', ')}`;
    })
    .join('; ');
