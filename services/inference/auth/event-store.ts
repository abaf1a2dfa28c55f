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
 * Events that wait for the one process that writes the audit log: the command line, which makes them, may run while that
 * process does not, and two writers would tear a rotating file.
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
  return {
    note(action, details) {
      insert.run(now(), action, by, JSON.stringify(details));
    },
    takeEvents(take) {
      for (let isMore = true; isMore; ) {
        const rows = select.all().map((row) => rowSchema.parse(row));
        for (const { seq: _, ...event } of rows) take(event);
        const last = rows.at(-1);
        if (last !== undefined) remove.run(last.seq);
        isMore = rows.length === BATCH;
      }
    },
  };
};
