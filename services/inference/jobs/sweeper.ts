import type { Logger } from '../../../core/telemetry/log.ts';
import type { JobStore } from './store/job-store.ts';
import type { Timers } from './timers.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';

interface Deps {
  readonly store: Pick<JobStore, 'sweep'>;
  readonly retentionMs: () => number;
  readonly now: () => number;
  readonly timers: Timers;
  readonly log: Pick<Logger, 'debug' | 'error'>;
}

const SWEEP_EVERY_MS = 60_000;
/** Deleting blocks the event loop, so it happens in small bites with requests in between. */
const BATCH = 50;
const BETWEEN_BATCHES_MS = 20;

/** Deletes finished jobs whose retention has passed, and with them their idempotency keys. */
export const createSweeper = ({ store, retentionMs, now, timers, log }: Deps): Turnstile =>
  createTurnstile({
    work: () => {
      const deleted = store.sweep(now() - retentionMs(), BATCH);
      if (deleted > 0) log.debug('jobs.swept', { 'labels.jobs': deleted });
      return now() + (deleted === BATCH ? BETWEEN_BATCHES_MS : Math.min(SWEEP_EVERY_MS, retentionMs()));
    },
    now,
    timers,
    onError: (error) => log.error('jobs.store_failed', { err: error }),
  });
