import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { dataFolderError, PRIVATE_MODE } from '../../../core/config/private-files.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';

const BUSY_MS = 5000;

/**
 * One entry per schema version, applied in order; `user_version` holds how many have been. Entries are never edited
 * after a release, only appended to. The first release wrote its table without a version, so the first entry may find it.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
  ) STRICT;
  `,
  `
  ALTER TABLE api_keys ADD COLUMN models TEXT;
  ALTER TABLE api_keys ADD COLUMN tenant TEXT;
  ALTER TABLE api_keys ADD COLUMN policy TEXT;
  ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
  CREATE TABLE revocations (
    value TEXT PRIMARY KEY,
    revoked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    by TEXT NOT NULL,
    details TEXT NOT NULL
  ) STRICT;
  `,
];

/** Opens the database of keys and revocations, made where there is none; its folder must be there. */
export const openAuthDatabase = (file: string): DatabaseSync => {
  try {
    // SQLite would create it readable by others; its side files take over the mode of this one.
    closeSync(openSync(file, 'a', PRIVATE_MODE));
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    database.exec('PRAGMA journal_mode = WAL');
    migrate(database, file);
    return database;
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw dataFolderError(file, error);
  }
};

/** Runs the work as one transaction; waits for other processes. */
export const transact = <T>(database: DatabaseSync, work: () => T): T => {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};

const versionOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA user_version').get()?.user_version);

const migrate = (database: DatabaseSync, file: string): void => {
  if (versionOf(database) === MIGRATIONS.length) return;
  // Read again inside: another process may have been faster.
  transact(database, () => {
    const version = versionOf(database);
    if (version > MIGRATIONS.length) {
      const message = `${file}: expected a key database of version ${MIGRATIONS.length} or older, got ${version}; start the newer release that made it`;
      throw new ServiceError('ERR_CONFIG_DATA_FOLDER', message);
    }
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
};
