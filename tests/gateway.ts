import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, type Dispatcher, request } from 'undici';
import { stringify } from 'yaml';
import { dataPaths } from '../core/config/paths.ts';
import { mintToken } from '../services/inference/auth/mint.ts';
import type { Scope } from '../services/inference/call.ts';
import type { GatewayReport } from '../services/inference/supervision.ts';

const ENTRY = fileURLToPath(new URL('../services/inference/main.ts', import.meta.url));

export interface TestGateway {
  readonly url: string;
  readonly caFile: string;
  readonly ca: string;
  readonly data: string;
  readonly configFile: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Every report so far, oldest first. */
  readonly reports: readonly GatewayReport[];
  /** Resolves with the first report, past or coming, that matches. */
  report<T extends GatewayReport['type']>(
    type: T,
    matches?: (report: GatewayReport & { type: T }) => boolean,
  ): Promise<GatewayReport & { type: T }>;
  token(...scopes: Scope[]): Promise<string>;
  /** Writes a new configuration file; the gateway watches it. */
  configure(config: Record<string, unknown>): void;
  /** One request with a token of all scopes, HTTP/1.1. */
  send(method: Dispatcher.HttpMethod, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Drains and waits for the exit; the data folder stays when it is to be used again. */
  stop(options?: { keepData?: boolean; signal?: NodeJS.Signals }): Promise<number | null>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // The tests state what they expect of it.
  readonly json: () => Record<string, unknown>;
}

interface Options {
  /** clawdbot.yaml as a value; `server.port` 0 is added. */
  readonly config?: Record<string, unknown>;
  /** An existing data folder, for a restart. */
  readonly data?: string;
  /** Wait for `listening` only, not for a ready model. */
  readonly until?: 'listening' | 'ready';
  readonly env?: NodeJS.ProcessEnv;
  /** Another program that starts a gateway and reports as the real one does. */
  readonly entry?: string;
}

/** A model on the `scripted` engine, for tests that are not about a real one. */
export const scriptedModel = (options: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  id: 'scripted',
  engine: 'scripted',
  slots: 64,
  options,
  ...more,
});

const withFreePort = (config: Record<string, unknown>): string =>
  stringify({ ...config, server: { port: 0, ...(config.server as object | undefined) } });

/** Starts the real gateway process with its own data folder and waits until it serves. */
export const startGateway = async (options: Options = {}): Promise<TestGateway> => {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'clawdbot-test-'));
  const configFile = join(data, 'clawdbot.yaml');
  writeFileSync(configFile, withFreePort(options.config ?? { models: [scriptedModel()] }));
  const child = fork(options.entry ?? ENTRY, ['--data', data, '--config', configFile], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...options.env },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(String(chunk)));
  const reports: GatewayReport[] = [];
  const listeners = new Set<(report: GatewayReport) => void>();
  child.on('message', (message) => {
    reports.push(message as GatewayReport);
    for (const listener of listeners) listener(message as GatewayReport);
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));

  const report: TestGateway['report'] = (type, matches = () => true) =>
    new Promise((resolve, reject) => {
      const check = (candidate: GatewayReport) => {
        if (candidate.type !== type || !matches(candidate as GatewayReport & { type: typeof type })) return;
        listeners.delete(check);
        resolve(candidate as GatewayReport & { type: typeof type });
      };
      listeners.add(check);
      for (const past of reports) check(past);
      void exited.then((code) =>
        reject(
          new Error(
            `the gateway ended with ${code} before it reported ${type}:\n${output.join('')}\n${JSON.stringify(reports.slice(-3))}`,
          ),
        ),
      );
    });

  const listening = await report('listening');
  if (options.until !== 'listening') await report('ready');
  const paths = dataPaths(data);
  const caFile = join(paths.tls, 'ca.crt');
  const ca = readFileSync(caFile, 'utf8');
  const agent = new Agent({ connect: { ca } });
  const token = (...scopes: Scope[]) => mintToken({ paths, scopes, subject: 'test', ttlSeconds: 3600 });
  const everything = await token('inference', 'metrics', 'admin');

  return {
    url: listening.url,
    caFile,
    ca,
    data,
    configFile,
    pid: child.pid ?? 0,
    child,
    reports,
    report,
    token,
    configure: (config) => writeFileSync(configFile, withFreePort(config)),
    async send(method, path, body, headers = {}) {
      const answer = await request(new URL(path, listening.url), {
        method,
        dispatcher: agent,
        headers: {
          authorization: `Bearer ${everything}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text,
        json: () => JSON.parse(text) as Record<string, unknown>,
      };
    },
    async stop({ keepData = false, signal = 'SIGTERM' } = {}) {
      child.kill(signal);
      const code = await exited;
      await agent.close();
      if (!keepData) rmSync(data, { recursive: true, force: true });
      return code;
    },
  };
};
