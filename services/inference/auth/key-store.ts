import type { KeyObject } from 'node:crypto';
import { userInfo } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Scope } from '../call.ts';
import { generateApiKey, hashApiKey } from './api-keys.ts';
import { openAuthDatabase, transact } from './auth-database.ts';
import { createEventStore, type EventStore } from './event-store.ts';
import { createRevocationStore, type RevocationStore } from './revocation-store.ts';
import { knownScopes } from './scopes.ts';

/** What is known of one API key; times in epoch milliseconds. */
export interface StoredKey {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The only models it may know of; null: all. */
  readonly models: ReadonlySet<string> | null;
  /** Keys of one tenant share jobs, caches and prefixes; null: the key is a tenant of its own. */
  readonly tenant: string | null;
  /** Name of the redaction policy its requests get; null: the usual one. */
  readonly policy: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** To the hour: when exactly somebody worked is nobody's business. */
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly models?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  readonly policy?: string | undefined;
  readonly expiresAt: number | null;
}

/** The API keys of a data folder. Several processes may have it open. */
export interface KeyStore extends RevocationStore, EventStore {
  /** Stores a new key and returns it with its secret, which nothing remembers. */
  create(key: NewKey): { readonly id: string; readonly key: string };
  list(): StoredKey[];
  /** False where there is no such key or it was revoked before. */
  revoke(id: string): boolean;
  /** Notes when keys were used; the times are coarse already. */
  touch(uses: ReadonlyMap<string, number>): void;
  /** A number that changes when another process changed the database. */
  version(): number;
  close(): void;
}

const listOf = (text: string | null): ReadonlySet<string> | null =>
  text === null ? null : new Set(z.array(z.string()).parse(JSON.parse(text)));

const rowSchema = z
  .object({
    id: z.string(),
    hash: z.instanceof(Uint8Array),
    name: z.string(),
    scopes: z.string(),
    models: z.string().nullable(),
    tenant: z.string().nullable(),
    policy: z.string().nullable(),
    created_at: z.number(),
    expires_at: z.number().nullable(),
    last_used_at: z.number().nullable(),
    revoked_at: z.number().nullable(),
  })
  .transform(
    ({ created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt, revoked_at: revokedAt, ...row }) => ({
      ...row,
      scopes: knownScopes(row.scopes.split(' ')),
      models: listOf(row.models),
      ...{ createdAt, expiresAt, lastUsedAt, revokedAt },
    }),
  );

const versionSchema = z.object({ data_version: z.number() });

interface Options {
  readonly file: string;
  readonly pepper: KeyObject;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Opens the database, made where there is none; its folder must be there. */
export const openKeyStore = ({ file, pepper, now }: Options): KeyStore => {
  const database = openAuthDatabase(file);
  const events = createEventStore({ database, now, by: userName() });
  const select = database.prepare('SELECT * FROM api_keys ORDER BY created_at, id');
  const version = database.prepare('PRAGMA data_version');
  return {
    ...events,
    ...createRevocationStore({ database, now, note: events.note }),
    ...createWriters({ database, pepper, now, note: events.note }),
    list: () => select.all().map((row): StoredKey => rowSchema.parse(row)),
    version: () => versionSchema.parse(version.get()).data_version,
    close: () => database.close(),
  };
};

interface WriterDeps extends Pick<Options, 'pepper' | 'now'> {
  readonly database: DatabaseSync;
  readonly note: EventStore['note'];
}

const createWriters = ({ database, pepper, now, note }: WriterDeps): Pick<KeyStore, 'create' | 'revoke' | 'touch'> => {
  const insert = database.prepare(`
    INSERT INTO api_keys (id, hash, name, scopes, models, tenant, policy, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  `);
  const revoke = database.prepare('UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL');
  const touch = database.prepare('UPDATE api_keys SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) < ?');
  return {
    create(wish) {
      const { name, scopes, models, tenant = null, policy = null, expiresAt } = wish;
      const { id, key } = generateApiKey();
      const list = models === undefined ? null : JSON.stringify(models);
      transact(database, () => {
        insert.run(id, hashApiKey(key, pepper), name, scopes.join(' '), list, tenant, policy, now(), expiresAt);
        note('key.created', { key: `key:${id}`, ...wish });
      });
      return { id, key };
    },
    revoke: (id) =>
      transact(database, () => {
        const isRevoked = Number(revoke.run(now(), id).changes) > 0;
        if (isRevoked) note('key.revoked', { key: `key:${id}` });
        return isRevoked;
      }),
    touch: (uses) =>
      transact(database, () => {
        for (const [id, at] of uses) touch.run(at, id, at);
      }),
  };
};

// A user without an entry in the system's list, as in a container, has no name.
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
};
