import { stat } from 'node:fs/promises';
import { expectedHash, type Location, locate, readStamp, writeStamp } from './cache.ts';
import { fileError } from './gguf/file-error.ts';
import { partNumber } from './gguf/parts.ts';
import type { ResolveRequest } from './resolve.ts';
import type { BoundSource } from './sources/table.ts';
import { checkArchitecture, checkFile, checkHash, hashFile } from './verify.ts';

/** Whether every file of a source is here; says nothing about what is in them. */
export const isPresent = async ({ files }: Location): Promise<boolean> =>
  (await Promise.all(files.map(isFile))).every(Boolean);

/** The files of a source that are here already, checked. A hash is computed once and remembered. */
export const useLocal = async (source: BoundSource, request: ResolveRequest): Promise<readonly string[]> => {
  const { files } = locate(source, request.dir);
  checkFirstPart(source);
  for (const [index, file] of files.entries()) {
    if (!(await isFile(file))) throw fileError(file, 'a file at this place', 'none');
    const header = await checkFile(file);
    await checkContent(file, expectedHash(source, index), request);
    if (index === 0) checkArchitecture(file, header, request.model.engine);
  }
  return files;
};

/** The same for files whose hash is known already; `undefined` for anything that is not as it should be. */
export const recallLocal = async (
  source: BoundSource,
  { model, dir }: Pick<ResolveRequest, 'model' | 'dir'>,
): Promise<readonly string[] | undefined> => {
  const { files } = locate(source, dir);
  try {
    for (const [index, file] of files.entries()) {
      const header = await checkFile(file);
      if (index === 0) checkArchitecture(file, header, model.engine);
      const expected = expectedHash(source, index);
      if (expected !== undefined && (await readStamp(dir, file)) !== expected) return undefined;
    }
    return files;
  } catch {
    return undefined;
  }
};

/** Refuses a source that names the second part of a split GGUF: engines start from the first. */
export const checkFirstPart = (source: BoundSource): void => {
  const part = partNumber(source.fileName);
  if (part === undefined || part === 1) return;
  throw fileError(source.fileName, 'the first part of a split GGUF (…-00001-of-…)', `part ${part}`);
};

const checkContent = async (file: string, expected: string | undefined, request: ResolveRequest): Promise<void> => {
  if (expected === undefined) return;
  const remembered = await readStamp(request.dir, file);
  if (remembered !== undefined) return checkHash(file, remembered, expected);
  request.onProgress({ phase: 'checking', file });
  const actual = await hashFile(file, request.signal);
  checkHash(file, actual, expected);
  await writeStamp(request.dir, file, actual);
};

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
