import { basename, resolve } from 'node:path';
import type { FileSource } from './source.ts';

/** Where a configured file lies; relative paths were resolved against the configuration file when it was read. */
export const localPath = ({ file }: FileSource): string => resolve(file);

/** A file that is on this machine already. It is used where it lies: never copied, moved or deleted. */
export const fileSource = {
  describe: ({ file }: FileSource): string => `file ${file}`,
  fileName: ({ file }: FileSource): string => basename(file),
};
