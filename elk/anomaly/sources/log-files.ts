import type { Stats } from 'node:fs';
import { type FileHandle, glob, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { STREAMS } from '../../streams.ts';
import type { LogLine } from '../templates/novelty.ts';
import { readLine } from './ecs-line.ts';
import { type Lines, type LogSource, MOST_ERRORS } from './source.ts';

interface Options {
  /** The data folder. */
  readonly dir: string;
  /** Below it: its own lines are no news to it. */
  readonly except: string;
}

/** A file that is followed: up to where its whole lines were read. */
interface Followed {
  readonly inode: number;
  offset: number;
}

/** What is read of one file in one interval; of more, what is between is passed over. */
const MOST_BYTES = 4_194_304;
const LONGEST_LINE = 65_536;
/** The file that is written, not those that were renamed. */
const CURRENT = /^[a-z]+\.json$/;

/**
 * Follows the app logs of all processes as they are written. What was there before the first look is old. A file that was
 * renamed since is read to its end under its new name, found by its inode, before the new one is begun.
 */
export const followLogFiles = ({ dir, except }: Options): LogSource => {
  const followed = new Map<string, Followed>();
  let isFirst = true;
  return {
    name: 'files',
    async read() {
      const lines: string[] = [];
      for (const file of await currentFiles(dir, except)) {
        const found = await stat(file).catch(() => undefined);
        if (found !== undefined) lines.push(...(await readNew(followed, { file, found, isOld: isFirst })));
      }
      isFirst = false;
      return linesOf(lines);
    },
    close: async () => undefined,
  };
};

const currentFiles = async (dir: string, except: string): Promise<string[]> => {
  const files: string[] = [];
  for (const pattern of STREAMS.app.files) {
    for await (const file of glob(pattern, { cwd: dir })) {
      const path = join(dir, file);
      if (CURRENT.test(file.split('/').at(-1) ?? '') && dirname(path) !== except) files.push(path);
    }
  }
  return files.toSorted();
};

interface Found {
  readonly file: string;
  readonly found: Stats;
  readonly isOld: boolean;
}

const readNew = async (followed: Map<string, Followed>, { file, found, isOld }: Found): Promise<string[]> => {
  const known = followed.get(file);
  if (known?.inode === found.ino && found.size >= known.offset) return readFrom(file, known, found.size);
  const next: Followed = { inode: found.ino, offset: isOld ? found.size : 0 };
  followed.set(file, next);
  const before = known === undefined ? [] : await readRenamed(file, known);
  return [...before, ...(await readFrom(file, next, found.size))];
};

const readRenamed = async (file: string, known: Followed): Promise<string[]> => {
  for await (const name of glob(`${file.slice(0, -'.json'.length)}-*.json`)) {
    const found = await stat(name).catch(() => undefined);
    if (found?.ino === known.inode) return readFrom(name, known, found.size);
  }
  // It was removed already, or written over in place: what was in it is lost to us.
  return [];
};

const readFrom = async (file: string, known: Followed, size: number): Promise<string[]> => {
  if (size <= known.offset) return [];
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return [];
  try {
    return await readPart(handle, known, size);
  } finally {
    await handle.close();
  }
};

const readPart = async (handle: FileHandle, known: Followed, size: number): Promise<string[]> => {
  const length = Math.min(MOST_BYTES, size - known.offset);
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, known.offset);
  // A line whose end is not written yet is read with the next.
  const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
  const text = buffer.toString('utf8', 0, end);
  if (bytesRead === MOST_BYTES) known.offset = size;
  else known.offset += end;
  return text.split('\n').filter((line) => line !== '' && line.length <= LONGEST_LINE);
};

const linesOf = (texts: readonly string[]): Lines => {
  const counts = { warn: 0, error: 0 };
  const errors: LogLine[] = [];
  for (const text of texts) {
    // Most lines are neither, and need not be taken apart.
    if (!text.includes('"warn"') && !text.includes('"error"')) continue;
    const line = readLine(text);
    if (line?.level !== 'warn' && line?.level !== 'error') continue;
    counts[line.level] += 1;
    if (line.level === 'error' && errors.length < MOST_ERRORS) errors.push(line);
  }
  return { counts, errors };
};
