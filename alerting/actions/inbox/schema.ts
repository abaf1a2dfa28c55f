/** How the database came to its present form, a step for each version. */
export const MIGRATIONS: readonly string[] = [
  `
  -- What Alertmanager told: one row for each receiver and each time an alert fired.
  CREATE TABLE alerts (
    receiver TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    status TEXT NOT NULL,
    incident TEXT NOT NULL,
    alert TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    PRIMARY KEY (receiver, fingerprint, starts_at)
  ) WITHOUT ROWID;
  CREATE INDEX alerts_seen ON alerts (seen_at);
  CREATE INDEX alerts_incident ON alerts (receiver, incident);

  -- What is to be done, and what was. An attempt is marked before it is made.
  CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    action TEXT NOT NULL,
    receiver TEXT NOT NULL,
    incident TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status TEXT NOT NULL,
    content TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    last_reason TEXT,
    ended_at INTEGER
  );
  CREATE INDEX tasks_open ON tasks (action, seq) WHERE state <> 'ended';
  CREATE INDEX tasks_incident ON tasks (action, receiver, incident);
  CREATE INDEX tasks_alert ON tasks (action, fingerprint, received_at);

  CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    content TEXT NOT NULL,
    audited INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX decisions_action ON decisions (action, seq);
  CREATE INDEX decisions_unaudited ON decisions (seq) WHERE audited = 0;

  -- What actions keep over restarts.
  CREATE TABLE state (
    action TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (action, key)
  ) WITHOUT ROWID;
  `,
];
