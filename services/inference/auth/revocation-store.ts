import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { transact } from './auth-database.ts';
import type { EventStore } from './event-store.ts';

/** Tokens that count no longer: the one with this `jti`, or all of this subject that were issued before. */
export interface Revocation {
  /** A `jti` or a subject; which of them it is makes no difference to what is refused. */
  readonly value: string;
  /** Epoch milliseconds. */
  readonly revokedAt: number;
  /** When no such token can be good any more by itself. */
  readonly expiresAt: number;
}

/** The revocation list of a data folder. */
export interface RevocationStore {
  /** Revoking again revokes what was issued in between, too. */
  revokeTokens(value: string, expiresAt: number): void;
  /** Those that still matter. */
  revocations(): Revocation[];
  /** Forgets those that matter no longer. */
  purgeRevocations(): void;
}

const rowSchema = z
  .object({ value: z.string(), revoked_at: z.number(), expires_at: z.number() })
  .transform((row): Revocation => ({ value: row.value, revokedAt: row.revoked_at, expiresAt: row.expires_at }));

interface Deps {
  readonly database: DatabaseSync;
  readonly now: () => number;
  readonly note: EventStore['note'];
}

/** The revocations of a database. */
export const createRevocationStore = ({ database, now, note }: Deps): RevocationStore => {
  const insert = database.prepare(`
    INSERT INTO revocations (value, revoked_at, expires_at) VALUES (?, ?, ?)
    ON CONFLICT (value) DO UPDATE SET revoked_at = excluded.revoked_at, expires_at = max(expires_at, excluded.expires_at)
  `);
  const select = database.prepare('SELECT * FROM revocations WHERE expires_at > ? ORDER BY revoked_at, value');
  const purge = database.prepare('DELETE FROM revocations WHERE expires_at <= ?');
  return {
    revokeTokens(value, expiresAt) {
      transact(database, () => {
        insert.run(value, now(), expiresAt);
        note('token.revoked', { token: value, expires: new Date(expiresAt).toISOString() });
      });
    },
    revocations: () => select.all(now()).map((row) => rowSchema.parse(row)),
    purgeRevocations: () => void purge.run(now()),
  };
};
