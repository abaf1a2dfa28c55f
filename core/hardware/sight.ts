import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

/** All that the doctor sees of a machine; handed in so that a test can show it a captured one. */
export interface Sight {
  /** Undefined for what is not there, or not for us. */
  read(path: string): string | undefined;
  /** Empty for what is not there. */
  list(path: string): readonly string[];
  /** Where a link leads at last. */
  follow(path: string): string | undefined;
  /** Whether this process may write there. */
  mayWrite(path: string): boolean;
  /** Runs a program without a shell, under a time limit. */
  run(command: string, args: readonly string[]): Promise<Answer>;
  /** The file system below a folder. */
  space(folder: string): Promise<{ readonly sizeBytes: number; readonly freeBytes: number } | undefined>;
}

/** How a program answered. */
export type Answer =
  | { readonly kind: 'said'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'silent'; readonly afterMs: number };

/** A driver that sleeps takes seconds to wake; a dead one never answers. */
const DEADLINE_MS = 6000;
const MOST_OUTPUT = 1024 * 1024;

/** This machine. */
export const systemSight = (env: NodeJS.ProcessEnv): Sight => ({
  read: (path) => orUndefined(() => readFileSync(path, 'utf8')),
  list: (path) => orUndefined(() => readdirSync(path)) ?? [],
  follow: (path) => orUndefined(() => realpathSync(path)),
  mayWrite: (path) =>
    orUndefined(() => {
      accessSync(path, constants.W_OK);
      return true;
    }) ?? false,
  run: (command, args) => runProgram(command, args, env),
  space: async (folder) => {
    const found = await statfs(folder).catch(() => undefined);
    return found && { sizeBytes: found.blocks * found.bsize, freeBytes: found.bavail * found.bsize };
  },
});

const orUndefined = <Value>(look: () => Value): Value | undefined => {
  try {
    return look();
  } catch {
    return undefined;
  }
};

const runProgram = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Answer> =>
  new Promise((resolve) => {
    const options = {
      ...{ timeout: DEADLINE_MS, killSignal: 'SIGKILL' as const, maxBuffer: MOST_OUTPUT, windowsHide: true },
      env: { ...env, LC_ALL: 'C' },
    };
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: 'said', code: 0, stdout, stderr });
      if (child.pid === undefined) return resolve({ kind: 'missing' });
      if (error.killed === true) return resolve({ kind: 'silent', afterMs: DEADLINE_MS });
      resolve({ kind: 'said', code: typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
    child.stdin?.end();
  });
