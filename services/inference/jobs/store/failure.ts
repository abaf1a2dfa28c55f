import { ServiceError } from '../../../../core/errors/service-error.ts';

/** Primary SQLite result codes (https://sqlite.org/rescode.html). */
const SQLITE = {
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
} as const;

const RETRY_AFTER_SECONDS = 10;

/** Why storage may work again without anybody mending the file. */
const PASSING: Readonly<Record<number, string>> = {
  [SQLITE.BUSY]: 'the job database is locked',
  [SQLITE.LOCKED]: 'the job database is locked',
  [SQLITE.NOMEM]: 'there is no memory left for the job database',
  [SQLITE.READONLY]: 'the job database cannot be written to',
  [SQLITE.IOERR]: 'the disk of the job database fails',
  [SQLITE.FULL]: 'the disk of the job database is full',
  [SQLITE.CANTOPEN]: 'the files of the job database cannot be opened',
};

/** Turns a failure of SQLite in a running service into what a caller can act on; passes everything else on. */
export const explainFailure = (error: unknown): unknown => {
  const code = sqliteCodeOf(error);
  if (code === undefined) return error;
  const passing = PASSING[code];
  if (passing !== undefined) {
    return new ServiceError('ERR_JOBS_FULL', `${passing}; no job can be stored now`, {
      cause: error,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
  // A broken constraint is a defect of ours and stays what it is.
  if (code !== SQLITE.CORRUPT && code !== SQLITE.NOTADB) return error;
  return new ServiceError('ERR_JOBS_STORE', 'the job database is damaged; a restart says what to do about it', {
    cause: error,
  });
};

/** The same for the start, where the file can be named, because only the operator reads it. */
export const explainOpening = (error: unknown, file: string): unknown => {
  const code = sqliteCodeOf(error);
  if (code === undefined) return error;
  return new ServiceError('ERR_JOBS_STORE', `${file}: ${adviceOn(code, file, String(error))}`, { cause: error });
};

/** What to do about a file that is no sound database. It is never moved by itself: it may hold accepted jobs. */
export const damageAdvice = (file: string, finding: string): string =>
  `expected a sound job database, found damage (${finding}); restore it from a backup, or give up its jobs by moving it and ${file}-wal to another folder, then start again`;

const adviceOn = (code: number, file: string, finding: string): string => {
  if (code === SQLITE.BUSY || code === SQLITE.LOCKED) {
    return 'another process uses this job database; stop the other service of this data folder, or start with another one (--data)';
  }
  if (code === SQLITE.CORRUPT || code === SQLITE.NOTADB) return damageAdvice(file, finding);
  return `the job database cannot be opened (${finding}); check that the folder exists, is writable and has room`;
};

const sqliteCodeOf = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  // The low byte is the primary code; the rest only says more precisely where it happened.
  return error.errcode & 0xff;
};
