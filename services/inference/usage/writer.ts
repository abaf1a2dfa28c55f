import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Tally } from './tally.ts';
import type { UsageStore } from './usage-store.ts';

interface Deps {
  readonly store: Pick<UsageStore, 'add'>;
  readonly tally: Tally;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

/** Brings what waits to the disk. */
export interface Writer {
  /** Within a quarter of a second, in the way of nobody. */
  soon(): void;
  /** At once; throws ERR_USAGE_STORE where that fails. What could not be written stays. */
  now(): void;
  stop(): void;
}

const WRITE_MS = 250;
const RETRY_MS = 5000;
/** Rows of one transaction, which takes less than a millisecond; others get their turn between two. */
const BATCH = 100;

/** The one writer of the roll-up. */
export const createWriter = ({ store, tally, log }: Deps): Writer => {
  let timer: NodeJS.Timeout | undefined;
  let isFailing = false;

  const fail = (err: unknown): void => {
    if (!isFailing) log.error('usage.write_failed', { err }, 'usage cannot be written and is kept in memory for now');
    isFailing = true;
  };
  const writeBatch = (): void => {
    const sums = tally.peek(BATCH);
    if (sums.length === 0) return;
    store.add(sums);
    tally.forget(sums);
    if (!isFailing) return;
    isFailing = false;
    log.info('usage.write_recovered', { labels: { lost: tally.takeLost() } }, 'usage is written again');
  };
  const after = (ms: number): void => {
    timer = setTimeout(turn, ms).unref();
  };
  const turn = (): void => {
    timer = undefined;
    try {
      writeBatch();
      if (tally.size > 0) after(0);
    } catch (error) {
      fail(error);
      after(RETRY_MS);
    }
  };

  return {
    soon() {
      if (timer === undefined) after(WRITE_MS);
    },
    now() {
      try {
        while (tally.size > 0) writeBatch();
      } catch (cause) {
        fail(cause);
        throw new ServiceError('ERR_USAGE_STORE', 'usage.db: cannot be written now', { cause });
      }
    },
    stop: () => clearTimeout(timer),
  };
};
