import { ExponentialBackoff, type IBackoff, noJitterGenerator } from 'cockatiel';

/** Waits between attempts; `reset` after a success. */
export interface Backoff {
  /** Milliseconds to wait before the next attempt. */
  next(): number;
  reset(): void;
}

interface Options {
  /** Upper bound of the first wait. */
  readonly minMs: number;
  /** Upper bound of every wait. */
  readonly maxMs: number;
  /** 0 to 1, exclusive of 1. */
  readonly random?: () => number;
}

/** Exponential back-off with full jitter: each wait is anywhere from 0 to a bound that doubles from `minMs` to `maxMs`. */
export const createBackoff = ({ minMs, maxMs, random = Math.random }: Options): Backoff => {
  const factory = new ExponentialBackoff<number>({
    // From 0 the bound would become 0 times infinity after a thousand attempts.
    initialDelay: Math.max(1, minMs),
    maxDelay: maxMs,
    // cockatiel's fullJitterGenerator, which has no way to hand the randomness in.
    generator: (attempts, options) => {
      const [bound, next] = noJitterGenerator(attempts, options);
      return [Math.floor(random() * bound), next];
    },
  });
  let current: IBackoff<unknown> | undefined;
  return {
    next() {
      current = current === undefined ? factory.next() : current.next(undefined);
      return current.duration;
    },
    reset() {
      current = undefined;
    },
  };
};
