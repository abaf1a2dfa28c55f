import type { Database } from './database.ts';
import type { Delivery, DeliveryState, JobStore } from './job-store.ts';
import { integer, optionalInteger, type Row, readJob, text } from './rows.ts';
import { hostOf } from './target.ts';

// The id of the webhook is the id of its job: a delivery made twice by a power cut is recognised as one.
const ENQUEUE = `
  INSERT INTO deliveries (job_id, url, host, webhook_id, next_at, state)
  SELECT id, callback_url, :host, 'msg_' || substr(id, 5), :now, 'pending' FROM jobs WHERE id = :id
  ON CONFLICT (job_id) DO NOTHING`;

const CALLBACK = `SELECT callback_url FROM jobs WHERE id = :id AND callback_url IS NOT NULL`;

const DUE = `
  SELECT jobs.*, deliveries.url, deliveries.webhook_id, deliveries.attempts AS tries
  FROM deliveries JOIN jobs ON jobs.id = deliveries.job_id
  WHERE deliveries.state = 'pending' AND next_at <= :now
    AND job_id NOT IN (SELECT value FROM json_each(:exceptJobs)) AND host NOT IN (SELECT value FROM json_each(:exceptHosts))
  ORDER BY next_at LIMIT :limit`;

const SETTLE = `
  UPDATE deliveries SET state = :state, attempts = :attempts, next_at = :nextAt
  WHERE job_id = :jobId AND state = 'pending' AND attempts = :attempts - 1`;

const NEXT = `SELECT min(next_at) AS due FROM deliveries WHERE state = 'pending' AND next_at > :now`;

const COUNTS = `SELECT state, count(*) AS total FROM deliveries GROUP BY state`;

type Outbox = Pick<JobStore, 'dueDeliveries' | 'settle' | 'nextDeliveryAt' | 'deliveryCounts'> & {
  /** To be called inside the transaction that ends a job. */
  enqueue(jobId: string, now: number): void;
};

/** Callbacks that must still be made: the transactional outbox. */
export const createOutbox = (db: Database): Outbox => {
  const callback = db.prepare(CALLBACK);
  const enqueue = db.prepare(ENQUEUE);
  const due = db.prepare(DUE);
  const settle = db.prepare(SETTLE);
  const next = db.prepare(NEXT);
  const counts = db.prepare(COUNTS);
  return {
    enqueue(jobId, now) {
      const row = callback.get({ id: jobId });
      if (row !== undefined) enqueue.run({ id: jobId, now, host: hostOf(text(row, 'callback_url')) });
    },
    dueDeliveries: ({ now, limit, exceptJobs, exceptHosts }) =>
      db.read(() =>
        due
          .all({ now, limit, exceptJobs: JSON.stringify(exceptJobs), exceptHosts: JSON.stringify(exceptHosts) })
          .map(readDelivery),
      ),
    settle: (jobId, { state, attempts, nextAt }) =>
      db.quickly(() => settle.run({ jobId, state, attempts, nextAt }).changes === 1),
    nextDeliveryAt: (now) => db.read(() => optionalInteger(next.get({ now }) ?? {}, 'due')),
    deliveryCounts: () =>
      db.read(() => {
        const found: Record<DeliveryState, number> = { pending: 0, delivered: 0, dead: 0 };
        for (const row of counts.all()) found[readDeliveryState(row)] = integer(row, 'total');
        return found;
      }),
  };
};

const readDelivery = (row: Row): Delivery => ({
  job: readJob(row),
  url: text(row, 'url'),
  webhookId: text(row, 'webhook_id'),
  attempts: integer(row, 'tries'),
});

const readDeliveryState = (row: Row): DeliveryState => {
  const state = text(row, 'state');
  return state === 'pending' || state === 'delivered' ? state : 'dead';
};
