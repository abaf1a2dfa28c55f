import { rename, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { expectedHash, locate, writeStamp } from './cache.ts';
import { checkRoom } from './disk.ts';
import { withLock } from './lock.ts';
import type { ResolveRequest } from './resolve.ts';
import { readPartState, removePart } from './sources/part-file.ts';
import { sourceError } from './sources/source-error.ts';
import type { BoundSource } from './sources/table.ts';
import { checkFirstPart, isPresent, useLocal } from './use-local.ts';
import { checkFile, checkHash, hashFile } from './verify.ts';

type Elsewhere = Extract<BoundSource, { place: 'elsewhere' }>;

/** Fetches the files of one source into the cache, unless another process did so meanwhile. */
export const obtain = async (source: BoundSource, request: ResolveRequest): Promise<readonly string[]> => {
  if (source.place === 'here') throw sourceError(`${source.path} does not exist`);
  checkFirstPart(source);
  const location = locate(source, request.dir);
  const onWait = () => void reportWaiting(location.files, request);
  return withLock({ folder: location.folder, signal: request.signal, onWait }, async (signal) => {
    const locked = { ...request, signal };
    if (await isPresent(location)) {
      const usable = await useLocal(source, locked).catch(() => undefined);
      if (usable !== undefined) return usable;
    }
    for (const [index, file] of location.files.entries()) {
      await obtainPart(source, { file, part: index + 1, parts: location.files.length }, locked);
    }
    return useLocal(source, locked);
  });
};

interface Wanted {
  readonly file: string;
  readonly part: number;
  readonly parts: number;
}

const obtainPart = async (source: Elsewhere, wanted: Wanted, request: ResolveRequest): Promise<void> => {
  const { file, part, parts } = wanted;
  const expected = expectedHash(source, part - 1);
  if (parts > 1 && (await isGood(file, expected, request))) return;
  const incomplete = `${file}.part`;
  const { folder } = locate(source, request.dir);
  const context = {
    part: incomplete,
    fileName: basename(file),
    env: request.env,
    downloads: request.downloads,
    way: request.way,
    signal: request.signal,
    checkRoom: (bytes: number) => checkRoom(folder, bytes),
    onBytes: (receivedBytes: number, totalBytes: number | undefined) =>
      request.onProgress({
        phase: 'downloading',
        source: source.description,
        file: basename(file),
        receivedBytes,
        ...(totalBytes === undefined ? {} : { totalBytes }),
        part,
        parts,
      }),
  };
  const actual = await removingWhatIsWrong(incomplete, async () => {
    const { sha256 = await hashFile(incomplete, request.signal) } = await source.fetch(context);
    checkHash(incomplete, sha256, expected);
    await checkFile(incomplete);
    return sha256;
  });
  await rename(incomplete, file);
  await writeStamp(request.dir, file, actual);
};

const WRONG = new Set<unknown>(['ERR_MODELS_FILE', 'ERR_MODELS_HASH', 'ERR_MODELS_ARCHITECTURE']);

// What is wrong cannot be resumed into something right; what is merely incomplete is kept.
const removingWhatIsWrong = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServiceError && WRONG.has(error.code)) await removePart(path);
    throw error;
  }
};

const isGood = async (file: string, expected: string | undefined, { signal }: ResolveRequest): Promise<boolean> => {
  try {
    await checkFile(file);
    if (expected !== undefined) checkHash(file, await hashFile(file, signal), expected);
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
};

const reportWaiting = async (files: readonly string[], { onProgress }: ResolveRequest): Promise<void> => {
  for (const file of files) {
    const size = await stat(`${file}.part`).catch(() => undefined);
    if (size === undefined) continue;
    const totalBytes = (await readPartState(`${file}.part`))?.totalBytes;
    return onProgress({
      phase: 'waiting',
      receivedBytes: size.size,
      ...(totalBytes === undefined ? {} : { totalBytes }),
    });
  }
  onProgress({ phase: 'waiting', receivedBytes: 0 });
};
