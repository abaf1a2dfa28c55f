import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { dataFolderError, PRIVATE_MODE } from '../../../core/config/private-files.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { COLUMNS, type Numbers, type Sum } from './numbers.ts';

export const GROUPS = ['key', 'model', 'scenario'] as const;
export type Group = (typeof GROUPS)[number];

/** Whose uses are meant. */
export interface Owner {
  readonly keyId: string;
  readonly tenant: string;
}

/** One day of one key, model or scenario; `name` is null for requests without one. */
export interface UsageRow extends Numbers {
  readonly day: string;
  readonly name: string | null;
}

/** The daily sums of a data folder. */
export interface UsageStore {
  /** Adds to what is there, as one transaction. */
  add(sums: readonly Sum[]): void;
  /** One day, by name; `owner` absent: of all. At most `limit` rows. */
  day(day: string, by: Group, owner: Owner | undefined, limit: number): UsageRow[];
  /** Rows of one key up to and with a day. */
  count(keyId: string, lastDay: string): number;
  /** Overwrites and deletes them. */
  purge(keyId: string, lastDay: string): number;
  /** Deletes what is older than a day. */
  expire(firstDay: string): number;
  close(): void;
}

const VERSION = 1;
const BUSY_MS = 500;
const NAMES = Object.values(COLUMNS);

/**
 * A commit survives the death of the process, though perhaps not a power cut, and does not wait for the disk.
 * `secure_delete` overwrites what is deleted; the log is emptied after each purge, so that nothing stays in it.
 */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA secure_delete = ON;
  PRAGMA journal_size_limit = 4194304;
`;

const TABLE = `
  CREATE TABLE IF NOT EXISTS usage (
    day TEXT NOT NULL, key_id TEXT NOT NULL, tenant TEXT NOT NULL, model TEXT NOT NULL, scenario TEXT NOT NULL,
    ${NAMES.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
    PRIMARY KEY (day, key_id, tenant, model, scenario)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS usage_key ON usage (key_id, day);
  PRAGMA user_version = ${VERSION};
`;

const ADD = `
  INSERT INTO usage (day, key_id, tenant, model, scenario, ${NAMES.join(', ')})
  VALUES (?, ?, ?, ?, ?, ${NAMES.map(() => '?').join(', ')})
  ON CONFLICT DO UPDATE SET ${NAMES.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}
`;

const GROUP_COLUMNS = { key: 'key_id', model: 'model', scenario: 'scenario' } as const satisfies Record<Group, string>;

const selectOf = (by: Group): string => `
  SELECT day, nullif(${GROUP_COLUMNS[by]}, '') AS name,
    ${Object.entries(COLUMNS)
      .map(([name, column]) => `sum(${column}) AS ${name}`)
      .join(', ')}
  FROM usage
  WHERE day = :day AND (:keyId IS NULL OR (key_id = :keyId AND tenant = :tenant))
  GROUP BY ${GROUP_COLUMNS[by]} ORDER BY ${GROUP_COLUMNS[by]} LIMIT :limit
`;

const count = z.number();
const rowSchema = z.object({
  day: z.string(),
  name: z.string().nullable(),
  ok: count,
  error: count,
  timeout: count,
  rejected: count,
  cancelled: count,
  submitted: count,
  cacheHits: count,
  promptTokens: count,
  completionTokens: count,
  cachedTokens: count,
});

/** Opens the database, made where there is none. */
export const openUsageStore = (file: string): UsageStore => {
  const db = openDatabase(file);
  const add = db.prepare(ADD);
  const select = {
    key: db.prepare(selectOf('key')),
    model: db.prepare(selectOf('model')),
    scenario: db.prepare(selectOf('scenario')),
  };
  const found = db.prepare('SELECT count(*) AS found FROM usage WHERE key_id = ? AND day <= ?');
  const purge = db.prepare('DELETE FROM usage WHERE key_id = ? AND day <= ?');
  const expire = db.prepare('DELETE FROM usage WHERE day < ?');
  return {
    add(sums) {
      db.exec('BEGIN IMMEDIATE');
      try {
        for (const sum of sums) add.run(...placeOf(sum), ...numbersOf(sum));
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    day: (day, by, owner, limit) =>
      select[by]
        .all({ day, keyId: owner?.keyId ?? null, tenant: owner?.tenant ?? null, limit })
        .map((row) => rowSchema.parse(row)),
    count: (keyId, lastDay) => Number(found.get(keyId, lastDay)?.found ?? 0),
    purge(keyId, lastDay) {
      const deleted = Number(purge.run(keyId, lastDay).changes);
      if (deleted > 0) db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return deleted;
    },
    expire: (firstDay) => Number(expire.run(firstDay).changes),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
};

const placeOf = ({ day, keyId, tenant, model, scenario }: Sum) => [day, keyId, tenant, model, scenario] as const;

const numbersOf = (sum: Sum): number[] => {
  const numbers: number[] = [];
  let name: keyof Numbers;
  for (name in COLUMNS) numbers.push(sum[name]);
  return numbers;
};

const openDatabase = (file: string): DatabaseSync => {
  try {
    // SQLite would create it readable by others; its side files take over the mode of this one.
    closeSync(openSync(file, 'a', PRIVATE_MODE));
    const db = new DatabaseSync(file, { timeout: BUSY_MS });
    db.exec(SETTINGS);
    checkVersion(db, file);
    db.exec(TABLE);
    return db;
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw dataFolderError(file, error);
  }
};

const checkVersion = (db: DatabaseSync, file: string): void => {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version <= VERSION) return;
  const message = `${file}: expected a usage database of version ${VERSION} or older, got ${version}; start the newer release that made it`;
  throw new ServiceError('ERR_CONFIG_DATA_FOLDER', message);
};
