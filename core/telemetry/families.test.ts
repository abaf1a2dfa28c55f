import { expect, test, vi } from 'vitest';
import { METRICS } from './metrics.ts';
import { percentileOf, sumOf } from './percentile.ts';
import { createTelemetry } from './telemetry.ts';

const histogram = (boundaries: number[], counts: number[]) => ({
  count: counts.reduce((sum, count) => sum + count, 0),
  sum: 0,
  buckets: { boundaries, counts },
});

test('a percentile lies where its rank lies within a bucket', () => {
  const values = histogram([1, 2, 4], [10, 10, 20, 0]);
  expect(percentileOf(values, 0.25)).toBe(1);
  expect(percentileOf(values, 0.5)).toBe(2);
  expect(percentileOf(values, 0.75)).toBe(3);
  expect(percentileOf(values, 1)).toBe(4);
});

test('a percentile is unknown where nothing was measured, and never beyond the last bound', () => {
  expect(percentileOf(histogram([1, 2], [0, 0, 0]), 0.5)).toBeNull();
  expect(percentileOf(histogram([1, 2], [1, 0, 9]), 0.99)).toBe(2);
});

test('a percentile of many durations lies in the bucket of the true one', async () => {
  const telemetry = createTelemetry({ serviceName: 'test', version: '0', known: { 'gen_ai.request.model': ['m'] } });
  // From 6 ms to 9 minutes, unevenly spread.
  const seconds = Array.from({ length: 1000 }, (_, at) => 0.006 * 90_000 ** ((at / 1000) ** 2));
  for (const value of seconds) telemetry.record('requestDuration', value, { 'gen_ai.request.model': 'm' });
  const { latency } = await telemetry.families();
  const told = latency.find(({ metric }) => metric === METRICS.requestDuration.name);
  expect(told?.count).toBe(1000);
  const bounds = [0, ...METRICS.requestDuration.buckets];
  for (const [name, share] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
  ] as const) {
    const truth = seconds[share * 1000 - 1] ?? Number.NaN;
    const upper = bounds.findIndex((bound) => truth <= bound);
    expect(told?.[name]).toBeGreaterThanOrEqual(bounds[upper - 1] ?? Number.NaN);
    expect(told?.[name]).toBeLessThanOrEqual(bounds[upper] ?? Number.NaN);
  }
  await telemetry.stop();
});

test('several series are one distribution', () => {
  const all = sumOf([histogram([1, 2], [1, 0, 0]), histogram([1, 2], [0, 3, 1])]);
  expect(all.buckets.counts).toEqual([1, 3, 1]);
  expect(all.count).toBe(5);
});

test('the families say what time they are of, whatever the clock of the machine is set to', async () => {
  let at = 5000;
  const telemetry = createTelemetry({ serviceName: 'test', version: '0', now: () => at });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1, 12) });
  at += 60_000;
  expect((await telemetry.families()).window).toEqual({ since: '2026-01-01T11:59:00.000Z', seconds: 60 });
  vi.setSystemTime(Date.UTC(2020, 0, 1, 12));
  at += 60_000;
  expect((await telemetry.families()).window.seconds).toBe(120);
  vi.useRealTimers();
  await telemetry.stop();
});

test('the six families say what was recorded', async () => {
  const telemetry = createTelemetry({ serviceName: 'test', version: '0', known: { 'gen_ai.request.model': ['m'] } });
  const model = { 'gen_ai.request.model': 'm' };
  for (const seconds of [0.1, 0.1, 5]) telemetry.record('requestDuration', seconds, model);
  telemetry.counter('requests', { outcome: 'ok' }, 3);
  telemetry.counter('requests', { outcome: 'timeout' });
  telemetry.counter('tokens', { 'gen_ai.token.type': 'output', ...model }, 42);
  const http = { 'http.request.method': 'GET', 'http.route': '/x' } as const;
  telemetry.record('httpDuration', 0.1, { ...http, 'http.response.status_code': '200' });
  telemetry.record('httpDuration', 0.1, { ...http, 'http.response.status_code': '503' });
  telemetry.record('modelLoadDuration', 3, { ...model, outcome: 'ok' });
  telemetry.counter('cacheRequests', { cache: 'response', result: 'hit' });
  telemetry.counter('cacheRequests', { cache: 'response', result: 'miss' }, 3);

  const families = await telemetry.families();
  const latency = families.latency.find(({ metric }) => metric === 'gen_ai.server.request.duration');
  expect(latency).toMatchObject({ count: 3, labels: model });
  expect(latency?.mean).toBeCloseTo(5.2 / 3);
  // Within the bucket the true value lies in.
  expect(latency?.p50).toBeGreaterThan(0.08);
  expect(latency?.p50).toBeLessThanOrEqual(0.16);
  expect(latency?.p99).toBeGreaterThan(2.56);
  expect(latency?.p99).toBeLessThanOrEqual(5.12);
  expect(families.throughput.requests).toMatchObject({ ok: 3, timeout: 1, error: 0 });
  expect(families.throughput.tokens).toEqual([{ labels: { 'gen_ai.token.type': 'output', ...model }, value: 42 }]);
  expect(families.errors).toEqual({ responses: 2, serverErrors: 1, ratio: 0.5 });
  expect(families.modelLoad).toMatchObject([{ count: 1 }]);
  expect(families.cache).toEqual([
    { cache: 'response', hits: 1, lookups: 4, ratio: 0.25 },
    { cache: 'prefix', hits: 0, lookups: 0, ratio: null },
  ]);
  expect(families.utilization.memoryBytes).toBeGreaterThan(0);
  await telemetry.stop();
});
