import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { damageAdvice, explainFailure, explainOpening } from './failure.ts';
import { MIGRATIONS } from './schema.ts';

export interface DatabaseOptions {
  /** Path, or `:memory:`. */
  readonly file: string;
  /** Largest size of the file; default: the disk. */
  readonly maxBytes?: number;
}

/** One connection whose failures are ServiceErrors. */
export interface Database {
  prepare(sql: string): StatementSync;
  read<T>(work: () => T): T;
  /** One transaction, on disk when it returns. */
  durably<T>(work: () => T): T;
  /** One transaction that survives our death but perhaps not a power cut; ten times cheaper. */
  quickly<T>(work: () => T): T;
  close(): void;
}

const MEMORY = ':memory:';
const OPEN_TIMEOUT_MS = 500;
const PAGE_BYTES = 4096;

/** Opens, checks and migrates the job database; the process that has it open is its only user. */
export const openDatabase = ({ file, maxBytes }: DatabaseOptions): Database => {
  try {
    const wasKilled = file !== MEMORY && prepareFile(file);
    const db = new DatabaseSync(file, { timeout: OPEN_TIMEOUT_MS });
    try {
      applySettings(db, maxBytes);
      // A clean end leaves no log behind. After any other, a look at the whole file is worth its time.
      if (wasKilled) checkSoundness(db, file);
      migrate(db, file);
    } catch (error) {
      db.close();
      throw error;
    }
    return wrap(db);
  } catch (error) {
    throw explainOpening(error, file);
  }
};

/** Creates the file with its permissions, because it holds prompts; answers whether its last user was killed. */
const prepareFile = (file: string): boolean => {
  try {
    // An existing file is never opened and closed here: closing would free the locks this process may hold on it.
    if (statSync(file, { throwIfNoEntry: false }) === undefined) closeSync(openSync(file, 'wx', 0o600));
    else chmodSync(file, 0o600);
  } catch (cause) {
    throw new ServiceError('ERR_JOBS_STORE', `${file}: the job database cannot be opened (${String(cause)})`, {
      cause,
    });
  }
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
};

/**
 * EXCLUSIVE keeps a second process out, by a lock that the system frees when we die. WAL with synchronous=FULL syncs the
 * log on every commit: an accepted job is a promise that must outlive a power cut. secure_delete overwrites what the
 * retention removes, so that a deleted prompt is gone.
 */
const applySettings = (db: DatabaseSync, maxBytes: number | undefined): void => {
  db.exec(`
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = 16777216;
  `);
  if (maxBytes !== undefined) db.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / PAGE_BYTES)}`);
};

const checkSoundness = (db: DatabaseSync, file: string): void => {
  const finding = String(Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0]);
  if (finding !== 'ok') throw new ServiceError('ERR_JOBS_STORE', `${file}: ${damageAdvice(file, finding)}`);
};

const migrate = (db: DatabaseSync, file: string): void => {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > MIGRATIONS.length) {
    throw new ServiceError(
      'ERR_JOBS_STORE',
      `${file}: expected a job database of version ${MIGRATIONS.length} or older, got ${version}; start the newer release that made it`,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next += 1) {
    db.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[next]} PRAGMA user_version = ${next + 1}; COMMIT;`);
  }
};

const wrap = (db: DatabaseSync): Database => {
  const guarded = <T>(work: () => T): T => {
    if (!db.isOpen) throw new ServiceError('ERR_ADMIT_DRAINING', 'the job database is closed: the service is stopping');
    try {
      return work();
    } catch (error) {
      throw explainFailure(error);
    }
  };
  const transact = <T>(work: () => T): T => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      db.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some failures, such as a full disk.
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    prepare: (sql) => db.prepare(sql),
    read: guarded,
    durably: (work) => guarded(() => transact(work)),
    quickly: (work) =>
      guarded(() => {
        db.exec('PRAGMA synchronous = NORMAL');
        try {
          return transact(work);
        } finally {
          db.exec('PRAGMA synchronous = FULL');
        }
      }),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
};
