import { randomBytes } from 'node:crypto';
import { access, chmod, link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ServiceError } from '../errors/service-error.ts';

/** For keys and secrets: their owner alone may read them. */
export const PRIVATE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Makes a folder, open to its owner alone; one that was there stays as open as it was. */
export const makeFolder = (path: string): Promise<void> => explained(path, () => makeFolders(path));

/** Makes a folder that holds private keys, open to its owner alone. */
export const makePrivateFolder = (path: string): Promise<void> =>
  explained(path, async () => {
    await makeFolders(path);
    // A folder that was there before may be open to others.
    await chmod(path, FOLDER_MODE);
  });

// Node's own recursive mkdir never returns where a folder that exists answers «no such file» (seen with /proc).
const makeFolders = async (path: string): Promise<void> => {
  try {
    await mkdir(path, { mode: FOLDER_MODE });
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || parent === path || (await exists(parent))) throw error;
    await makeFolders(parent);
    await makeFolders(path);
  }
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The content of the file, or undefined where there is none. */
export const readIfPresent = (path: string): Promise<string | undefined> =>
  explained(path, async () => {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  });

/**
 * The content of the file, made first where there is none. Of several processes that make it at once one wins and
 * all get the winner's; nobody ever sees half a file.
 */
export const ensureFile = async (path: string, mode: number, make: () => string | Promise<string>): Promise<string> => {
  const present = await readIfPresent(path);
  if (present !== undefined) return present;
  const content = await make();
  return explained(path, async () => {
    const temporary = await writeTemporary(path, mode, content);
    try {
      // A link, unlike a rename, fails where the name exists.
      await link(temporary, path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    } finally {
      await unlink(temporary);
    }
    return readFile(path, 'utf8');
  });
};

/** Puts new content under the name at once; readers see the old file or the new one. */
export const replaceFile = (path: string, mode: number, content: string): Promise<void> =>
  explained(path, async () => rename(await writeTemporary(path, mode, content), path));

const writeTemporary = async (path: string, mode: number, content: string): Promise<string> => {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}`);
  await writeFile(temporary, content, { mode, flag: 'wx', flush: true });
  return temporary;
};

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown');

/** Says that a file of the data folder cannot be read or written, and what to do. */
export const dataFolderError = (path: string, cause: unknown): ServiceError => {
  const message = `data folder: expected to read and write ${path}, got ${codeOf(cause)}; mend its permissions or choose another folder with --data`;
  return new ServiceError('ERR_CONFIG_DATA_FOLDER', message, { cause });
};

const explained = async <T>(path: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw dataFolderError(path, error);
  }
};
