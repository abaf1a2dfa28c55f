import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptedModel, startGateway, type TestGateway } from '../../tests/gateway.ts';
import { probeEnv } from '../soak/ask-held.ts';
import type { Report, SuiteOptions } from '../suite.ts';
import { BLOCK } from './effect.ts';
import { startPair } from './pair.ts';
import { PHASES, type PhaseResult, runPhase } from './phase.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { tablesOf } from './tables.ts';

const RATE = 40;
const SMOKE = { segments: 1, requests: 20 } as const;
/** A fault lasts five segments and the time between two faults one; what is held is looked at after each. */
const SEGMENTS_PER_FAULT = 5;
const WARM_UP_SECONDS = 30;
const INTERVAL_MS = 5000;

/**
 * A steady load, all of it traced, while the receiver of the telemetry is gone, silent and broken, `--minutes` each, and
 * up before and after. A second service with the same load at the same time, whose receiver is always up, is what its
 * latency is compared with.
 */
export const runOutageSuite = async (options: SuiteOptions): Promise<Report> => {
  const { minutes } = options;
  const perSegment = options.isSmoke ? SMOKE.requests : Math.ceil((minutes * 60 * RATE) / SEGMENTS_PER_FAULT);
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
  const pair = life.use(startPair({ ...REQUEST, targets: [await targetOf(gateway), await targetOf(beside)] }));
  await pair.send({ requests: options.isSmoke ? 10 : WARM_UP_SECONDS * RATE, rate: RATE });
  const phases: PhaseResult[] = [];
  for (const phase of PHASES) {
    const segments = options.isSmoke || phase.mood === 'up' ? SMOKE.segments : SEGMENTS_PER_FAULT;
    const batch = { requests: perSegment, rate: RATE };
    const isQuick = options.isSmoke;
    const result = await runPhase(phase, { gateway, pair, receiver, folder, segments, batch, isQuick });
    phases.push(result);
    options.say(`${phase.name}: ${result.dropped} dropped so far, heap ${result.heaps.map(mib).join(', ')} MiB`);
  }
  return {
    suite: 'outage',
    settings: {
      minutesPerFault: (perSegment * SEGMENTS_PER_FAULT) / RATE / 60,
      requestsPerSecond: RATE,
      samplingRatio: 1,
      block: BLOCK,
    },
    ...{ models: [], comparisons: [], tables: tablesOf(phases) },
    notes: NOTES,
  };
};

const NOTES = [
  'beside: the same service with the same load at the same time, whose receiver is always up; one client sends to both in turn',
  `effect: the ratio to beside, by blocks of ${BLOCK} requests, over the usual ratio while the receiver is up; the interval is that of the median (95 %), and a bar is met when it does not lie above it altogether. Rows with the receiver up show what chance alone does`,
  'one gateway process from the first phase to the last; heaps are those after the garbage is gone, at the end of each fifth of a fault, and growth is from the first fifth to the last',
  'seconds to recover: from the moment the receiver is up again until it has taken traces, metrics and logs',
];

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

const configOf = (endpoint: string) => ({
  limits: { maxConcurrency: 64, queue: 1024 },
  engines: { probeIntervalMs: 86_400_000 },
  models: [scriptedModel({ reply: 'one two three four', charactersPerChunk: 4 })],
  telemetry: { otlp: { endpoint, intervalMs: INTERVAL_MS }, sampling: { ratio: 1, slowMs: 600_000 } },
});

const REQUEST = {
  path: '/v1/chat/completions',
  body: JSON.stringify({ model: 'scripted', messages: [{ role: 'user', content: 'hello' }], stream: true }),
  connections: 8,
} as const;

const targetOf = async ({ url, ca, token }: TestGateway) => ({
  ...{ url, ca },
  headers: { authorization: `Bearer ${await token('inference')}`, 'content-type': 'application/json' },
});
