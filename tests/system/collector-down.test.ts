import { afterEach, expect, test } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { type Mood, type OtlpSink, startOtlpSink } from '../otlp/sink.ts';

const QUEUE = 64;
let sink: OtlpSink | undefined;
let gateway: TestGateway | undefined;
afterEach(async () => {
  await gateway?.stop();
  await sink?.stop();
  gateway = undefined;
  sink = undefined;
});

const start = (endpoint: string) =>
  startGateway({
    config: {
      models: [scriptedModel({ reply: 'ok' })],
      telemetry: { otlp: { endpoint, timeoutMs: 500, intervalMs: 1000, queue: QUEUE }, sampling: { ratio: 1 } },
    },
  });

const ask = async (count: number): Promise<number[]> => {
  const bodies = Array.from({ length: count }, () => ({
    model: 'scripted',
    messages: [{ role: 'user', content: 'hi' }],
  }));
  const answers = await Promise.all(bodies.map((body) => gateway?.send('POST', '/v1/chat/completions', body)));
  return answers.map((answer) => answer?.status ?? 0);
};

const exportsOf = async (signal: string, outcome: string): Promise<number> => {
  const { text } = (await gateway?.send('GET', '/api/v1/metrics')) ?? { text: '' };
  const [, value] =
    text.match(new RegExp(`^clawdbot_otlp_exports_total\\{outcome="${outcome}",signal="${signal}"\\} (\\d+)$`, 'm')) ??
    [];
  return Number(value);
};

const droppedOf = async (signal: string, reason = '\\w+'): Promise<number> => {
  const { text } = (await gateway?.send('GET', '/api/v1/metrics')) ?? { text: '' };
  const rows = text.matchAll(
    new RegExp(`^clawdbot_otlp_dropped_total\\{reason="${reason}",signal="${signal}"\\} (\\d+)$`, 'gm'),
  );
  return [...rows].reduce((sum, [, value]) => sum + Number(value), 0);
};

test.each<Mood>(['fails', 'hangs', 'busy'])(
  'a collector that %s changes no answer, and gets what comes later',
  async (mood) => {
    sink = await startOtlpSink();
    sink.be(mood);
    gateway = await start(sink.endpoint);
    expect(new Set(await ask(200))).toEqual(new Set([200]));
    await expect.poll(() => exportsOf('traces', 'failed'), { timeout: 30_000, interval: 300 }).toBeGreaterThan(0);
    sink.be('takes');
    await expect
      .poll(
        async () => {
          await ask(1);
          return sink?.spans.length ?? 0;
        },
        { timeout: 30_000, interval: 300 },
      )
      .toBeGreaterThan(0);
    // What waited while it was away is bounded by the queue and what was on its way.
    expect(sink.spans.filter(({ name }) => name.startsWith('POST')).length).toBeLessThan(200);
    // Nothing is lost in silence: each of those requests has nine spans at least, and its access line.
    const seen = async () => [
      (await droppedOf('traces')) + (sink?.spans.length ?? 0) >= 200 * 9,
      (await droppedOf('logs')) + (sink?.logs.length ?? 0) >= 200,
    ];
    await expect.poll(seen, { timeout: 30_000, interval: 300 }).toEqual([true, true]);
    // What waits takes no more room than the queue: most of them found none.
    expect(await droppedOf('traces', 'queue')).toBeGreaterThan(0);
  },
  120_000,
);

test('one service goes through a collector that is gone, silent and broken, and sends all signals again when it is back', async () => {
  sink = await startOtlpSink();
  const { endpoint } = sink;
  gateway = await start(endpoint);
  await expect.poll(() => exportsOf('metrics', 'sent'), { timeout: 60_000, interval: 300 }).toBeGreaterThan(0);
  await sink.stop();
  await lose(60);
  for (const mood of ['hangs', 'fails'] as const) {
    sink = await startOtlpSink(Number(new URL(endpoint).port));
    sink.be(mood);
    await lose(60);
    await sink.stop();
  }
  sink = await startOtlpSink(Number(new URL(endpoint).port));
  const back = async () => {
    expect(await ask(1)).toEqual([200]);
    return [sink?.spans.length, sink?.logs.length, sink?.metrics.length].map((count) => (count ?? 0) > 0);
  };
  await expect.poll(back, { timeout: 60_000, interval: 300 }).toEqual([true, true, true]);
  expect(gateway.child.exitCode).toBe(null);
}, 300_000);

/** Asks more than fits into the queue: all is answered, nearly all of its spans are lost and counted, all exports fail. */
const lose = async (requests: number): Promise<void> => {
  const [dropped, failed] = [await droppedOf('traces'), await failuresOf()];
  expect(new Set(await ask(requests))).toEqual(new Set([200]));
  const more = async () => (await failuresOf()).map((count, signal) => count > (failed[signal] ?? 0));
  await expect.poll(more, { timeout: 60_000, interval: 300 }).toEqual([true, true, true]);
  // Nine spans of each, of which no more than the queue and the batches on their way are still there.
  const least = dropped + 9 * requests - 3 * QUEUE;
  await expect.poll(() => droppedOf('traces'), { timeout: 60_000, interval: 300 }).toBeGreaterThanOrEqual(least);
};

const failuresOf = () => Promise.all(['traces', 'metrics', 'logs'].map((signal) => exportsOf(signal, 'failed')));

test('a collector that is not there changes no answer, and the service stops without it', async () => {
  sink = await startOtlpSink();
  const { endpoint } = sink;
  await sink.stop();
  sink = undefined;
  gateway = await start(endpoint);
  expect(new Set(await ask(50))).toEqual(new Set([200]));
  await expect.poll(() => exportsOf('logs', 'failed'), { timeout: 30_000, interval: 300 }).toBeGreaterThan(0);
  expect(await gateway.stop()).toBe(0);
  gateway = undefined;
}, 120_000);
