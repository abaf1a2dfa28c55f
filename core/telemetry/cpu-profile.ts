import { mkdir, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ServiceError } from '../errors/service-error.ts';

export interface ProfileOptions {
  readonly seconds: number;
  /** Written when the time is over, for the owner alone: browser tools open it. */
  readonly file: string;
  /** Ends it early; what was seen so far is written. */
  readonly signal?: AbortSignal;
}

const SAMPLE_EVERY_US = 1000;
let isProfiling = false;

/** Where this process spends its CPU time; names of functions and files, no data. One at a time in a process. */
export const recordCpuProfile = async ({ seconds, file, signal }: ProfileOptions): Promise<void> => {
  if (isProfiling)
    throw new ServiceError(
      'ERR_HTTP_PROFILE_BUSY',
      'profile: expected one at a time, got a second; wait for the first',
    );
  isProfiling = true;
  const session = new Session();
  try {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
    await session.post('Profiler.start');
    await wait(seconds * 1000, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }).catch(
      () => undefined,
    );
    const { profile } = await session.post('Profiler.stop');
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, JSON.stringify(profile), { mode: 0o600 });
  } finally {
    session.disconnect();
    isProfiling = false;
  }
};
