import { chmodSync, closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { MIGRATIONS } from './schema.ts';

/** One connection; a failure of it is ERR_ACTIONS_STORE, which whoever sent something is asked to repeat. */
export interface Database {
  prepare(sql: string): StatementSync;
  read<T>(work: () => T): T;
  /** One transaction, on the disk when it returns. Not within another. */
  durably<T>(work: () => T): T;
  close(): void;
  /** It never has more. */
  readonly maxPages: number;
}

interface Options {
  readonly file: string;
  readonly maxBytes: number;
}

const OPEN_TIMEOUT_MS = 1000;
const PAGE_BYTES = 4096;

/**
 * Opens and migrates the database of the actions. EXCLUSIVE keeps a second process out, by a lock that the system frees when
 * we die. WAL with synchronous=FULL syncs the log on every commit: a 2xx to Alertmanager is a promise that outlives a power
 * cut.
 */
export const openDatabase = ({ file, maxBytes }: Options): Database => {
  try {
    prepareFile(file);
    const db = new DatabaseSync(file, { timeout: OPEN_TIMEOUT_MS });
    try {
      db.exec(`
        PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA journal_size_limit = 16777216;
        PRAGMA max_page_count = ${pagesIn(maxBytes)};
      `);
      migrate(db, file);
      checkSoundness(db);
    } catch (error) {
      db.close();
      throw error;
    }
    return { ...wrap(db), maxPages: pagesIn(maxBytes) };
  } catch (error) {
    throw failure(`${file} cannot be opened`, error);
  }
};

/** Opens it anew where the file is damaged, which is put aside: a broken record must not keep people from being told. */
export const openUndamaged = (options: Options, onDamaged: (aside: string) => void): Database => {
  try {
    return openDatabase(options);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const aside = `${options.file}.damaged-${Date.now()}`;
    renameSync(options.file, aside);
    for (const end of ['-wal', '-shm']) rmSync(`${options.file}${end}`, { force: true });
    onDamaged(aside);
    return openDatabase(options);
  }
};

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGE: ReadonlySet<number> = new Set([11, 26]);

const isDamage = (error: unknown): boolean => {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'errcode' in cause && DAMAGE.has(Number(cause.errcode) & 0xff);
};

const prepareFile = (file: string): void => {
  // An existing file is never opened and closed here: closing would free the locks this process may hold on it.
  if (statSync(file, { throwIfNoEntry: false }) === undefined) closeSync(openSync(file, 'wx', 0o600));
  else chmodSync(file, 0o600);
};

/** Costs milliseconds at the size this database may have, and finds what a query would stumble over in the night. */
const checkSoundness = (db: DatabaseSync): void => {
  const finding = String(Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0]);
  if (finding !== 'ok') throw Object.assign(new Error(finding), { errcode: 11 });
};

const migrate = (db: DatabaseSync, file: string): void => {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > MIGRATIONS.length) {
    const expected = `expected a database of version ${MIGRATIONS.length} or older, got ${version}`;
    throw new ServiceError('ERR_ACTIONS_STORE', `${file}: ${expected}; start the newer release that made it`);
  }
  for (let next = version; next < MIGRATIONS.length; next += 1) {
    db.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[next]} PRAGMA user_version = ${next + 1}; COMMIT;`);
  }
};

const pagesIn = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES);

const wrap = (db: DatabaseSync): Omit<Database, 'maxPages'> => {
  const guarded = <T>(work: () => T): T => {
    if (!db.isOpen) throw new ServiceError('ERR_ADMIT_DRAINING', 'the actions are stopping');
    try {
      return work();
    } catch (error) {
      throw error instanceof ServiceError ? error : failure('the database of the actions failed', error);
    }
  };
  return {
    prepare: (sql) => db.prepare(sql),
    read: guarded,
    durably: (work) =>
      guarded(() => {
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
      }),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
};

const failure = (what: string, cause: unknown): ServiceError =>
  cause instanceof ServiceError
    ? cause
    : new ServiceError('ERR_ACTIONS_STORE', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
        retryAfterSeconds: 5,
      });
