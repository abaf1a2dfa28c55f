import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Child, keepRunning, type Watching } from './keep-running.ts';

interface Options extends Watching {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Told every line it writes. */
  readonly onLine: (line: string) => void;
  readonly lastWords: () => string | undefined;
}

const GRACE_MS = 10_000;
const KILL_GRACE_MS = 2000;

/** Keeps a program that is not ours running: whatever it ends with, it is started again until it is stopped. */
export const superviseProgram = (options: Options): Child => {
  const [command, args] = dyingWithUs(options.file, options.args);
  return keepRunning({
    ...options,
    launch() {
      const child = spawn(command, args, {
        ...{ stdio: ['ignore', 'pipe', 'pipe'], env: options.env, cwd: options.cwd },
      });
      for (const stream of [child.stdout, child.stderr]) {
        if (stream !== null) createInterface({ input: stream }).on('line', options.onLine);
      }
      return child;
    },
    isFinal: () => false,
    ask: (child) => void child.kill('SIGTERM'),
    graceMs: (now) => (now ? KILL_GRACE_MS : GRACE_MS),
  });
};

/**
 * Our own processes end when the pipe to their parent closes; of another's program the kernel must take care, or one would
 * be left behind by a supervisor that is killed. `setpriv` (util-linux) turns into the program, so no process is added.
 */
const dyingWithUs = (file: string, args: readonly string[]): [string, string[]] => {
  const options = ['--pdeathsig', 'TERM', '--'];
  const isPossible = process.platform === 'linux' && spawnSync('setpriv', [...options, 'true']).status === 0;
  return isPossible ? ['setpriv', [...options, file, ...args]] : [file, [...args]];
};
