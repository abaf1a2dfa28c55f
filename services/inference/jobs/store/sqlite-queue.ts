import type { SQLInputValue } from 'node:sqlite';
import type { Ending, JobFailure } from '../job.ts';
import type { Database } from './database.ts';
import type { Exceptions, JobStore } from './job-store.ts';
import { optionalInteger, readJob } from './rows.ts';

const TAKE = `
  UPDATE jobs SET state = 'running', lease_owner = :owner, started_at = :now
  WHERE seq = (
    SELECT seq FROM jobs
    WHERE state = 'queued' AND not_before <= :now AND (deadline_at IS NULL OR deadline_at > :now)
      AND key_id NOT IN (SELECT value FROM json_each(:keyIds)) AND target NOT IN (SELECT value FROM json_each(:targets))
    ORDER BY priority DESC, seq LIMIT 1)
  RETURNING *`;

const FINISH = `
  UPDATE jobs SET state = :state, lease_owner = NULL, finished_at = :now, attempts = :attempts,
    model = :model, result = :result, error = :error
  WHERE id = :id AND state = 'running' AND lease_owner = :owner`;

const REQUEUE = `
  UPDATE jobs SET state = 'queued', lease_owner = NULL, started_at = NULL, attempts = :attempts, not_before = :notBefore
  WHERE id = :id AND state = 'running' AND lease_owner = :owner AND cancel_requested = 0`;

const CANCEL_QUEUED = `
  UPDATE jobs SET state = 'cancelled', finished_at = :now, cancel_requested = 1
  WHERE id = :id AND state = 'queued'`;

const ASK_TO_CANCEL = `UPDATE jobs SET cancel_requested = 1 WHERE id = :id AND state = 'running'`;

const EXPIRE = `
  UPDATE jobs SET state = 'expired', finished_at = :now, error = :error
  WHERE seq IN (SELECT seq FROM jobs WHERE state = 'queued' AND deadline_at <= :now ORDER BY deadline_at LIMIT :limit)
  RETURNING *`;

const RECOVER_CANCELLED = `
  UPDATE jobs SET state = 'cancelled', lease_owner = NULL, finished_at = :now
  WHERE state = 'running' AND lease_owner <> :owner AND cancel_requested = 1 RETURNING id`;

const RECOVER_REST = `
  UPDATE jobs SET state = 'queued', lease_owner = NULL, started_at = NULL WHERE state = 'running' AND lease_owner <> :owner`;

const NEXT_DUE = `
  SELECT min(due) AS due FROM (
    SELECT min(not_before) AS due FROM jobs WHERE state = 'queued' AND not_before > 0 AND not_before > :now
    UNION ALL SELECT min(deadline_at) FROM jobs WHERE state = 'queued' AND deadline_at IS NOT NULL)`;

const HAS_EXPIRED = `SELECT 1 FROM jobs WHERE state = 'queued' AND deadline_at <= :now LIMIT 1`;

const EXPIRED_WAITING: JobFailure = {
  code: 'ERR_ADMIT_DEADLINE',
  message: 'the deadline of the job passed while it waited in the queue',
};

type Queue = Pick<JobStore, 'take' | 'finish' | 'requeue' | 'cancel' | 'expire' | 'recover' | 'nextDueAt'>;

/** The life of a job from the queue to its end. `enqueueDelivery` runs inside the transaction that ends it. */
export const createQueue = (
  db: Database,
  get: JobStore['get'],
  enqueueDelivery: (id: string, now: number) => void,
): Queue => {
  const statements = {
    take: db.prepare(TAKE),
    finish: db.prepare(FINISH),
    requeue: db.prepare(REQUEUE),
    cancelQueued: db.prepare(CANCEL_QUEUED),
    askToCancel: db.prepare(ASK_TO_CANCEL),
    hasExpired: db.prepare(HAS_EXPIRED),
    expire: db.prepare(EXPIRE),
    recoverCancelled: db.prepare(RECOVER_CANCELLED),
    recoverRest: db.prepare(RECOVER_REST),
    nextDue: db.prepare(NEXT_DUE),
  };
  return {
    take({ owner, now, except }) {
      // `all` rather than `get`: a statement that is not run to its end reports no failure of its commit.
      const [row] = db.quickly(() => statements.take.all({ owner, now, ...asJson(except) }));
      return row === undefined ? undefined : readJob(row);
    },

    finish: (id, owner, ending, { attempts, now }) =>
      db.durably(() => {
        if (statements.finish.run({ id, owner, attempts, now, ...columnsOf(ending) }).changes === 0) return false;
        enqueueDelivery(id, now);
        return true;
      }),

    requeue: (id, owner, { attempts, notBefore }) =>
      db.quickly(() => statements.requeue.run({ id, owner, attempts, notBefore }).changes === 1),

    cancel: (tenant, id, now) =>
      db.durably(() => {
        const job = get(tenant, id);
        if (job === undefined) return undefined;
        if (job.state === 'running') statements.askToCancel.run({ id });
        if (job.state === 'queued') {
          statements.cancelQueued.run({ id, now });
          enqueueDelivery(id, now);
        }
        return get(tenant, id);
      }),

    expire(now, limit) {
      // Asked at every turn of the runner, and nearly always in vain: a look is cheaper than a transaction.
      if (db.read(() => statements.hasExpired.get({ now })) === undefined) return [];
      return db.quickly(() => {
        const jobs = statements.expire.all({ now, limit, error: JSON.stringify(EXPIRED_WAITING) }).map(readJob);
        for (const job of jobs) enqueueDelivery(job.id, now);
        return jobs;
      });
    },

    recover: (owner, now) =>
      db.quickly(() => {
        const cancelled = statements.recoverCancelled.all({ owner, now });
        for (const row of cancelled) enqueueDelivery(String(row.id), now);
        const requeued = Number(statements.recoverRest.run({ owner }).changes);
        return { requeued, cancelled: cancelled.length };
      }),

    nextDueAt: (now) => db.read(() => optionalInteger(statements.nextDue.get({ now }) ?? {}, 'due')),
  };
};

const asJson = ({ keyIds, targets }: Exceptions) => ({
  keyIds: JSON.stringify(keyIds),
  targets: JSON.stringify(targets),
});

const columnsOf = (ending: Ending): Record<string, SQLInputValue> =>
  ending.state === 'succeeded'
    ? { state: ending.state, model: ending.result.model, result: JSON.stringify(ending.result), error: null }
    : { state: ending.state, model: null, result: null, error: errorColumn(ending) };

const errorColumn = (ending: Exclude<Ending, { state: 'succeeded' }>): string | null =>
  ending.state === 'cancelled' ? null : JSON.stringify(ending.error);
