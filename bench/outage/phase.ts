import { setTimeout as wait } from 'node:timers/promises';
import type { TestGateway } from '../../tests/gateway.ts';
import { treeRssBytes } from '../load/process-tree.ts';
import { askHeld } from '../soak/ask-held.ts';
import type { HeldReading } from '../soak/probe.ts';
import type { Pair } from './effect.ts';
import type { PairClient } from './pair.ts';
import type { PairBatch } from './pair-client.ts';
import type { Receiver, ReceiverMood } from './receiver.ts';

export interface Phase {
  readonly name: string;
  readonly mood: ReceiverMood;
}

/** What the receiver goes through: before and after each fault it is up, so that a fault is compared with its own time. */
export const PHASES = [
  { name: 'up', mood: 'up' },
  { name: 'down', mood: 'down' },
  { name: 'up after down', mood: 'up' },
  { name: 'slow', mood: 'slow' },
  { name: 'up after slow', mood: 'up' },
  { name: 'failing', mood: 'failing' },
  { name: 'up after failing', mood: 'up' },
] as const satisfies readonly Phase[];

export const SIGNALS = ['traces', 'metrics', 'logs'] as const;

export interface PhaseResult extends Phase {
  /** Of all segments, one after the other. */
  readonly pair: Pair;
  /** Bytes of the heap at the end of each segment. */
  readonly heaps: readonly number[];
  readonly held: HeldReading;
  /** The most that was resident, of the whole service. */
  readonly mostRssBytes: number;
  /** Spans and log records lost so far. */
  readonly dropped: number;
  readonly failedExports: number;
  /** Exports taken in this phase. */
  readonly taken: ReadonlyMap<string, number>;
  /** From the moment the receiver was up until it had taken all signals; absent where it is not up. */
  readonly recoverySeconds?: number;
}

interface Setting {
  readonly gateway: TestGateway;
  readonly pair: PairClient;
  readonly receiver: Receiver;
  /** Where the services write what they hold. */
  readonly folder: string;
  readonly segments: number;
  readonly batch: PairBatch;
  /** True: nothing is sent before it counts. */
  readonly isQuick: boolean;
}

const SAMPLE_MS = 1000;
const LOOK_MS = 100;
const RECOVERY_LIMIT_MS = 60_000;
/** After a process was asked what it holds its code is compiled anew. */
const SETTLE_SECONDS = 10;

/** Puts the receiver into the mood of the phase, sends, and looks at what the service holds after each segment. */
export const runPhase = async (phase: Phase, setting: Setting): Promise<PhaseResult> => {
  const { gateway, receiver, folder, segments } = setting;
  const before = new Map(receiver.taken);
  await receiver.be(phase.mood);
  const arrived = phase.mood === 'up' ? allTaken(receiver, before) : Promise.resolve(undefined);
  const latencies: [number[], number[]] = [[], []];
  const helds: HeldReading[] = [];
  let mostRssBytes = 0;
  const sampler = setInterval(() => {
    mostRssBytes = Math.max(mostRssBytes, treeRssBytes(gateway.pid));
  }, SAMPLE_MS);
  try {
    for (let segment = 0; segment < segments; segment += 1) {
      const [own, beside] = await sendSegment(phase.name, setting);
      latencies[0].push(...own);
      latencies[1].push(...beside);
      const held = (await askHeld(folder)).get(gateway.pid);
      if (held === undefined) throw new Error('the gateway did not say what it holds');
      helds.push(held);
    }
  } finally {
    clearInterval(sampler);
  }
  const recoverySeconds = await arrived;
  const page = (await gateway.send('GET', '/api/v1/metrics')).text;
  return {
    ...phase,
    pair: latencies,
    heaps: helds.map(({ heapBytes }) => heapBytes),
    // Safe: there is at least one segment.
    held: helds.at(-1) as HeldReading,
    mostRssBytes: Math.max(mostRssBytes, treeRssBytes(gateway.pid)),
    dropped: sumOf(page, /^clawdbot_otlp_dropped_total\{.*\} (\S+)$/gm),
    failedExports: sumOf(page, /^clawdbot_otlp_exports_total\{.*outcome="failed".*\} (\S+)$/gm),
    taken: new Map(SIGNALS.map((signal) => [signal, countOf(receiver.taken, signal) - countOf(before, signal)])),
    ...(recoverySeconds === undefined ? {} : { recoverySeconds }),
  };
};

const sendSegment = async (name: string, { pair, batch, isQuick }: Setting): Promise<Pair> => {
  if (!isQuick) await pair.send({ ...batch, requests: SETTLE_SECONDS * batch.rate });
  const { latencies, failures } = await pair.send(batch);
  // Neither what is observed nor its comparison may fail.
  if (failures.some((count) => count > 0)) throw new Error(`${name}: ${failures.join(' and ')} answers were not 200`);
  return latencies;
};

/** An export under way may wait for its turn once more: by itself, and not for ever. */
const allTaken = async (receiver: Receiver, before: ReadonlyMap<string, number>): Promise<number> => {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  while (SIGNALS.some((signal) => countOf(receiver.taken, signal) <= countOf(before, signal))) {
    if (seconds() * 1000 > RECOVERY_LIMIT_MS) throw new Error('the receiver is up and not every signal arrives');
    await wait(LOOK_MS);
  }
  return seconds();
};

const countOf = (taken: ReadonlyMap<string, number>, signal: string): number => taken.get(signal) ?? 0;

const sumOf = (page: string, pattern: RegExp): number =>
  [...page.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
