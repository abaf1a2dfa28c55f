import { hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditPaths, rotatedFiles } from './files.ts';
import { type AuditLine, GENESIS, labelOf, type Place, placeOf, readLine } from './line.ts';

/** Bytes behind the last whole line: what a killed process or a full disk left of its last write. */
export interface Torn {
  readonly bytes: number;
  readonly sha256: string;
  /** False: the next line must begin on a new line first. */
  readonly endsLine: boolean;
}

/** The end of a trail as it lies on the disk. */
export interface ChainEnd {
  readonly place: Place;
  /** Names the chain; undefined where there is none yet. */
  readonly chain: string | undefined;
  /** Of the current file, which is empty or absent where this is 0. */
  readonly size: number;
  readonly firstSequence: number;
  /** When the current file was begun, epoch milliseconds. */
  readonly openedAt: number;
  readonly torn: Torn | undefined;
  /** The file before the current one. */
  readonly previousFile: string | undefined;
}

const LINE_FEED = 0x0a;
const FIRST_WINDOW = 256 * 1024;
const HEAD_WINDOW = 64 * 1024;

/** Finds the last good line of a trail, and what lies behind it. */
export const findEnd = async (paths: AuditPaths): Promise<ChainEnd> => {
  const previousFile = (await rotatedFiles(paths.dir)).at(-1)?.name;
  const current = await endOfFile(paths.current);
  if (current?.last !== undefined) return { ...current, place: placeOf(current.last), previousFile };
  const before = previousFile === undefined ? undefined : await endOfFile(join(paths.dir, previousFile));
  const place = before?.last === undefined ? GENESIS : placeOf(before.last);
  const start = { size: current?.size ?? 0, torn: current?.torn, openedAt: Date.now(), previousFile };
  return { ...start, place, chain: before?.chain, firstSequence: place.sequence + 1 };
};

/** The last line of a file; undefined where it has none that is whole. */
export const lastLineOf = async (path: string): Promise<AuditLine | undefined> => (await endOfFile(path))?.last;

const endOfFile = async (path: string) => {
  const handle = await openIfPresent(path);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const { last, torn } = await searchBackwards(handle, size);
    const first = await firstLineOf(handle);
    const chain = first === undefined ? undefined : labelOf(first, 'chain');
    const at = Date.parse(String(first?.fields['@timestamp']));
    return {
      last,
      torn,
      size,
      chain: typeof chain === 'string' ? chain : undefined,
      firstSequence: first?.sequence ?? 1,
      openedAt: Number.isNaN(at) ? Date.now() : at,
    };
  } finally {
    await handle.close();
  }
};

const openIfPresent = async (path: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

const firstLineOf = async (handle: FileHandle): Promise<AuditLine | undefined> => {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_WINDOW), 0, HEAD_WINDOW, 0);
  const end = buffer.subarray(0, bytesRead).indexOf(LINE_FEED);
  return end === -1 ? undefined : readLine(buffer.subarray(0, end));
};

const searchBackwards = async (handle: FileHandle, size: number) => {
  for (let window = FIRST_WINDOW; ; window *= 4) {
    const start = Math.max(0, size - window);
    const bytes = await readExactly(handle, start, size - start);
    const found = lastWholeLine(bytes);
    if (found !== undefined) return { last: found.line, torn: tornOf(bytes.subarray(found.end)) };
    if (start === 0) return { last: undefined, torn: tornOf(bytes) };
  }
};

const readExactly = async (handle: FileHandle, start: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
};

const lastWholeLine = (bytes: Buffer): { readonly line: AuditLine; readonly end: number } | undefined => {
  for (let feed = bytes.lastIndexOf(LINE_FEED); feed >= 0; ) {
    const before = feed === 0 ? -1 : bytes.lastIndexOf(LINE_FEED, feed - 1);
    const line = readLine(bytes.subarray(before + 1, feed));
    if (line !== undefined) return { line, end: feed + 1 };
    feed = before;
  }
  return undefined;
};

const tornOf = (bytes: Buffer): Torn | undefined =>
  bytes.length === 0
    ? undefined
    : { bytes: bytes.length, sha256: hash('sha256', bytes), endsLine: bytes.at(-1) === LINE_FEED };
