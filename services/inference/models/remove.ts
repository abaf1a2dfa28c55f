import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { check } from 'proper-lockfile';
import type { ModelConfig } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { forgetStamp, locate } from './cache.ts';
import { bindSource } from './sources/table.ts';

/** What the cache holds of a model, whole or not. */
export interface CachedModel {
  readonly folders: readonly string[];
  readonly bytes: number;
}

/** Finds what the cache holds of a model; files that a person configured by path are never part of it. */
export const cachedModel = async (model: ModelConfig, dir: string): Promise<CachedModel> => {
  const sources = model.sources.map(bindSource).filter((source) => source.place === 'elsewhere');
  const candidates = [...new Set(sources.map((source) => locate(source, dir).folder))];
  const sizes = await Promise.all(candidates.map(folderBytes));
  const folders = candidates.filter((_, index) => sizes[index] !== undefined);
  return { folders, bytes: sizes.reduce<number>((total, size) => total + (size ?? 0), 0) };
};

/** Deletes it; throws ERR_MODELS_SOURCE while another process is fetching that model. */
export const removeCached = async ({ folders }: CachedModel, dir: string): Promise<void> => {
  for (const folder of folders) {
    const isFetching = await check(folder, { lockfilePath: join(folder, '.lock'), realpath: false });
    if (isFetching)
      throw new ServiceError('ERR_MODELS_SOURCE', `${folder}: a process is fetching this model; stop it first`);
    for (const name of await readdir(folder)) await forgetStamp(dir, join(folder, name));
    await rm(folder, { recursive: true, force: true });
  }
};

const folderBytes = async (folder: string): Promise<number | undefined> => {
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return undefined;
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then(({ size }) => size)));
  return sizes.reduce((total, size) => total + size, 0);
};
