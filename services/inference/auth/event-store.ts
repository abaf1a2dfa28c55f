import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

/** Something that happened to a key or a token, on its way into the audit log. */
export interface AuthEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly action: AuthAction;
  /** The user of this machine who did it. */
  readonly by: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export const AUTH_ACTIONS = ['key.created', 'key.revoked', 'token.minted', 'token.revoked'] as const;
export type AuthAction = (typeof AUTH_ACTIONS)[number];

/**
 * Events on their way into the audit trail. Whoever makes one takes it there at once; what a process left behind that died
 * in between is taken by the service.
 */
export interface EventStore {
  note(action: AuthAction, details: Readonly<Record<string, unknown>>): void;
  /** Hands over what waits, oldest first, and forgets it as soon as it was taken. A crash in between hands it over again. */
  takeEvents(take: (event: AuthEvent) => void): void;
}

const BATCH = 1000;

const rowSchema = z.object({
  seq: z.number(),
  at: z.number(),
  action: z.enum(AUTH_ACTIONS),
  by: z.string(),
  details: z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text))),
});

interface Deps {
  readonly database: DatabaseSync;
  readonly now: () => number;
  readonly by: string;
}

/** The events of a database. */
export const createEventStore = ({ database, now, by }: Deps): EventStore => {
  const insert = database.prepare('INSERT INTO events (at, action, by, details) VALUES (?, ?, ?, ?)');
  const select = database.prepare(`SELECT * FROM events ORDER BY seq LIMIT ${BATCH}`);
  const remove = database.prepare('DELETE FROM events WHERE seq <= ?');
  const takeBatch = (take: (event: AuthEvent) => void): number => {
    const rows = select.all().map((row) => rowSchema.parse(row));
    for (const { seq: _, ...event } of rows) take(event);
    const last = rows.at(-1);
    if (last !== undefined) remove.run(last.seq);
    return rows.length;
  };
  return {
    note(action, details) {
      insert.run(now(), action, by, JSON.stringify(details));
    },
    takeEvents(take) {
      let count = BATCH;
      while (count === BATCH) count = alone(database, () => takeBatch(take));
    },
  };
};

/** Two takers at a time would both tell what waits. */
const alone = <T>(database: DatabaseSync, act: () => T): T => {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = act();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
};
