/**
 * One entry per schema version, applied in order; `user_version` holds how many have been. Entries are never edited
 * after a release, only appended to.
 *
 * `seq` keeps the order of arrival. `not_before` is when a failed job may be tried again. `job_counts` is kept by
 * triggers, because counting thousands of queued jobs on every submit would cost more than storing one.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    key_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    idempotency_key TEXT,
    request_hash TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired')),
    priority INTEGER NOT NULL,
    target TEXT NOT NULL,
    payload TEXT NOT NULL,
    callback_url TEXT,
    created_at INTEGER NOT NULL,
    deadline_at INTEGER,
    not_before INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER,
    finished_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    model TEXT,
    result TEXT,
    error TEXT,
    CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL))
  ) STRICT;
  CREATE UNIQUE INDEX jobs_idempotency ON jobs (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE INDEX jobs_queue ON jobs (priority DESC, seq, not_before, deadline_at, key_id, target) WHERE state = 'queued';
  CREATE INDEX jobs_retry ON jobs (not_before) WHERE state = 'queued' AND not_before > 0;
  CREATE INDEX jobs_deadline ON jobs (deadline_at) WHERE state = 'queued' AND deadline_at IS NOT NULL;
  CREATE INDEX jobs_running ON jobs (seq) WHERE state = 'running';
  CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
  CREATE INDEX jobs_tenant ON jobs (tenant, seq);

  CREATE TABLE deliveries (
    job_id TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead'))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';

  CREATE TABLE job_counts (state TEXT PRIMARY KEY, jobs INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO job_counts VALUES
    ('queued', 0), ('running', 0), ('succeeded', 0), ('failed', 0), ('cancelled', 0), ('expired', 0);
  CREATE TRIGGER jobs_count_insert AFTER INSERT ON jobs BEGIN
    UPDATE job_counts SET jobs = jobs + 1 WHERE state = NEW.state;
  END;
  CREATE TRIGGER jobs_count_update AFTER UPDATE OF state ON jobs WHEN OLD.state <> NEW.state BEGIN
    UPDATE job_counts SET jobs = jobs - 1 WHERE state = OLD.state;
    UPDATE job_counts SET jobs = jobs + 1 WHERE state = NEW.state;
  END;
  CREATE TRIGGER jobs_count_delete AFTER DELETE ON jobs BEGIN
    UPDATE job_counts SET jobs = jobs - 1 WHERE state = OLD.state;
  END;
  `,
];
