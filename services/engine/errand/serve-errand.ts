import { ServiceError } from '../../../core/errors/service-error.ts';
import { asEngineError } from '../failure.ts';
import type { ErrandAnswer } from './run-errand.ts';

/** Waits for the one job of this process, does it and answers; whoever started the process ends it. */
export const serveErrand = <Result>(
  work: (job: unknown, onProgress: (ratio: number) => void) => Promise<Result>,
): void => {
  const answer = (message: ErrandAnswer): void => void process.send?.(message);
  const onProgress = (ratio: number): void => answer({ type: 'progress', ratio });
  // Native code that runs on another thread would hold up an orderly exit.
  process.on('disconnect', () => void process.kill(process.pid, 'SIGKILL'));
  // The listener stays, and with it the process: one that ended by itself might be seen to end before its answer is read.
  process.on('message', async (job) => {
    try {
      answer({ type: 'done', result: await work(job, onProgress) });
    } catch (error) {
      const { code, message } = error instanceof ServiceError ? error : asEngineError(error);
      answer({ type: 'failed', code, message });
    }
  });
};
