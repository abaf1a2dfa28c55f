import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const SPIN = fileURLToPath(new URL('../load/spin.ts', import.meta.url));

/** One process per core that computes without end, until it is stopped. */
export const keepBusy = (): { stop(): void } => {
  const children: ChildProcess[] = Array.from({ length: availableParallelism() }, () => fork(SPIN, { execArgv: [] }));
  return {
    stop() {
      for (const child of children) child.kill('SIGKILL');
    },
  };
};
