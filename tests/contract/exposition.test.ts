import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { METRICS, type MetricRow } from '../../core/telemetry/metrics.ts';
import { createTelemetry } from '../../core/telemetry/telemetry.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';

const promtool = debianProgram('promtool');

test('promtool finds no fault in the exposition of the whole catalogue', async (context) => {
  if (promtool === undefined) return context.skip(missingProgram('promtool'));
  const telemetry = createTelemetry({
    serviceName: 'clawdbot',
    version: '0.0.0',
    known: { 'gen_ai.request.model': ['a'] },
  });
  for (const [name, row] of Object.entries<MetricRow>(METRICS)) {
    // Safe: the kind of the row is what decides which of the three takes its key.
    const key = name as never;
    if (row.kind === 'histogram') telemetry.record(key, 1);
    else if (row.kind === 'gauge' || row.observed === true) telemetry.gauge(key, () => [{ value: 1 }]);
    else telemetry.counter(key, {});
  }
  const text = await telemetry.expose();
  await telemetry.stop();
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
