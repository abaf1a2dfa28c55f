import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isOn, METRICS, type MetricRow } from './metrics.ts';
import { createTelemetry, type Labels, type Telemetry } from './telemetry.ts';
import { wireName } from './wire-name.ts';

const MODEL = 'gen_ai.request.model';
const HIGH = { priority: 'high' } as const;

describe('telemetry', () => {
  let clock: number;
  let telemetry: Telemetry;
  const create = (more: Partial<Parameters<typeof createTelemetry>[0]> = {}) =>
    createTelemetry({
      serviceName: 'clawdbot',
      version: '1.2.3',
      known: { [MODEL]: ['small', 'large'] },
      now: () => clock,
      ...more,
    });
  /** The text of a scrape that shares nothing with the one before. */
  const scrape = async (): Promise<string> => {
    clock += 1000;
    return telemetry.expose();
  };
  const linesOf = async (name: string): Promise<string[]> =>
    (await scrape()).split('\n').filter((line) => line.startsWith(name));

  beforeEach(() => {
    clock = 0;
    telemetry = create();
  });
  afterEach(() => telemetry.stop());

  test('counters with known labels are there at 0 before anything happened', async () => {
    expect(await linesOf('clawdbot_requests_total{')).toContain('clawdbot_requests_total{outcome="timeout"} 0');
    expect(await linesOf('clawdbot_tokens_total')).toHaveLength(4);
    expect(await linesOf('clawdbot_engine_restarts_total')).toEqual([
      'clawdbot_engine_restarts_total{gen_ai_request_model="small"} 0',
      'clawdbot_engine_restarts_total{gen_ai_request_model="large"} 0',
    ]);
  });

  test('counts and sums', async () => {
    telemetry.counter('requests', { outcome: 'ok' });
    telemetry.counter('tokens', { 'gen_ai.token.type': 'output', [MODEL]: 'small' }, 41);
    telemetry.counter('tokens', { 'gen_ai.token.type': 'output', [MODEL]: 'small' }, 1);
    const text = await scrape();
    expect(text).toContain('clawdbot_requests_total{outcome="ok"} 1\n');
    expect(text).toContain('clawdbot_tokens_total{gen_ai_request_model="small",gen_ai_token_type="output"} 42\n');
  });

  test('histograms have the buckets of the catalogue', async () => {
    telemetry.record('queueWait', 0.002, { priority: 'high' });
    telemetry.record('queueWait', 1000, { priority: 'high' });
    const lines = await linesOf('clawdbot_queue_wait_seconds');
    expect(lines).toContain('clawdbot_queue_wait_seconds_bucket{priority="high",le="0.001"} 0');
    expect(lines).toContain('clawdbot_queue_wait_seconds_bucket{priority="high",le="0.005"} 1');
    expect(lines).toContain('clawdbot_queue_wait_seconds_bucket{priority="high",le="+Inf"} 2');
    expect(lines).toContain('clawdbot_queue_wait_seconds_sum{priority="high"} 1000.002');
    expect(lines).toContain('clawdbot_queue_wait_seconds_count{priority="high"} 2');
    expect(lines).toHaveLength(METRICS.queueWait.buckets.length + 3);
  });

  test('a label value outside its list is counted as _OTHER, an unknown label is dropped', async () => {
    // What a caller with looser types could hand in.
    const loose: Labels = { outcome: 'exploded', user: 'mallory' };
    telemetry.counter('requests', loose as { outcome: 'ok' });
    telemetry.counter('engineRestarts', { [MODEL]: 'from-a-client' });
    expect(await linesOf('clawdbot_requests_total{outcome="_OTHER"')).toEqual([
      'clawdbot_requests_total{outcome="_OTHER"} 1',
    ]);
    expect(await linesOf('clawdbot_engine_restarts_total{gen_ai_request_model="_OTHER"')).toHaveLength(1);
    expect(await scrape()).not.toMatch(/mallory|from-a-client|exploded/);
  });

  test('a value that is not a number is left out', async () => {
    telemetry.record('queueWait', Number.NaN, { priority: 'low' });
    telemetry.record('queueWait', Number.POSITIVE_INFINITY, { priority: 'low' });
    expect(await linesOf('clawdbot_queue_wait_seconds')).toEqual([]);
  });

  test('gauges are read at every scrape, and what is no longer reported is absent', async () => {
    let states: { model: string; used: number }[] = [
      { model: 'small', used: 3 },
      { model: 'large', used: 0 },
    ];
    telemetry.gauge('slotsUsed', () => states.map(({ model, used }) => ({ value: used, labels: { [MODEL]: model } })));
    expect(await linesOf('clawdbot_slots_used')).toEqual([
      'clawdbot_slots_used{gen_ai_request_model="small"} 3',
      'clawdbot_slots_used{gen_ai_request_model="large"} 0',
    ]);
    states = [{ model: 'large', used: 1 }];
    expect(await linesOf('clawdbot_slots_used')).toEqual(['clawdbot_slots_used{gen_ai_request_model="large"} 1']);
    states = [];
    expect(await linesOf('clawdbot_slots_used')).toEqual([]);
  });

  test('a gauge that fails costs its own series and is told once', async () => {
    const failures: string[] = [];
    telemetry = create({ onError: (metric) => failures.push(metric) });
    telemetry.gauge('queueDepth', () => {
      throw new Error('broken');
    });
    telemetry.gauge('ready', () => [{ value: 1 }]);
    expect(await linesOf('clawdbot_ready')).toEqual(['clawdbot_ready 1']);
    expect(await linesOf('clawdbot_queue_depth')).toEqual([]);
    expect(failures).toEqual(['queueDepth']);
  });

  test('scrapes within a second share one text', async () => {
    let reads = 0;
    telemetry.gauge('ready', () => {
      reads += 1;
      return [{ value: reads }];
    });
    const [first, second] = await Promise.all([telemetry.expose(), telemetry.expose()]);
    clock += 999;
    expect(await telemetry.expose()).toBe(first);
    expect(second).toBe(first);
    clock += 1;
    expect(await telemetry.expose()).not.toBe(first);
    expect(reads).toBe(2);
  });

  test('tells about the process and who it is, and nothing about the machine', async () => {
    const text = await scrape();
    expect(text).toMatch(
      /^target_info\{service_instance_id="[0-9a-f-]{36}",service_name="clawdbot",service_version="1.2.3"\} 1$/m,
    );
    expect(text).toMatch(/^process_cpu_time_seconds_total\{cpu_mode="user"\} \d/m);
    expect(text).toMatch(/^process_memory_usage_bytes \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_time_seconds_total\{nodejs_eventloop_state="active"\} \d/m);
    expect(text).not.toContain(process.cwd());
  });

  test.each(['gateway', 'actions'] as const)(
    'exposes every row of the catalogue under its wire name, and nothing else, but what others count: %s',
    async (page) => {
      await telemetry.stop();
      telemetry = create({ page });
      exerciseAll(telemetry);
      const families = (await scrape()).matchAll(/^# TYPE (\S+) (\S+)$/gm);
      const exposed = [...families].map(([, name]) => name).filter((name) => name !== 'target_info');
      const expected = Object.values<MetricRow>(METRICS).filter(
        (row) => row.kind === 'gauge' || row.observed === true || isOn(page, row),
      );
      expect(exposed.sort()).toEqual(expected.map(wireName).sort());
    },
  );

  test('renders OpenMetrics with units and an end', async () => {
    telemetry.record('queueWait', 1, { priority: 'low' });
    const text = await telemetry.expose('openmetrics');
    expect(text).toContain('# TYPE clawdbot_requests counter\n');
    expect(text).toContain('clawdbot_requests_total{outcome="ok"} 0\n');
    expect(text).toContain('# UNIT clawdbot_queue_wait_seconds seconds\n');
    expect(text).toContain('le="1.0"');
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  test('escapes what would break a line', async () => {
    telemetry = create({ known: {} });
    telemetry.counter('engineRestarts', { [MODEL]: 'a"b\\c\nd' });
    expect(await linesOf('clawdbot_engine_restarts_total')).toEqual([
      'clawdbot_engine_restarts_total{gen_ai_request_model="a\\"b\\\\c\\nd"} 1',
    ]);
  });

  test('a histogram counts ten million measurements exactly', async () => {
    for (let count = 0; count < 10_000_000; count += 1) telemetry.record('queueWait', 0.5, HIGH);
    const lines = await linesOf('clawdbot_queue_wait_seconds');
    expect(lines).toContain('clawdbot_queue_wait_seconds_count{priority="high"} 10000000');
    expect(lines).toContain('clawdbot_queue_wait_seconds_sum{priority="high"} 5000000');
    expect(lines).toContain('clawdbot_queue_wait_seconds_bucket{priority="high",le="0.25"} 0');
    expect(lines).toContain('clawdbot_queue_wait_seconds_bucket{priority="high",le="0.5"} 10000000');
  }, 300_000);

  test('four times as many requests make no more series and no more exemplars', async () => {
    const sizeAfter = async (requests: number): Promise<number> => {
      for (let at = 0; at < requests; at += 1) {
        const loose: Labels = { 'gen_ai.request.model': `m${at}`, 'error.type': `e${at}`, user: `u${at}` };
        telemetry.record('requestDuration', at % 700, loose, at.toString(16).padStart(32, '0'));
        telemetry.counter('requests', { ...loose, outcome: `o${at}` } as object);
      }
      clock += 1000;
      return (await telemetry.expose('openmetrics')).split('\n').length;
    };
    const once = await sizeAfter(2000);
    expect(await sizeAfter(8000)).toBe(once);
  });

  test('another life of a process is another instance that begins at 0', async () => {
    telemetry.counter('requests', { outcome: 'ok' }, 5);
    const instanceOf = (text: string) => /service_instance_id="([^"]+)"/.exec(text)?.[1];
    const before = instanceOf(await scrape());
    await telemetry.stop();
    telemetry = create();
    const text = await scrape();
    expect(text).toContain('clawdbot_requests_total{outcome="ok"} 0\n');
    expect(instanceOf(text)).not.toBe(before);
  });

  test('does nothing when it is off', async () => {
    telemetry = create({ enabled: false });
    exerciseAll(telemetry);
    expect(await telemetry.expose()).toBe('');
  });
});

const exerciseAll = (telemetry: Telemetry): void => {
  for (const [name, row] of Object.entries<MetricRow>(METRICS)) {
    // Safe: the kind of the row is what decides which of the three takes its key.
    const key = name as never;
    if (row.kind === 'histogram') telemetry.record(key, 1);
    else if (row.kind === 'gauge' || row.observed === true) telemetry.gauge(key, () => [{ value: 1 }]);
    else telemetry.counter(key, {});
  }
};
