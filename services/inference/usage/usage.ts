import { setImmediate } from 'node:timers/promises';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import { DAY_MS, dayOf, type Use } from './numbers.ts';
import { createTally } from './tally.ts';
import { type Group, type Owner, openUsageStore, type UsageRow, type UsageStore } from './usage-store.ts';
import { createWriter } from './writer.ts';

/** Which uses are asked for. */
export interface UsageQuery {
  readonly by: Group;
  /** UTC days, `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
  /** Absent: of all. */
  readonly owner: Owner | undefined;
  readonly maxRows: number;
}

interface PurgeQuery {
  readonly keyId: string;
  /** Epoch milliseconds. */
  readonly before: number;
  readonly isDryRun: boolean;
}

/** The daily roll-up of what every key used: counted in memory, written within a quarter of a second. */
export interface Usage {
  count(use: Use): void;
  /** Days in order, names in order within each; undefined where there are more than `maxRows`. */
  report(query: UsageQuery): Promise<readonly UsageRow[] | undefined>;
  /** The first day that the retention keeps. */
  keptFrom(): string;
  /** Forgets a key's days that began before a time, or counts them; answers how many rows. */
  purge(query: PurgeQuery): number;
  /** Writes what waits. */
  stop(): void;
}

interface Options {
  readonly file: string;
  readonly retentionDays: number;
  readonly log: Pick<Logger, 'info' | 'error'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Some 30 MB, reached only where nothing can be written for a long time. */
const MAX_SUMS = 100_000;

/** Opens the roll-up of a data folder; this process is its only writer. */
export const openUsage = ({ file, retentionDays, log, now }: Options): Usage => {
  const store = openUsageStore(file);
  const tally = createTally({ now, maxSums: MAX_SUMS });
  const writer = createWriter({ store, tally, log });
  const keptFrom = (): string => dayOf(now() - (retentionDays - 1) * DAY_MS);
  const stopExpiring = expireDaily(store, keptFrom, log);
  return {
    count(use) {
      tally.count(use);
      writer.soon();
    },
    async report(query) {
      writer.now();
      return readDays(store, query);
    },
    keptFrom,
    purge(query) {
      writer.now();
      return guarded(() => purgeUsage(store, query));
    },
    stop() {
      writer.stop();
      stopExpiring();
      try {
        writer.now();
      } finally {
        store.close();
      }
    },
  };
};

/** Forgets a key's days that began before a time, or counts them: a day is kept as one sum and goes as a whole. */
export const purgeUsage = (
  store: Pick<UsageStore, 'count' | 'purge'>,
  { keyId, before, isDryRun }: PurgeQuery,
): number => {
  const lastDay = dayOf(before - 1);
  return isDryRun ? store.count(keyId, lastDay) : store.purge(keyId, lastDay);
};

const readDays = async (store: UsageStore, { by, from, to, owner, maxRows }: UsageQuery) => {
  const rows: UsageRow[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) {
    rows.push(...guarded(() => store.day(dayOf(at), by, owner, maxRows - rows.length + 1)));
    if (rows.length > maxRows) return undefined;
    // A long span must not keep others from their turn.
    await setImmediate();
  }
  return rows;
};

const expireDaily = (store: UsageStore, keptFrom: () => string, log: Options['log']) => {
  const expire = (): void => {
    try {
      const rows = store.expire(keptFrom());
      if (rows > 0) log.info('usage.expired', { labels: { before: keptFrom(), rows } });
    } catch (err) {
      log.error('usage.expire_failed', { err });
    }
  };
  expire();
  const timer = setInterval(expire, DAY_MS).unref();
  return () => clearInterval(timer);
};

const guarded = <T>(work: () => T): T => {
  try {
    return work();
  } catch (cause) {
    throw new ServiceError('ERR_USAGE_STORE', 'usage.db: cannot be read or changed now', { cause });
  }
};
