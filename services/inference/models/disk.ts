import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { formatBytes } from './format.ts';

/** Bytes a file in `folder` may still take; the folder must exist. */
export const freeDiskBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Throws ERR_MODELS_DISK when `bytes` more do not fit into `folder`. */
export const checkRoom = async (folder: string, bytes: number): Promise<void> => {
  const free = await freeDiskBytes(folder);
  if (bytes <= free) return;
  throw new ServiceError(
    'ERR_MODELS_DISK',
    `${folder}: expected ${formatBytes(bytes)} of free disk space for the model, found ${formatBytes(free)}; free ${formatBytes(bytes - free)}, or set CLAWDBOT_MODELS_DIR to a larger disk`,
    { details: { neededBytes: bytes, freeBytes: free }, retryAfterSeconds: 60 },
  );
};

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** ERR_MODELS_DISK for a write that failed because the disk or the quota is full; `undefined` for other failures. */
export const diskFull = (error: unknown, path: string): ServiceError | undefined => {
  if (!(error instanceof Error) || !('code' in error) || !FULL.has(String(error.code))) return undefined;
  return new ServiceError(
    'ERR_MODELS_DISK',
    `${dirname(path)}: the disk became full while the model was written (${error.code}); free space, or set CLAWDBOT_MODELS_DIR to a larger disk`,
    { details: { errno: String(error.code) }, cause: error, retryAfterSeconds: 60 },
  );
};
