import type { Database } from './database.ts';
import type { JobStore } from './job-store.ts';
import { integer } from './rows.ts';

const WHERE = 'key_id = :keyId AND created_at < :before';

/** Forgets what a key left: `secure_delete` overwrites it, and the emptied log keeps no copy. */
export const createPurge = (db: Database): JobStore['purge'] => {
  const count = db.prepare(`SELECT count(*) AS found FROM jobs WHERE ${WHERE} AND (state = 'running') = :isRunning`);
  const remove = db.prepare(`DELETE FROM jobs WHERE ${WHERE} AND state <> 'running'`);
  return ({ keyId, before, isDryRun }) => {
    const found = (isRunning: 0 | 1) => db.read(() => integer(count.get({ keyId, before, isRunning }) ?? {}, 'found'));
    const runningJobs = found(1);
    if (isDryRun) return { jobs: found(0), runningJobs };
    const jobs = db.durably(() => Number(remove.run({ keyId, before }).changes));
    if (jobs > 0) db.read(() => db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all());
    return { jobs, runningJobs };
  };
};
