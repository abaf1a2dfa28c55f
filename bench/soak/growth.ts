import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataPaths } from '../../core/config/paths.ts';
import { mintToken } from '../../services/inference/auth/mint.ts';
import { scriptedModel, startGateway, type TestGateway } from '../../tests/gateway.ts';
import { treeRssBytes } from '../load/process-tree.ts';
import { askHeld, probeEnv } from './ask-held.ts';
import type { MixedBatch, MixedPlan, MixedResult } from './mixed-client.ts';
import type { HeldReading } from './probe.ts';

const CLIENT = fileURLToPath(new URL('mixed-client.ts', import.meta.url));
const CONNECTIONS = 32;
const TTL_SECONDS = 86_400;
const NO_PROBE_MS = 86_400_000;

/** What the service held after so many requests, when nothing was under way. */
export interface Checkpoint {
  readonly requests: number;
  readonly seconds: number;
  readonly gateway: HeldReading;
  /** JavaScript of all engines. */
  readonly engineHeapBytes: number;
  readonly rssBytes: number;
  /** Series of the exposition, but for those that each kind of garbage collection begins with its first time. */
  readonly series: number;
}

export interface Growth {
  readonly checkpoints: readonly Checkpoint[];
  /** Answers by status, of all requests. */
  readonly statuses: Readonly<Record<string, number>>;
}

interface Options {
  /** Numbers of requests after which it is looked at, ascending. */
  readonly at: readonly number[];
  readonly keys: number;
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void;
  /** Whether the next part is not begun any more; absent: all are sent. */
  readonly isOver?: () => boolean;
}

/** Sends many requests, none like another, to a gateway with a scripted engine, and looks now and then at what it holds. */
export const watchGrowth = async (options: Options): Promise<Growth> => {
  const { at, keys, onCheckpoint = () => {}, isOver = () => false } = options;
  await using life = new AsyncDisposableStack();
  const folder = life.adopt(mkdtempSync(join(tmpdir(), 'clawdbot-soak-')), (dir) =>
    rmSync(dir, { recursive: true, force: true }),
  );
  const gateway = life.adopt(
    await startGateway({ config: CONFIG, env: probeEnv(folder) }),
    async (started) => void (await started.stop()),
  );
  const lost = once(gateway.child, 'exit').then(([code]): never => {
    throw new Error(`the gateway ended with ${code}`);
  });
  lost.catch(() => {}); // it ends after the last look, too
  const client = life.use(await startClient(gateway, keys));
  const statuses: Record<string, number> = {};
  const checkpoints: Checkpoint[] = [];
  let [sent, seconds] = [0, 0];
  for (const goal of at) {
    const result = await Promise.race([client.send({ from: sent, to: goal }), lost]);
    if (result.wrong > 0) throw new Error(`${result.wrong} answers of a wrong status, first ${result.firstWrong}`);
    for (const [status, count] of Object.entries(result.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
    [sent, seconds] = [goal, seconds + result.seconds];
    const checkpoint = { requests: sent, seconds, ...(await Promise.race([look(gateway, folder), lost])) };
    checkpoints.push(checkpoint);
    onCheckpoint(checkpoint);
    if (isOver()) break;
  }
  return { checkpoints, statuses };
};

/** As in production, but that what is bounded by size or time reaches its bound soon. */
const CONFIG = {
  // So many keys that are new at once look like guesses.
  auth: { throttle: { failures: 1000 } },
  limits: { maxConcurrency: 2 * CONNECTIONS, queue: 1024 },
  engines: { probeIntervalMs: NO_PROBE_MS },
  models: [scriptedModel({ reply: 'one two three', charactersPerChunk: 4 })],
  scenarios: { kept: { cache: true } },
  cache: { maxBytes: 65_536 },
  jobs: { retentionMs: 1000 },
};

const startClient = async (gateway: TestGateway, keys: number) => {
  const paths = dataPaths(gateway.data);
  const tokens: string[] = [];
  for (let key = 0; key < keys; key += 1) {
    tokens.push(await mintToken({ paths, scopes: ['inference'], subject: `key-${key}`, ttlSeconds: TTL_SECONDS }));
  }
  const child = fork(CLIENT, { execArgv: [] });
  child.send({ url: gateway.url, ca: gateway.ca, connections: CONNECTIONS, tokens } satisfies MixedPlan);
  const ended = once(child, 'exit').then(([code]): never => {
    throw new Error(`the load client ended with ${code}`);
  });
  ended.catch(() => {}); // it ends after its last result, too
  return {
    async send(batch: MixedBatch): Promise<MixedResult> {
      child.send(batch);
      const [result] = await Promise.race([once(child, 'message'), ended]);
      return result as MixedResult; // our own program at the other end
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended.catch(() => {});
    },
  };
};

const look = async (gateway: TestGateway, folder: string): Promise<Omit<Checkpoint, 'requests' | 'seconds'>> => {
  await idle(gateway);
  const page = (await gateway.send('GET', '/api/v1/metrics')).text;
  const held = await askHeld(folder);
  const own = held.get(gateway.pid);
  if (own === undefined) throw new Error('the gateway did not say what it holds');
  const engines = [...held].filter(([pid]) => pid !== gateway.pid);
  return {
    gateway: own,
    engineHeapBytes: engines.reduce((sum, [, { heapBytes }]) => sum + heapBytes, 0),
    rssBytes: treeRssBytes(gateway.pid),
    series: page.split('\n').filter((line) => line !== '' && !/^(?:#|v8js_gc_)/.test(line)).length,
  };
};

const POLL_MS = 200;

/** Jobs go on after their request was answered. */
const idle = async (gateway: TestGateway): Promise<void> => {
  for (;;) {
    const page = (await gateway.send('GET', '/api/v1/metrics')).text;
    const busy = [...page.matchAll(/^clawdbot_(?:jobs|slots_used|queue_depth)\{?[^ ]* (\S+)$/gm)]
      .filter(([line]) => !line.startsWith('clawdbot_jobs') || /state="(?:queued|running)"/.test(line))
      .some(([, value]) => Number(value) > 0);
    if (!busy) return;
    await pause();
  }
};

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));
