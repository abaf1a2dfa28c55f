import { expect, test } from 'vitest';
import { METRICS } from './metrics.ts';
import { safeName, wireName } from './wire-name.ts';

test.each([
  ['gen_ai.server.request.duration', 'histogram', 's', 'gen_ai_server_request_duration_seconds'],
  ['clawdbot.requests', 'counter', '{request}', 'clawdbot_requests_total'],
  ['process.cpu.time', 'counter', 's', 'process_cpu_time_seconds_total'],
  ['hw.gpu.utilization', 'gauge', '1', 'hw_gpu_utilization_ratio'],
  ['a.share', 'upDownCounter', '1', 'a_share'],
  ['hw.temperature', 'gauge', 'Cel', 'hw_temperature_celsius'],
  ['hw.gpu.memory.usage', 'gauge', 'By', 'hw_gpu_memory_usage_bytes'],
  ['net.rate', 'gauge', 'By/s', 'net_rate_bytes_per_second'],
  ['work.rate', 'gauge', '{token}/s', 'work_rate_per_second'],
  ['uptime.seconds', 'gauge', 's', 'uptime_seconds'],
  ['hw.errors.total', 'counter', '{error}', 'hw_errors_total'],
] as const)('%s (%s, %s) is exposed as %s', (name, kind, unit, expected) => {
  expect(wireName({ name, kind, unit })).toBe(expected);
});

test('every name of the catalogue is valid and its own', () => {
  const names = Object.values(METRICS).map(wireName);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*[a-z0-9]$/);
});

test('characters that Prometheus refuses become one underscore', () => {
  expect(safeName('http.route')).toBe('http_route');
  expect(safeName('9-a..b')).toBe('_9_a_b');
});
