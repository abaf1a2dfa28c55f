import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { partNames } from './gguf/parts.ts';
import type { BoundSource } from './sources/table.ts';

/** Where the files of one source lie, or will lie. */
export interface Location {
  readonly folder: string;
  /** All parts, the first one first. */
  readonly files: readonly string[];
}

/**
 * `<models>/<file name without .gguf>-<12 hex digits>/<file name>`. The digits are those of the expected hash, so that
 * every source of the same file leads to the same place; without a hash they stand for the source.
 */
export const locate = (source: BoundSource, dir: string): Location => {
  const names = partNames(source.fileName);
  if (source.place === 'here') {
    const folder = dirname(source.path);
    return { folder, files: names.map((name) => join(folder, name)) };
  }
  const key = firstHash(source.sha256) ?? sha256Of(source.description);
  const folder = join(dir, `${source.fileName.replace(/\.gguf$/i, '')}-${key.slice(0, 12)}`);
  return { folder, files: names.map((name) => join(folder, name)) };
};

/** The expected hash of part `index`; `undefined` where none is configured. */
export const expectedHash = (source: BoundSource, index: number): string | undefined =>
  typeof source.sha256 === 'string' ? (index === 0 ? source.sha256 : undefined) : source.sha256?.[index];

const firstHash = (hash: BoundSource['sha256']): string | undefined => (typeof hash === 'string' ? hash : hash?.[0]);

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

const stampSchema = z.object({
  path: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  modifiedMs: z.number(),
  inode: z.number(),
});

type Stamp = z.output<typeof stampSchema>;

/** The hash that this very file had when it was last read whole; `undefined` once anything about it changed. */
export const readStamp = async (dir: string, path: string): Promise<string | undefined> => {
  try {
    const stamp = stampSchema.parse(JSON.parse(await readFile(stampFile(dir, path), 'utf8')));
    const now = await stampOf(path, stamp.sha256);
    const isSame = stamp.bytes === now.bytes && stamp.modifiedMs === now.modifiedMs && stamp.inode === now.inode;
    return isSame && stamp.path === path ? stamp.sha256 : undefined;
  } catch {
    return undefined;
  }
};

/** Remembers the hash of a file, so that the next start need not read it whole again. */
export const writeStamp = async (dir: string, path: string, sha256: string): Promise<void> => {
  const file = stampFile(dir, path);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(await stampOf(path, sha256))}\n`);
  } catch {
    // A cache that cannot be written to (a read-only image) costs hashing again at the next start, no more.
  }
};

/** Forgets what was remembered of a file. */
export const forgetStamp = (dir: string, path: string): Promise<void> => rm(stampFile(dir, path), { force: true });

const stampFile = (dir: string, path: string): string => join(dir, '.verified', `${sha256Of(path).slice(0, 16)}.json`);

const stampOf = async (path: string, sha256: string): Promise<Stamp> => {
  const { size, mtimeMs, ino } = await stat(path);
  return { path, sha256, bytes: size, modifiedMs: mtimeMs, inode: ino };
};
