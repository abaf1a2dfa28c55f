import { ServiceError } from '../../../../core/errors/service-error.ts';
import { definePlugin } from '../../../../core/plugins/plugin.ts';
import { JOB_STATES, type JobState } from '../job.ts';
import { type Database, type DatabaseOptions, openDatabase } from './database.ts';
import type { JobStore, NewJob } from './job-store.ts';
import { integer, optionalInteger, PRIORITY_RANK, readJob, readState } from './rows.ts';
import { createOutbox } from './sqlite-outbox.ts';
import { createPurge } from './sqlite-purge.ts';
import { createQueue } from './sqlite-queue.ts';
import { targetOf } from './target.ts';

const INSERT = `
  INSERT INTO jobs (id, tenant, key_id, request_id, idempotency_key, request_hash, state, priority, target, payload,
    callback_url, created_at, deadline_at)
  VALUES (:id, :tenant, :keyId, :requestId, :idempotencyKey, :requestHash, 'queued', :priority, :target, :payload,
    :callbackUrl, :createdAt, :deadlineAt)
  RETURNING *`;

const LIST = `
  SELECT * FROM jobs WHERE tenant = :tenant AND (:state IS NULL OR state = :state)
    AND (:before IS NULL OR seq < (SELECT seq FROM jobs WHERE tenant = :tenant AND id = :before))
  ORDER BY seq DESC LIMIT :limit`;

const SWEEP = `
  DELETE FROM jobs WHERE seq IN (
    SELECT seq FROM jobs WHERE finished_at <= :before
      AND NOT EXISTS (SELECT 1 FROM deliveries WHERE job_id = jobs.id AND deliveries.state = 'pending')
    ORDER BY finished_at LIMIT :limit)`;

/** Pages given back to the disk per sweep; more would hold up the requests of the moment. */
const VACUUM_PAGES = 256;

/** A job store in one SQLite file, or in memory for tests. */
export const openSqliteStore = (options: DatabaseOptions): JobStore => {
  const db = openDatabase(options);
  const outbox = createOutbox(db);
  const shelf = createShelf(db);
  return {
    ...shelf,
    ...createQueue(db, shelf.get, outbox.enqueue),
    ...outbox,
    purge: createPurge(db),
    stop: async () => db.close(),
  };
};

type Shelf = Pick<JobStore, 'add' | 'findByKey' | 'get' | 'list' | 'counts' | 'oldestQueuedAt' | 'sweep'>;

const createShelf = (db: Database): Shelf => {
  const insert = db.prepare(INSERT);
  const byKey = db.prepare('SELECT * FROM jobs WHERE tenant = :tenant AND idempotency_key = :key');
  const byId = db.prepare('SELECT * FROM jobs WHERE tenant = :tenant AND id = :id');
  const list = db.prepare(LIST);
  const counts = db.prepare('SELECT state, jobs FROM job_counts');
  const oldest = db.prepare("SELECT min(created_at) AS oldest FROM jobs WHERE state = 'queued'");
  const sweep = db.prepare(SWEEP);

  const findByKey: JobStore['findByKey'] = (tenant, key) =>
    db.read(() => {
      const row = byKey.get({ tenant, key });
      return row === undefined ? undefined : readJob(row);
    });
  const readCounts: JobStore['counts'] = () =>
    db.read(() => {
      const found = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>; // all keys
      for (const row of counts.all()) found[readState(row)] = integer(row, 'jobs');
      return found;
    });
  return {
    findByKey,
    counts: readCounts,
    oldestQueuedAt: () => db.read(() => optionalInteger(oldest.get() ?? {}, 'oldest')),
    get: (tenant, id) =>
      db.read(() => {
        const row = byId.get({ tenant, id });
        return row === undefined ? undefined : readJob(row);
      }),
    list: ({ tenant, limit, state = null, before = null }) =>
      db.read(() => list.all({ tenant, limit, state, before }).map(readJob)),
    add: (job, { maxQueued }) =>
      db.durably(() => {
        const existing = job.idempotencyKey === undefined ? undefined : findByKey(job.tenant, job.idempotencyKey);
        if (existing !== undefined) return { kind: 'repeated', job: existing };
        const { queued } = readCounts();
        if (queued >= maxQueued) return { kind: 'full', queued };
        const [row] = insert.all(columnsOf(job));
        return { kind: 'added', job: readJob(row ?? {}) };
      }),
    sweep: (before, limit) => {
      const deleted = db.quickly(() => Number(sweep.run({ before, limit }).changes));
      if (deleted > 0) db.read(() => db.prepare(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`).all());
      return deleted;
    },
  };
};

const columnsOf = (job: NewJob) => ({
  id: job.id,
  tenant: job.tenant,
  keyId: job.keyId,
  requestId: job.requestId,
  idempotencyKey: job.idempotencyKey ?? null,
  requestHash: job.requestHash,
  priority: PRIORITY_RANK[job.priority],
  target: targetOf(job.payload),
  payload: JSON.stringify(job.payload),
  callbackUrl: job.callbackUrl ?? null,
  createdAt: job.createdAt,
  deadlineAt: job.deadlineAt ?? null,
});

/** The job store of one machine. */
export const sqliteJobStore = definePlugin<DatabaseOptions, object, JobStore>({
  manifest: { id: 'jobStore.sqlite', kind: 'jobStore', summary: 'Jobs in a SQLite file on this machine.' },
  config: (raw) => {
    if (isOptions(raw)) return raw;
    throw new ServiceError('ERR_CONFIG_INVALID', 'jobStore.sqlite: expected { file: <path> }, got something else');
  },
  start: async ({ config }) => openSqliteStore(config),
});

const isOptions = (raw: unknown): raw is DatabaseOptions =>
  typeof raw === 'object' && raw !== null && 'file' in raw && typeof raw.file === 'string' && raw.file !== '';
