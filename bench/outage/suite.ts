import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { scriptedModel, startGateway, type TestGateway } from '../../tests/gateway.ts';
import { type LoadResult, quantile } from '../load/closed-loop.ts';
import { loadInWorker } from '../load/in-worker.ts';
import { treeRssBytes } from '../load/process-tree.ts';
import { askHeld, probeEnv } from '../soak/ask-held.ts';
import type { HeldReading } from '../soak/probe.ts';
import { slopeOf } from '../soak/slope.ts';
import type { Report, SuiteOptions, Table } from '../suite.ts';
import { type Receiver, type ReceiverMood, startReceiver } from './receiver.ts';

/** What the receiver goes through, the same time each. */
export const OUTAGE_PHASES = ['up', 'down', 'slow', 'failing', 'up again'] as const;
type PhaseName = (typeof OUTAGE_PHASES)[number];

const MINUTES = 5;
const RATE = 20;
const CONNECTIONS = 8;
const WARM_UP_SECONDS = 20;
const SAMPLE_MS = 1000;
const MS_PER_MINUTE = 60_000;
const MIB = 1024 * 1024;
/** Of the same at the same time where the receiver is up: what a dead receiver may add to a request. */
const BARS = { p50: 1.05, p99: 1.2 } as const;
const SIGNALS = ['traces', 'metrics', 'logs'] as const;
const INTERVAL_MS = 5000;

interface Phase {
  readonly name: PhaseName;
  readonly load: LoadResult;
  /** Of the service beside it at the same time. */
  readonly besideLoad: LoadResult;
  /** Of the whole service, each second. */
  readonly rss: readonly { readonly atMs: number; readonly bytes: number }[];
  readonly held: HeldReading;
  /** Spans and log records lost so far. */
  readonly dropped: number;
  readonly failedExports: number;
  /** Exports taken in this phase. */
  readonly taken: ReadonlyMap<string, number>;
}

/**
 * A steady load, all of it traced, while the receiver of the telemetry is up, gone, silent, broken and up again. A second
 * service with the same load at the same time, whose receiver is always up, is what its latency is compared with.
 */
export const runOutageSuite = async (options: SuiteOptions): Promise<Report> => {
  const seconds = options.isSmoke ? 2 : ((options.minutes || MINUTES) * 60) / OUTAGE_PHASES.length;
  await using life = new AsyncDisposableStack();
  const folder = life.adopt(mkdtempSync(join(tmpdir(), 'clawdbot-outage-')), (dir) =>
    rmSync(dir, { recursive: true, force: true }),
  );
  const receiver = life.use(await startReceiver());
  const steady = life.use(await startReceiver());
  // Both are asked what they hold: the answer costs a process its compiled code.
  const env = probeEnv(folder, options.env);
  const start = async ({ endpoint }: Receiver) =>
    life.adopt(await startGateway({ config: configOf(endpoint), env }), async (started) => void (await started.stop()));
  const gateway = await start(receiver);
  const beside = await start(steady);
  await Promise.all([gateway, beside].map((one) => send(one, options.isSmoke ? 1 : WARM_UP_SECONDS)));
  const phases: Phase[] = [];
  for (const name of OUTAGE_PHASES) {
    await receiver.be(name === 'up again' ? 'up' : (name satisfies ReceiverMood));
    const phase = await runPhase(name, { gateway, beside, receiver, folder, seconds });
    phases.push(phase);
    options.say(`${name}: p99 ${quantile(phase.load.latencies, 0.99).toFixed(1)} ms, ${phase.dropped} dropped so far`);
  }
  return {
    suite: 'outage',
    settings: { secondsPerPhase: seconds, requestsPerSecond: RATE, connections: CONNECTIONS, samplingRatio: 1 },
    ...{ models: [], comparisons: [], tables: [latencyTable(phases), memoryTable(phases), exportTable(phases)] },
    notes: [
      'beside: the same service with the same load at the same time, whose receiver is always up',
      'one gateway process from the first phase to the last; the heap is that after the garbage is gone',
    ],
  };
};

const configOf = (endpoint: string) => ({
  limits: { maxConcurrency: 64, queue: 1024 },
  engines: { probeIntervalMs: 86_400_000 },
  models: [scriptedModel({ reply: 'one two three four', charactersPerChunk: 4 })],
  telemetry: { otlp: { endpoint, intervalMs: INTERVAL_MS }, sampling: { ratio: 1, slowMs: 600_000 } },
});

const send = async ({ url, ca, token }: TestGateway, seconds: number): Promise<LoadResult> => {
  const headers = { authorization: `Bearer ${await token('inference')}`, 'content-type': 'application/json' };
  const messages = [{ role: 'user', content: 'hello' }];
  const body = JSON.stringify({ model: 'scripted', messages, stream: true });
  const path = '/v1/chat/completions';
  return loadInWorker({
    ...{ url, ca, path, headers, body, connections: CONNECTIONS, requests: Math.ceil(seconds * RATE), rate: RATE },
  });
};

interface Setting {
  readonly gateway: TestGateway;
  readonly beside: TestGateway;
  readonly receiver: Receiver;
  readonly folder: string;
  readonly seconds: number;
}

const runPhase = async (name: PhaseName, { gateway, beside, receiver, folder, seconds }: Setting): Promise<Phase> => {
  const before = new Map(receiver.taken);
  const startedAt = performance.now();
  const rss: { atMs: number; bytes: number }[] = [];
  const sampler = setInterval(
    () => rss.push({ atMs: performance.now() - startedAt, bytes: treeRssBytes(gateway.pid) }),
    SAMPLE_MS,
  );
  const loads = Promise.all([send(gateway, seconds), send(beside, seconds)]);
  const [load, besideLoad] = await loads.finally(() => clearInterval(sampler));
  if (load.failures > 0) throw new Error(`${name}: ${load.failures} of ${load.requests} answers were not 200`);
  const hasAll = () => SIGNALS.every((signal) => (receiver.taken.get(signal) ?? 0) > (before.get(signal) ?? 0));
  // An export under way may wait for its turn once more: by itself, and not for ever.
  for (let turn = 0; name === 'up again' && !hasAll() && turn < 60; turn += 1) await wait(SAMPLE_MS);
  const held = (await askHeld(folder)).get(gateway.pid);
  if (held === undefined) throw new Error('the gateway did not say what it holds');
  const page = (await gateway.send('GET', '/api/v1/metrics')).text;
  return {
    ...{ name, load, besideLoad, rss, held },
    dropped: sumOf(page, /^clawdbot_otlp_dropped_total\{.*\} (\S+)$/gm),
    failedExports: sumOf(page, /^clawdbot_otlp_exports_total\{.*outcome="failed".*\} (\S+)$/gm),
    taken: new Map(SIGNALS.map((signal) => [signal, (receiver.taken.get(signal) ?? 0) - (before.get(signal) ?? 0)])),
  };
};

const sumOf = (page: string, pattern: RegExp): number =>
  [...page.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);

const latencyTable = (phases: readonly Phase[]): Table => ({
  title: 'latency of whole answers',
  columns: [
    'receiver',
    'requests',
    ...['p50', 'p99'].flatMap((which) => [`${which} ms`, 'beside', 'ratio', 'bar', 'met']),
  ],
  rows: phases.map(({ name, load, besideLoad }) => {
    const cells = (['p50', 'p99'] as const).flatMap((which) => {
      const share = which === 'p50' ? 0.5 : 0.99;
      const own = quantile(load.latencies, share);
      const other = quantile(besideLoad.latencies, share);
      const ratio = own / other;
      return [own, other, ratio, `<= ${BARS[which]}`, ratio <= BARS[which] ? 'yes' : 'no'];
    });
    return [name, load.requests, ...cells];
  }),
});

const memoryTable = (phases: readonly Phase[]): Table => ({
  title: 'memory',
  columns: ['receiver', 'RSS MiB at its end', 'RSS MiB per minute', 'heap MiB', 'entries of maps and sets', 'handles'],
  rows: phases.map(({ name, rss, held }) => [
    name,
    (rss.at(-1)?.bytes ?? 0) / MIB,
    slopeOf(rss.map(({ atMs, bytes }) => ({ x: atMs / MS_PER_MINUTE, y: bytes / MIB }))),
    held.heapBytes / MIB,
    held.entries,
    held.handles,
  ]),
});

const exportTable = (phases: readonly Phase[]): Table => ({
  title: 'exports',
  columns: ['receiver', ...SIGNALS.map((signal) => `${signal} taken`), 'failed so far', 'dropped so far'],
  rows: phases.map(({ name, taken, failedExports, dropped }) => [
    name,
    ...SIGNALS.map((signal) => taken.get(signal) ?? 0),
    failedExports,
    dropped,
  ]),
});
