import type { SQLOutputValue } from 'node:sqlite';
import type { Priority } from '../../../engine/protocol/generation.ts';
import { JOB_STATES, type JobRecord, type JobState } from '../job.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Order of the queue: the larger number goes first. */
export const PRIORITY_RANK = { low: 0, normal: 1, high: 2 } as const satisfies Record<Priority, number>;

const PRIORITY_BY_RANK = ['low', 'normal', 'high'] as const satisfies readonly Priority[];

/** Reads one row of the table `jobs`. */
export const readJob = (row: Row): JobRecord => ({
  id: text(row, 'id'),
  tenant: text(row, 'tenant'),
  keyId: text(row, 'key_id'),
  requestId: text(row, 'request_id'),
  requestHash: text(row, 'request_hash'),
  state: readState(row),
  priority: PRIORITY_BY_RANK[integer(row, 'priority')] ?? 'normal',
  payload: json(row, 'payload') ?? missing('payload'),
  callbackUrl: optionalText(row, 'callback_url'),
  createdAt: integer(row, 'created_at'),
  deadlineAt: optionalInteger(row, 'deadline_at'),
  startedAt: optionalInteger(row, 'started_at'),
  finishedAt: optionalInteger(row, 'finished_at'),
  attempts: integer(row, 'attempts'),
  cancelRequested: integer(row, 'cancel_requested') === 1,
  result: json(row, 'result'),
  error: json(row, 'error'),
});

/** Reads the column `state`. */
export const readState = (row: Row): JobState => {
  const found = text(row, 'state');
  return JOB_STATES.find((state) => state === found) ?? missing('state');
};

/** A column that is always there. */
export const text = (row: Row, column: string): string => optionalText(row, column) ?? missing(column);

/** A column that is always there. */
export const integer = (row: Row, column: string): number => optionalInteger(row, column) ?? missing(column);

/** A column that may be NULL. */
export const optionalInteger = (row: Row, column: string): number | undefined => {
  const value = row[column];
  return typeof value === 'number' ? value : undefined;
};

const optionalText = (row: Row, column: string): string | undefined => {
  const value = row[column];
  return typeof value === 'string' ? value : undefined;
};

const json = <T>(row: Row, column: string): T | undefined => {
  const value = optionalText(row, column);
  // Safe: only this store writes these columns, and from values of the same type.
  return value === undefined ? undefined : (JSON.parse(value) as T);
};

const missing = (column: string): never => {
  throw new TypeError(`column ${column} of the job database has no readable value`);
};
