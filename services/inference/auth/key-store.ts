import type { KeyObject } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { dataFolderError, PRIVATE_MODE } from '../../../core/config/private-files.ts';
import type { Scope } from '../call.ts';
import { generateApiKey, hashApiKey } from './api-keys.ts';
import { knownScopes } from './scopes.ts';

/** What is known of one API key; times in epoch milliseconds. */
export interface StoredKey {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | null;
}

/** The API keys of a data folder. Several processes may have it open. */
export interface KeyStore {
  /** Stores a new key and returns it with its secret, which nothing remembers. */
  create(key: NewKey): { readonly id: string; readonly key: string };
  list(): StoredKey[];
  /** False where there is no such key or it was revoked before. */
  revoke(id: string): boolean;
  /** A number that changes when another process changed the database. */
  version(): number;
  close(): void;
}

const BUSY_MS = 5000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
  ) STRICT
`;

const rowSchema = z
  .object({
    id: z.string(),
    hash: z.instanceof(Uint8Array),
    name: z.string(),
    scopes: z.string(),
    created_at: z.number(),
    expires_at: z.number().nullable(),
    revoked_at: z.number().nullable(),
  })
  .transform(
    (row): StoredKey => ({
      id: row.id,
      hash: row.hash,
      name: row.name,
      scopes: knownScopes(row.scopes.split(' ')),
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
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
  const database = openDatabase(file);
  const insert = database.prepare(
    'INSERT INTO api_keys (id, hash, name, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const select = database.prepare('SELECT * FROM api_keys ORDER BY created_at, id');
  const revoke = database.prepare('UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL');
  const version = database.prepare('PRAGMA data_version');

  return {
    create({ name, scopes, expiresAt }) {
      const { id, key } = generateApiKey();
      insert.run(id, hashApiKey(key, pepper), name, scopes.join(' '), now(), expiresAt);
      return { id, key };
    },
    list: () => select.all().map((row) => rowSchema.parse(row)),
    revoke: (id) => Number(revoke.run(now(), id).changes) > 0,
    version: () => versionSchema.parse(version.get()).data_version,
    close: () => database.close(),
  };
};

const openDatabase = (file: string): DatabaseSync => {
  try {
    // SQLite would create it readable by others; its side files take over the mode of this one.
    closeSync(openSync(file, 'a', PRIVATE_MODE));
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    throw dataFolderError(file, error);
  }
};
