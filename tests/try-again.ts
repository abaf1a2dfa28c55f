import { setTimeout as wait } from 'node:timers/promises';
import { ExecaError } from 'execa';

const PAUSE_MS = 5000;

interface Options {
  readonly tries?: number;
  readonly pauseMs?: number;
}

/**
 * Does what needs the network up to three times: a download that breaks off is no reason to leave tests out. A program that is
 * not there, or that used up its time, is not asked again.
 */
export const tryAgain = async <T>(
  work: () => Promise<T>,
  { tries = 3, pauseMs = PAUSE_MS }: Options = {},
): Promise<T> => {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left <= 0 || isFinal(error)) throw error;
      await wait(pauseMs);
    }
  }
};

const isFinal = (error: unknown): boolean =>
  error instanceof ExecaError && (error.code === 'ENOENT' || error.timedOut === true);
