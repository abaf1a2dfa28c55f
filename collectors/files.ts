import { readdir, readFile } from 'node:fs/promises';

/** Files of the kernel, handed in so that a test can feed captures. */
export interface FileSource {
  /** The text of a file; rejects as `node:fs` does. */
  read(path: string): Promise<string>;
  /** The names in a folder. */
  list(path: string): Promise<string[]>;
}

export const systemFiles: FileSource = {
  read: (path) => readFile(path, 'utf8'),
  list: (path) => readdir(path),
};

const ABSENT: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENODEV',
  'ENXIO',
  'EOPNOTSUPP',
  'ENODATA',
  'EACCES',
]);

/** True for a file that is not there or that we may not read; any other error is a fault of what it stands for. */
export const isAbsence = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && ABSENT.has(error.code);
