// Every statement in one place: what a crash leaves behind can be read from here alone.
import type { Alert, Decision, Firing, Task } from '../action.ts';
import type { Database } from './database.ts';

/** An alert as it was told last. */
export interface KnownAlert {
  readonly status: Alert['status'];
  readonly incident: string;
  /** When it began or ended. */
  readonly changedAt: number;
}

/** A task on its way into the store. */
export interface NewTask extends Omit<Task, 'attempt'> {
  readonly action: string;
  /** Empty of what the service itself says. */
  readonly receiver: string;
  readonly fingerprint: string;
}

/** A task that is due; its next attempt is marked. */
export interface TakenTask {
  readonly seq: number;
  readonly action: string;
  readonly receiver: string;
  readonly lastReason: string | undefined;
  readonly task: Task;
}

/** A decision with where it belongs. */
export interface RecordedDecision extends Decision {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly about: About;
}

/** What a decision is about, as far as it is about an alert. */
export interface About {
  readonly task?: string;
  readonly receiver?: string;
  readonly alert?: string;
  readonly severity?: string;
  readonly status?: Alert['status'];
  readonly attempt?: number;
}

export interface DecisionQuery {
  readonly limit: number;
  readonly action?: string | undefined;
}

/** Of an alert that fires on, the task is kept: its end must be told to the same action. */
const OVER = `NOT EXISTS (
  SELECT 1 FROM alerts INDEXED BY alerts_incident
  WHERE alerts.receiver = tasks.receiver AND alerts.incident = tasks.incident AND alerts.status = 'firing')`;
const ROOM_ROWS = 500;

export type Store = ReturnType<typeof createStore>;

/** Reads and writes of the database. Those that write must run within `durably`, but for what says otherwise. */
export const createStore = (db: Database) => {
  // `state <> 'ended'` stands wherever it can: SQLite takes the small index of open tasks only where it is said in its words.
  const sql = {
    alert: db.prepare(
      'SELECT status, incident, changed_at FROM alerts WHERE receiver = ? AND fingerprint = ? AND starts_at = ?',
    ),
    putAlert: db.prepare(`
      INSERT INTO alerts (receiver, fingerprint, starts_at, status, incident, alert, changed_at, first_at, seen_at, deliveries)
      VALUES (:receiver, :fingerprint, :startsAt, :status, :incident, :alert, :now, :now, :now, 1)
      ON CONFLICT DO UPDATE SET status = :status, incident = :incident, alert = :alert, changed_at = :now, seen_at = :now,
        first_at = iif(:status = 'firing', :now, first_at), deliveries = deliveries + 1`),
    seeAlert: db.prepare(`
      UPDATE alerts SET seen_at = :now, deliveries = deliveries + 1
      WHERE receiver = :receiver AND fingerprint = :fingerprint AND starts_at = :startsAt`),
    lastAsked: db.prepare(
      `SELECT max(received_at) AS at FROM tasks WHERE action = ? AND fingerprint = ? AND status = 'firing'`,
    ),
    begun: db.prepare(
      `SELECT action, content FROM tasks WHERE receiver = ? AND incident = ? AND status = 'firing' ORDER BY seq`,
    ),
    firing: db.prepare(`
      SELECT alert, alerts.incident, first_at, seen_at, content
      FROM tasks CROSS JOIN alerts INDEXED BY alerts_incident
        ON alerts.receiver = tasks.receiver AND alerts.incident = tasks.incident
      WHERE tasks.action = ? AND tasks.status = 'firing' AND alerts.status = 'firing' ORDER BY tasks.seq`),
    addTask: db.prepare(`
      INSERT INTO tasks (id, action, receiver, incident, fingerprint, status, content, received_at)
      VALUES (:id, :action, :receiver, :incident, :fingerprint, :status, :content, :receivedAt)
      ON CONFLICT (id) DO NOTHING`),
    due: db.prepare(`
      SELECT * FROM tasks AS t
      WHERE action = :action AND state <> 'ended' AND state = 'waiting' AND NOT (not_before BETWEEN :now + 1 AND :now + :longestMs) AND NOT EXISTS (
        SELECT 1 FROM tasks AS earlier
        WHERE earlier.action = t.action AND earlier.receiver = t.receiver AND earlier.incident = t.incident
          AND earlier.state <> 'ended' AND earlier.seq < t.seq)
      ORDER BY seq LIMIT 1`),
    mark: db.prepare(`UPDATE tasks SET state = 'running', attempts = attempts + 1 WHERE seq = ?`),
    repeat: db.prepare(
      `UPDATE tasks SET state = 'waiting', not_before = :notBefore, last_reason = :reason WHERE seq = :seq`,
    ),
    end: db.prepare(`UPDATE tasks SET state = 'ended', ended_at = :now, last_reason = :reason WHERE seq = :seq`),
    recover: db.prepare(`UPDATE tasks SET state = 'waiting' WHERE state <> 'ended' AND state = 'running'`),
    nextDue: db.prepare(
      `SELECT min(not_before) AS at FROM tasks WHERE state <> 'ended' AND state = 'waiting' AND not_before > ?`,
    ),
    pending: db.prepare(
      `SELECT action, count(*) AS tasks, min(received_at) AS oldest FROM tasks WHERE state <> 'ended' GROUP BY action`,
    ),
    addDecision: db.prepare(`
      INSERT INTO decisions (at, action, outcome, reason, content) VALUES (:at, :action, :outcome, :reason, :content)`),
    decisions: db.prepare(
      `SELECT * FROM decisions WHERE :action IS NULL OR action = :action ORDER BY seq DESC LIMIT :limit`,
    ),
    unaudited: db.prepare('SELECT * FROM decisions WHERE audited = 0 ORDER BY seq LIMIT ?'),
    audited: db.prepare('UPDATE decisions SET audited = 1 WHERE audited = 0 AND seq <= ?'),
    pages: db.prepare('SELECT page_count - freelist_count AS used FROM pragma_page_count, pragma_freelist_count'),
    get: db.prepare('SELECT value FROM state WHERE action = ? AND key = ?'),
    put: db.prepare('INSERT OR REPLACE INTO state (action, key, value) VALUES (?, ?, ?)'),
    forget: [
      db.prepare('DELETE FROM alerts WHERE seen_at < ?'),
      db.prepare(`DELETE FROM tasks WHERE state = 'ended' AND ended_at < ? AND ${OVER}`),
      db.prepare('DELETE FROM decisions WHERE at < ? AND audited = 1'),
    ],
    makeRoom: [
      db.prepare(`DELETE FROM tasks WHERE seq IN (
        SELECT seq FROM tasks WHERE state = 'ended' AND ${OVER} ORDER BY seq LIMIT ${ROOM_ROWS})`),
      db.prepare(`DELETE FROM decisions WHERE seq IN (
        SELECT seq FROM decisions WHERE audited = 1 ORDER BY seq LIMIT ${ROOM_ROWS})`),
    ],
  };
  return {
    durably: db.durably,
    alert: (receiver: string, { fingerprint, startsAt }: Alert): KnownAlert | undefined => {
      const row = sql.alert.get(receiver, fingerprint, startsAt);
      if (row === undefined) return undefined;
      return { status: statusOf(row.status), incident: String(row.incident), changedAt: Number(row.changed_at) };
    },
    putAlert: (receiver: string, alert: Alert, incident: string, now: number): void => {
      const { fingerprint, startsAt, status } = alert;
      sql.putAlert.run({ receiver, fingerprint, startsAt, status, incident, alert: JSON.stringify(alert), now });
    },
    seeAlert: (receiver: string, { fingerprint, startsAt }: Alert, now: number): void => {
      sql.seeAlert.run({ receiver, fingerprint, startsAt, now });
    },
    /** When the action was last asked about such an alert firing. */
    lastAsked: (action: string, fingerprint: string): number | undefined =>
      numberOf(sql.lastAsked.get(action, fingerprint)?.at),
    /** What was asked for when an incident began: what its end must be told to. */
    begun: (receiver: string, incident: string): readonly Pick<NewTask, 'action' | 'bounds' | 'dryRun'>[] =>
      sql.begun.all(receiver, incident).map((row) => {
        const { bounds, dryRun } = contentOf(row.content);
        return { bounds, dryRun, action: String(row.action) };
      }),
    firing: (action: string): readonly Firing[] =>
      db.read(() =>
        sql.firing.all(action).map((row) => {
          const { bounds, dryRun } = contentOf(row.content);
          const alert = JSON.parse(String(row.alert)) as Alert; // written by putAlert
          const [firstAt, seenAt] = [Number(row.first_at), Number(row.seen_at)];
          return { alert, incident: String(row.incident), firstAt, seenAt, dryRun, bounds };
        }),
      ),
    addTask: ({ id, action, receiver, incident, fingerprint, status, receivedAt, ...content }: NewTask): void => {
      const columns = { id, action, receiver, incident, fingerprint, status, receivedAt };
      sql.addTask.run({ ...columns, content: JSON.stringify(content) });
    },
    /**
     * The next task of an action whose incident waits for nothing, with its attempt marked, durably. No wait is longer than
     * `longestMs`: one that seems to be was written before the clock was set back, and is over.
     */
    take: (action: string, now: number, longestMs: number): TakenTask | undefined => {
      if (db.read(() => sql.due.get({ action, now, longestMs })) === undefined) return undefined;
      return db.durably(() => {
        const row = sql.due.get({ action, now, longestMs });
        if (row === undefined) return undefined;
        const seq = Number(row.seq);
        sql.mark.run(seq);
        const { alerts, notice, bounds, dryRun, traceparent } = contentOf(row.content);
        const attempt = Number(row.attempts) + 1;
        const rest = {
          status: statusOf(row.status),
          receivedAt: Number(row.received_at),
          alerts,
          bounds,
          dryRun,
          attempt,
        };
        const task = {
          id: String(row.id),
          incident: String(row.incident),
          ...rest,
          ...(notice === undefined ? {} : { notice }),
          ...(traceparent === undefined ? {} : { traceparent }),
        };
        const lastReason = row.last_reason === null ? undefined : String(row.last_reason);
        return { seq, action, receiver: String(row.receiver), lastReason, task };
      });
    },
    repeat: (seq: number, notBefore: number, reason: string): void => {
      sql.repeat.run({ seq, notBefore, reason });
    },
    end: (seq: number, now: number, reason: string): void => {
      sql.end.run({ seq, now, reason });
    },
    /** Attempts whose end nobody saw are due again; answers how many. */
    recover: (): number => db.durably(() => Number(sql.recover.run().changes)),
    nextDueAt: (now: number): number | undefined => db.read(() => numberOf(sql.nextDue.get(now)?.at)),
    pending: (): readonly { readonly action: string; readonly tasks: number; readonly oldestAt: number }[] =>
      db.read(() =>
        sql.pending.all().map(({ action, tasks, oldest }) => ({
          action: String(action),
          tasks: Number(tasks),
          oldestAt: Number(oldest),
        })),
      ),
    addDecision: (decision: Decision, about: About, at: number): RecordedDecision => {
      const { action, outcome, reason, details, incident } = decision;
      const content = JSON.stringify({ details, incident, about });
      const { lastInsertRowid } = sql.addDecision.run({ at, action, outcome, reason, content });
      return { ...decision, about, at, seq: Number(lastInsertRowid) };
    },
    /** The latest first. */
    decisions: ({ limit, action }: DecisionQuery): readonly RecordedDecision[] =>
      db.read(() => sql.decisions.all({ limit, action: action ?? null }).map(readDecision)),
    unaudited: (limit: number): readonly RecordedDecision[] =>
      db.read(() => sql.unaudited.all(limit).map(readDecision)),
    /** Durable by itself. */
    markAudited: (seq: number): void => db.durably(() => void sql.audited.run(seq)),
    get: (action: string, key: string): unknown =>
      db.read(() => {
        const value = sql.get.get(action, key)?.value;
        return value === undefined ? undefined : JSON.parse(String(value));
      }),
    put: (action: string, key: string, value: unknown): void => {
      sql.put.run(action, key, JSON.stringify(value));
    },
    /** Deletes what was last of use before that time; durable by itself. */
    forget: (before: number): void => db.durably(() => sql.forget.forEach((each) => void each.run(before))),
    /** How full the room is that the configuration grants, 0 to 1. */
    fullness: (): number => db.read(() => Number(sql.pages.get()?.used) / db.maxPages),
    /** Deletes some of the oldest that is over. */
    makeRoom: (): void => db.durably(() => sql.makeRoom.forEach((each) => void each.run())),
    close: db.close,
  };
};

type Content = Pick<Task, 'alerts' | 'notice' | 'bounds' | 'dryRun' | 'traceparent'>;

// Safe: written by `addTask`.
const contentOf = (text: unknown): Content => JSON.parse(String(text)) as Content;

const statusOf = (value: unknown): Alert['status'] => (value === 'resolved' ? 'resolved' : 'firing');

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const readDecision = (row: Readonly<Record<string, unknown>>): RecordedDecision => {
  // Safe: written by `addDecision`.
  const content = JSON.parse(String(row.content)) as Pick<RecordedDecision, 'details' | 'incident' | 'about'>;
  const outcome = String(row.outcome) as RecordedDecision['outcome'];
  return {
    ...content,
    outcome,
    seq: Number(row.seq),
    at: Number(row.at),
    action: String(row.action),
    reason: String(row.reason),
  };
};
