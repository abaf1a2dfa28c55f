import { MeterProvider, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import { pushReader } from './push-reader.ts';

const ROW = { name: 'clawdbot.new.name', formerly: { name: 'clawdbot.old.name', until: '0.3.0' } };

/** What is pushed of a gauge with two series, of which one is gone. */
const pushed = async (more: Partial<Parameters<typeof pushReader>[0]> = {}): Promise<readonly string[]> => {
  const batches: ResourceMetrics[] = [];
  const exporter: PushMetricExporter = {
    export(batch, done) {
      batches.push(batch);
      done({ code: 0 });
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const isCurrent = (_metric: string, { a }: Readonly<Record<string, unknown>>) => a !== 'gone';
  const options = { exporter, intervalMs: 3_600_000, timeoutMs: 1000, isCurrent, settle: () => undefined, ...more };
  const provider = new MeterProvider({ readers: [pushReader(options)] });
  const gauge = provider.getMeter('test').createGauge(ROW.name);
  gauge.record(1, { a: 'here' });
  gauge.record(2, { a: 'gone' });
  await provider.forceFlush();
  await provider.shutdown();
  return (batches[0]?.scopeMetrics ?? []).flatMap(({ metrics }) =>
    metrics.map(({ descriptor, dataPoints }) => `${descriptor.name} ${dataPoints.map(({ value }) => value)}`),
  );
};

test('what is current is pushed, and nothing that is gone', async () => {
  expect(await pushed()).toEqual(['clawdbot.new.name 1']);
});

test('a renamed metric is pushed under both names', async () => {
  expect(await pushed({ rows: [ROW] })).toEqual(['clawdbot.new.name 1', 'clawdbot.old.name 1']);
});
