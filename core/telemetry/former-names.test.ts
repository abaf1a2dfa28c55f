import { MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { renderMetricsPage } from './docs.ts';
import { renderMetrics } from './exposition.ts';
import { overdueNames, withFormerNames } from './former-names.ts';
import { METRICS, type MetricRow } from './metrics.ts';

class Reader extends MetricReader {
  protected async onForceFlush() {}
  protected async onShutdown() {}
}

const ROW = {
  name: 'clawdbot.new.name',
  kind: 'gauge',
  unit: 's',
  help: 'What it is.',
  labels: ['a'],
  formerly: { name: 'clawdbot.old.name', until: '0.3.0' },
} as const satisfies MetricRow;

const collect = async (): Promise<ResourceMetrics> => {
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  const gauge = provider.getMeter('test').createGauge(ROW.name, { unit: ROW.unit, description: ROW.help });
  gauge.record(1, { a: 'here' });
  gauge.record(2, { a: 'gone' });
  provider.getMeter('test').createCounter('clawdbot.other').add(1);
  const { resourceMetrics } = await reader.collect();
  await provider.shutdown();
  return resourceMetrics;
};
const isCurrent = (_metric: string, { a }: Readonly<Record<string, unknown>>) => a !== 'gone';
/** What is known by the new name only. */
const isCurrentByName = (metric: string, labels: Readonly<Record<string, unknown>>) =>
  metric !== ROW.name || isCurrent(metric, labels);

test('a renamed metric is shown under both names, with the same series', async () => {
  const text = await renderMetrics(
    withFormerNames(await collect(), isCurrentByName, [ROW]),
    'openmetrics',
    isCurrentByName,
  );
  const samples = text.split('\n').filter((line) => /^clawdbot/.test(line));
  expect(samples).toEqual([
    'clawdbot_new_name_seconds{a="here"} 1',
    'clawdbot_old_name_seconds{a="here"} 1',
    'clawdbot_other_total 1',
  ]);
  expect(text).toContain(
    '# HELP clawdbot_old_name_seconds Deprecated: the former name of clawdbot.new.name, gone with 0.3.0.',
  );
});

test('nothing is copied where nothing was renamed', async () => {
  const collected = await collect();
  expect(withFormerNames(collected, isCurrent, [{ name: ROW.name }])).toBe(collected);
});

test('the page of metrics tells what is deprecated', () => {
  const page = renderMetricsPage([ROW]);
  expect(page).toContain('| `clawdbot_old_name_seconds` | `clawdbot.old.name` | `clawdbot_new_name_seconds` | 0.3.0 |');
  expect(renderMetricsPage([{ ...ROW, formerly: undefined } as never])).not.toContain('## Deprecated');
});

test.each([
  ['0.2.9', []],
  ['0.3.0-rc.1', ['clawdbot.old.name']],
  ['0.3.0', ['clawdbot.old.name']],
  ['0.10.0', ['clawdbot.old.name']],
])('in %s, the names that must be gone are %j', (version, names) => {
  expect(overdueNames(version, [ROW])).toEqual(names);
});

test('no former name outlives the version that it was kept until, or is the name of another metric', () => {
  const rows = Object.values<MetricRow>(METRICS);
  expect(overdueNames(manifest.version, rows)).toEqual([]);
  const former = rows.flatMap(({ formerly }) => (formerly === undefined ? [] : [formerly.name]));
  expect(rows.filter(({ name }) => former.includes(name))).toEqual([]);
});
