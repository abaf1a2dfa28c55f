import { expect, test } from 'vitest';
import { createExemplars } from './exemplars.ts';
import { createTelemetry } from './telemetry.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const OTHER = '1af7651916cd43dd8448eb211c80319c';

test('each bucket of each series has the trace of its last measurement', () => {
  const exemplars = createExemplars(() => 7);
  exemplars.note('m', [1, 2], 0.5, { a: 'x', b: 'y' }, TRACE);
  exemplars.note('m', [1, 2], 1, { b: 'y', a: 'x' }, OTHER);
  exemplars.note('m', [1, 2], 99, { a: 'x', b: 'y' }, TRACE);
  expect(exemplars.find('m', { b: 'y', a: 'x' })?.[0]).toEqual({ value: 1, traceId: OTHER, at: 7 });
  expect(exemplars.find('m', { a: 'x', b: 'y' })?.[1]).toBeUndefined();
  expect(exemplars.find('m', { a: 'x', b: 'y' })?.[2]).toEqual({ value: 99, traceId: TRACE, at: 7 });
  expect(exemplars.find('m', { a: 'z', b: 'y' })?.[0]).toBeUndefined();
});

test('stays small whatever the labels are', () => {
  const exemplars = createExemplars();
  for (let at = 0; at < 10_000; at += 1) exemplars.note('m', [1], 0, { a: at }, TRACE);
  const kept = Array.from({ length: 10_000 }, (_, at) => exemplars.find('m', { a: at })?.[0]).filter(Boolean);
  expect(kept.length).toBeLessThanOrEqual(4000);
});

test('OpenMetrics shows them, the text format does not, and what was not traced has none', async () => {
  const telemetry = createTelemetry({ serviceName: 'test', version: '0', known: { 'gen_ai.request.model': ['m'] } });
  telemetry.record('queueWait', 0.002, { priority: 'normal' }, TRACE);
  telemetry.record('queueWait', 0.2, { priority: 'normal' });
  const bucket = (text: string, bound: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`clawdbot_queue_wait_seconds_bucket{priority="normal",le="${bound}"}`));
  const text = await telemetry.expose('openmetrics');
  expect(bucket(text, '0.005')).toMatch(new RegExp(` 1 # \\{trace_id="${TRACE}"\\} 0\\.002 \\d+\\.\\d{3}$`));
  expect(bucket(text, '0.25')).toMatch(/ 2$/);
  expect(await telemetry.expose('text')).not.toContain(TRACE);
  await telemetry.stop();
});
