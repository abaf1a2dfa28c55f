import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { dependent } from '../../../cli/setup/child.mjs';
import { until } from '../../stream.ts';

export interface Server {
  readonly url: string;
  readonly pid: number;
  /** Its folder, gone after `stop` unless that keeps it. */
  readonly data: string;
  /** What it has written so far, the last half megabyte of it. */
  log(): string;
  /** Ends it by its id; with `keepData` another start can go on where this one ended. */
  stop(options?: { readonly keepData?: boolean; readonly signal?: NodeJS.Signals }): Promise<void>;
}

interface Command {
  readonly name: string;
  readonly url: string;
  readonly data: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Answers with success when it is ready. */
  readonly ready: string;
  /** Words it must have written, too, where it answers before it has read its configuration. */
  readonly says?: string;
}

/** Five minutes: a Java server that starts beside others on two cores. */
const ATTEMPTS = 6000;
const STOP_MS = 30_000;
const MAX_LOG = 512 * 1024;

/**
 * Starts a server and waits until it answers; one that ends before is an error with its last words. It ends with this
 * process, however that ends: a test run that is killed leaves nothing behind.
 */
export const startServer = async (options: Command): Promise<Server> => {
  const { name, url, data, command, args, env } = options;
  mkdirSync(data, { recursive: true });
  const child = spawn(...dependent(command, args), { cwd: data, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = logOf(child);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  // Where the kernel does not do it.
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const stop: Server['stop'] = async ({ keepData = false, signal = 'SIGTERM' } = {}) => {
    child.kill(signal);
    const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(impatient);
    process.off('exit', endWithUs);
    if (!keepData) rmSync(data, { recursive: true, force: true, maxRetries: 10 });
  };
  const isReady = async (): Promise<boolean> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}:\n${log().slice(-4000)}`);
    }
    if (!log().includes(options.says ?? '')) return false;
    return (await fetch(new URL(options.ready, url)).catch(() => undefined))?.ok === true;
  };
  try {
    await until(isReady, (isThere) => isThere, ATTEMPTS);
  } catch (error) {
    await stop({ signal: 'SIGKILL' });
    throw error;
  }
  return { url, pid: child.pid ?? 0, data, log, stop };
};

const logOf = (child: ChildProcessByStdio<null, Readable, Readable>): (() => string) => {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said = `${said}${String(chunk)}`.slice(-MAX_LOG);
    });
  }
  return () => said;
};
