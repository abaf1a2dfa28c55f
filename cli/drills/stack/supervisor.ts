import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../local/is-alive.ts';
import type { Place } from './folder.ts';
import { familyOf } from './processes.ts';

const CLI = fileURLToPath(new URL('../../main.ts', import.meta.url));
const MOST_OUTPUT = 1_000_000;
const GRACE_MS = 30_000;
const GONE_LOOK_MS = 50;

/** `clawdbot up` in a process of its own. */
export interface Supervisor {
  readonly pid: number;
  readonly hasEnded: boolean;
  /** The end of what it said, for a person who asks why. */
  lastWords(): string;
  signal(signal: NodeJS.Signals): void;
  /** Ends it and everything it started, whatever state that is in. */
  stop(): Promise<void>;
}

interface Options {
  readonly data: string;
  readonly configFile: string;
  readonly binds?: Place['binds'];
  readonly env?: NodeJS.ProcessEnv;
}

export const startSupervisor = ({ data, configFile, binds = [], env = process.env }: Options): Supervisor => {
  const args = [process.execPath, CLI, 'up', '--data', data, '--config', configFile, '--hold', 'gateway'];
  const [program = '', ...rest] = binds.length === 0 ? args : [...boundTo(binds), ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + String(chunk)).slice(-MOST_OUTPUT);
    });
  }
  const exit = once(child, 'exit');
  const pid = child.pid ?? 0;
  const stop = async (): Promise<void> => {
    const family = familyOf(pid);
    // What a drill has stopped could not end.
    for (const each of family) signalTo(each, 'SIGCONT');
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const hurry = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await exit;
      clearTimeout(hurry);
    }
    const until = performance.now() + GRACE_MS;
    while (family.some(isAlive)) {
      if (performance.now() > until) for (const each of family) signalTo(each, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, GONE_LOOK_MS));
    }
  };
  return {
    pid,
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    lastWords: () => output.slice(-2000),
    signal: (signal) => void child.kill(signal),
    stop,
  };
};

/** A command line in front of another, whose program then runs under the same id in a mount namespace of its own. */
const boundTo = (binds: Place['binds']): readonly string[] => {
  const mounts = binds.map(() => 'mount --bind "$1" "$2" && shift 2');
  const script = [...mounts, 'exec "$@"'].join(' && ');
  const files = binds.flatMap(({ file, onto }) => [file, onto]);
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...files];
};

const signalTo = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
};
