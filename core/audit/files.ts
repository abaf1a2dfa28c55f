import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the parts of a trail lie. */
export interface AuditPaths {
  readonly dir: string;
  /** The file that is written now. */
  readonly current: string;
  /** The last signed head, for the log shipper. */
  readonly head: string;
  /** Public keys by their id; what a copy is checked with. */
  readonly keys: string;
  /** Prompts and answers, where the configuration asks for them. */
  readonly content: string;
  readonly lock: string;
}

const CURRENT = 'audit.json';

/** The layout of an audit folder; creates nothing. */
export const auditPaths = (dir: string): AuditPaths => ({
  dir,
  current: join(dir, CURRENT),
  head: join(dir, 'head.json'),
  keys: join(dir, 'keys'),
  content: join(dir, 'content.db'),
  lock: join(dir, 'lock.db'),
});

/** A file that is written no more. */
export interface RotatedFile {
  readonly name: string;
  readonly firstSequence: number;
  /** Epoch milliseconds. */
  readonly rotatedAt: number;
}

const PATTERN = /^audit-(\d{15})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.json$/;
const SEQUENCE_DIGITS = 15;

/** `audit-<sequence of its first line>-<time of the rotation>.json`: the names sort as the chain runs, whatever the clock does. */
export const rotatedName = (firstSequence: number, at: number): string => {
  const time = `${new Date(at).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
  return `audit-${String(firstSequence).padStart(SEQUENCE_DIGITS, '0')}-${time}.json`;
};

/** The rotated files of a folder, oldest first; none where there is no folder. */
export const rotatedFiles = async (dir: string): Promise<RotatedFile[]> =>
  (await namesIn(dir)).flatMap((name) => {
    const [, sequence, year, month, day, hour, minute, second] = PATTERN.exec(name) ?? [];
    if (sequence === undefined) return [];
    const rotatedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    return [{ name, firstSequence: Number(sequence), rotatedAt }];
  });

/** Paths of all files of a trail in the order of the chain, the current one last. */
export const trailFiles = async (dir: string): Promise<string[]> => {
  const names = (await namesIn(dir)).filter((name) => PATTERN.test(name) || name === CURRENT);
  // `audit-…` sorts before `audit.json`.
  return names.map((name) => join(dir, name));
};

const namesIn = async (dir: string): Promise<string[]> => {
  try {
    return (await readdir(dir)).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
};
