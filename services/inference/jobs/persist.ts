import type { Logger } from '../../../core/telemetry/log.ts';
import { pause, type Timers } from './timers.ts';
import { type Random, waitAfter } from './waits.ts';

/** Does something to the store, again and again until it works or the service stops; never throws. */
export type Persist = (action: () => void) => Promise<void>;

interface Deps {
  readonly timers: Timers;
  readonly random: Random;
  /** Aborts when the service stops; what is not stored then is found and done again by the next start. */
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, 'error'>;
}

const WAITS = { minMs: 100, maxMs: 10_000 } as const;

/** What happened must be written down, even when the disk is full for a while. */
export const createPersist =
  ({ timers, random, signal, log }: Deps): Persist =>
  async (action) => {
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        return action();
      } catch (error) {
        log.error('jobs.store_failed', { err: error });
        await pause(timers, waitAfter(Math.min(failures, 10), WAITS, random), signal);
      }
    }
  };
