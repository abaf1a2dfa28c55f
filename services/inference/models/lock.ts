import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lock } from 'proper-lockfile';

const POLL_MS = 250;
const STALE_MS = 10_000;
const UPDATE_MS = 2_000;
const MAX_TAKEOVERS = 3;

export interface Lock {
  /** What is locked; created where it does not exist. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Called about four times a second while another process holds the lock. */
  readonly onWait: () => void;
}

/**
 * Runs `work` while no other process does for the same folder. A process that was killed loses its lock after ten
 * seconds; one that was suspended that long finds its signal aborted and starts over.
 */
export const withLock = async <T>(what: Lock, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  await mkdir(what.folder, { recursive: true });
  for (let takeovers = 0; ; takeovers++) {
    const lost = new AbortController();
    const release = await acquire(what, () => lost.abort(new Error('another process took the lock over')));
    try {
      return await work(AbortSignal.any([what.signal, lost.signal]));
    } catch (error) {
      if (!lost.signal.aborted || what.signal.aborted || takeovers >= MAX_TAKEOVERS) throw error;
    } finally {
      // Rejects when the lock is lost already, which is what was wanted.
      await release().catch(() => {});
    }
  }
};

const acquire = async ({ folder, signal, onWait }: Lock, onCompromised: () => void): Promise<() => Promise<void>> => {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await lock(folder, {
        lockfilePath: join(folder, '.lock'),
        realpath: false,
        stale: STALE_MS,
        update: UPDATE_MS,
        onCompromised,
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
    }
    onWait();
    await wait(POLL_MS, undefined, { signal });
  }
};
