import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { diskFull } from '../disk.ts';

const stateSchema = z.object({
  url: z.string(),
  validator: z.string().optional(),
  totalBytes: z.number().optional(),
});

/** What must still be true of the server for the bytes at hand to be worth keeping. */
export type PartState = z.output<typeof stateSchema>;

/** An incomplete download: bytes, their running hash, and what they are a part of. */
export interface PartFile {
  bytes(): number;
  state(): PartState | undefined;
  /** Drops what is there and begins anew. */
  restart(state: PartState): Promise<void>;
  append(chunk: Uint8Array): Promise<void>;
  /** The hash of everything, once it is safely on disk. */
  finish(): Promise<string>;
  /** Keeps the bytes, if there are any, for another time. Harmless after `finish`. */
  close(): Promise<void>;
}

/** Opens what an earlier attempt at the same URL left behind, or an empty file. */
export const openPartFile = async (path: string, url: string): Promise<PartFile> => {
  let state = await readPartState(path);
  if (state?.url !== url) {
    state = undefined;
    await rm(path, { force: true });
  }
  const handle = await open(path, 'a+');
  let hash = createHash('sha256');
  let bytes = await hashFile(path, hash);
  let isOpen = true;

  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
    if (bytes === 0) await removePart(path);
  };

  return {
    bytes: () => bytes,
    state: () => state,
    async restart(next) {
      await handle.truncate(0);
      hash = createHash('sha256');
      bytes = 0;
      state = next;
      await onDisk(path, () => writeFile(`${path}.json`, JSON.stringify(next)));
    },
    async append(chunk) {
      await onDisk(path, () => writeAll(handle, chunk));
      hash.update(chunk);
      bytes += chunk.byteLength;
    },
    async finish() {
      await onDisk(path, () => handle.sync());
      await close();
      await rm(`${path}.json`, { force: true });
      return hash.digest('hex');
    },
    close,
  };
};

/** Forgets an incomplete download. */
export const removePart = async (path: string): Promise<void> => {
  await rm(path, { force: true });
  await rm(`${path}.json`, { force: true });
};

/** What an incomplete download is a part of; `undefined` where that is not known. */
export const readPartState = async (path: string): Promise<PartState | undefined> => {
  try {
    return stateSchema.parse(JSON.parse(await readFile(`${path}.json`, 'utf8')));
  } catch {
    // Absent or torn by a crash: the bytes cannot be trusted to belong to this URL.
    return undefined;
  }
};

const hashFile = async (path: string, hash: Hash): Promise<number> => {
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return bytes;
};

const writeAll = async (handle: FileHandle, chunk: Uint8Array): Promise<void> => {
  let written = 0;
  while (written < chunk.byteLength) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.byteLength - written);
    written += bytesWritten;
  }
};

// A full disk is made worse by keeping what filled it.
const onDisk = async (path: string, write: () => Promise<unknown>): Promise<void> => {
  try {
    await write();
  } catch (error) {
    const full = diskFull(error, path);
    if (full === undefined) throw error;
    await removePart(path);
    throw full;
  }
};
