import { hash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { dataFolderError, PRIVATE_MODE } from '../config/private-files.ts';

/** A prompt and its answer, protected. */
export interface Content {
  readonly keyId: string;
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly kind: string;
  readonly body: string;
}

export interface ContentQuery {
  /** Epoch milliseconds. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly requestId?: string | undefined;
}

/** The content that records of a trail name by its hash. Several processes may have it open. */
export interface ContentStore {
  /** Answers the SHA-256 of the body, which is how it is found again. */
  put(content: Content): string;
  list(query: ContentQuery): IterableIterator<Content & { readonly sha256: string }>;
  count(keyId: string, before: number): number;
  /** Overwrites and deletes what one key left before a time. */
  purge(keyId: string, before: number): number;
  /** The same for all keys: their retention is over. */
  expire(before: number): number;
  close(): void;
}

const BUSY_MS = 2000;

/** `secure_delete` overwrites what is deleted; the log is emptied after each deletion, so that nothing stays in it. */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS content (
    sha256 TEXT PRIMARY KEY, key_id TEXT NOT NULL, request_id TEXT NOT NULL, at INTEGER NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS content_at ON content (at);
  CREATE INDEX IF NOT EXISTS content_key ON content (key_id, at);
  CREATE INDEX IF NOT EXISTS content_request ON content (request_id);
`;

const LIST = `
  SELECT sha256, key_id AS keyId, request_id AS requestId, at, kind, body FROM content
  WHERE at >= :from AND at <= :to AND (:requestId IS NULL OR request_id = :requestId) ORDER BY at`;

const rowSchema = z.object({
  sha256: z.string(),
  keyId: z.string(),
  requestId: z.string(),
  at: z.number(),
  kind: z.string(),
  body: z.string(),
});

/** Opens the database, made where there is none. */
export const openContentStore = (file: string): ContentStore => {
  const db = openDatabase(file);
  const insert = db.prepare('INSERT OR IGNORE INTO content VALUES (?, ?, ?, ?, ?, ?)');
  const count = db.prepare('SELECT count(*) AS found FROM content WHERE key_id = ? AND at < ?');
  const purge = db.prepare('DELETE FROM content WHERE key_id = ? AND at < ?');
  const expire = db.prepare('DELETE FROM content WHERE at < ?');
  const emptied = (deleted: number | bigint): number => {
    if (Number(deleted) > 0) db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return Number(deleted);
  };
  return {
    put({ keyId, requestId, at, kind, body }) {
      const sha256 = hash('sha256', body);
      insert.run(sha256, keyId, requestId, at, kind, body);
      return sha256;
    },
    list: createList(db),
    count: (keyId, before) => Number(count.get(keyId, before)?.found ?? 0),
    purge: (keyId, before) => emptied(purge.run(keyId, before).changes),
    expire: (before) => emptied(expire.run(before).changes),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
};

/** The content of a trail for whoever checks or reads it; changes nothing, not even on a copy. */
export interface ContentReader {
  /** Undefined where nothing has this hash. */
  body(sha256: string): string | undefined;
  list: ContentStore['list'];
  close(): void;
}

/** Opens the database for reading only. */
export const openContentReader = (file: string): ContentReader => {
  try {
    const db = new DatabaseSync(file, { timeout: BUSY_MS, readOnly: true });
    const find = db.prepare('SELECT body FROM content WHERE sha256 = ?');
    return {
      body(sha256) {
        const body = find.get(sha256)?.body;
        return typeof body === 'string' ? body : undefined;
      },
      list: createList(db),
      close: () => db.close(),
    };
  } catch (error) {
    throw dataFolderError(file, error);
  }
};

const createList = (db: DatabaseSync): ContentStore['list'] => {
  const list = db.prepare(LIST);
  return function* ({ from = 0, to = Number.MAX_SAFE_INTEGER, requestId }) {
    for (const row of list.iterate({ from, to, requestId: requestId ?? null })) yield rowSchema.parse(row);
  };
};

const openDatabase = (file: string): DatabaseSync => {
  try {
    // SQLite would create it readable by others; its side files take over the mode of this one.
    closeSync(openSync(file, 'a', PRIVATE_MODE));
    const db = new DatabaseSync(file, { timeout: BUSY_MS });
    db.exec(SETTINGS);
    return db;
  } catch (error) {
    throw dataFolderError(file, error);
  }
};
