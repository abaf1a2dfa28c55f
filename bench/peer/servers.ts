import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { request } from 'undici';
import { startGateway } from '../../tests/gateway.ts';
import type { BenchModel } from '../models/models.ts';

/** A server under load, ours or theirs. */
export interface Server {
  readonly name: string;
  readonly url: string;
  readonly ca?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pid: number;
  stop(): Promise<void>;
}

/** What both sides have in common. */
export interface Capacity {
  readonly threads: number;
  readonly slots: number;
  /** Tokens of one slot. */
  readonly context: number;
}

const JSON_TYPE = { 'content-type': 'application/json' };
/** Longer than any bench: a probe of an idle engine would disturb the other side's rounds. */
const NO_PROBE_MS = 86_400_000;
const START_MS = 120_000;

/** What one of several Clawdbots does in another way. */
export interface Variation {
  /** Fields of its model. */
  readonly model?: Readonly<Record<string, unknown>>;
  /** Sections of its configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly start?: { readonly entry?: string; readonly env?: NodeJS.ProcessEnv };
}

/** Clawdbot as its users run it: TLS, tokens, limits and telemetry on. */
export const startOurs = async (
  model: BenchModel,
  { threads, slots, context }: Capacity,
  more: Variation = {},
): Promise<Server> => {
  const gateway = await startGateway({
    ...more.start,
    config: {
      limits: { maxConcurrency: 4 * slots, queue: 1024 },
      engines: { threads, probeIntervalMs: NO_PROBE_MS },
      models: [
        {
          ...{ id: 'bench', engine: 'llama', sources: [{ file: model.file }] },
          ...{ slots, context, kvTokens: slots * context, threads, device: 'cpu' },
          ...more.model,
        },
      ],
      ...more.config,
    },
  });
  const token = await gateway.token('inference', 'metrics');
  return {
    name: 'clawdbot',
    url: gateway.url,
    ca: gateway.ca,
    headers: { ...JSON_TYPE, authorization: `Bearer ${token}` },
    pid: gateway.pid,
    stop: async () => void (await gateway.stop()),
  };
};

/** llama-server with its own defaults; slots, context and threads are those of the other side. */
export const startLlamaServer = async (
  program: string,
  model: BenchModel,
  { threads, slots, context }: Capacity,
): Promise<Server> => {
  const port = await freePort();
  const args = ['-m', model.file, '-np', `${slots}`, '-c', `${slots * context}`, '-t', `${threads}`];
  const child = spawn(program, [...args, '--host', '127.0.0.1', '--port', `${port}`, '--offline'], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const ended = exited.then(([code]): never => {
    throw new Error(`llama-server ended with ${code} before it was ready`);
  });
  await Promise.race([answers(`${url}/health`), ended]);
  ended.catch(() => {}); // it ends later, when it is told to
  return {
    ...{ name: 'llama-server', url, headers: JSON_TYPE, pid: child.pid ?? 0 },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
};

const answers = async (url: string): Promise<void> => {
  const endsAt = performance.now() + START_MS;
  while (performance.now() < endsAt) {
    const status = await request(url).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode;
      },
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url}: expected 200 within ${START_MS} ms; look at its log`);
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address === 'object' && address !== null) return address.port;
  throw new TypeError('the loopback interface gave no port');
};
