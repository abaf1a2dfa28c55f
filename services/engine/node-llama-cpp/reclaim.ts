import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const BYTES_PER_CANDIDATE = 12;
/** Native memory that may lie about unused. */
const GARBAGE_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Bounds the native garbage of the library: every evaluation makes a sampler with a table over the whole vocabulary,
 * which is freed only when JavaScript collects its wrapper, and the few bytes of a wrapper give the collector no reason
 * to run (measured without this: 0.6 MB more per request, without end). Call the result once per evaluation.
 */
export const createReclaimer = (vocabularySize: number, collect: () => void): (() => void) => {
  let garbage = 0;
  return () => {
    garbage += vocabularySize * BYTES_PER_CANDIDATE;
    if (garbage < GARBAGE_LIMIT_BYTES) return;
    garbage = 0;
    collect();
  };
};

/** Runs the garbage collector of this process; the documented way to get at it without a command-line flag. */
export const exposedCollector = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  return typeof collect === 'function' ? () => collect() : () => {};
};
