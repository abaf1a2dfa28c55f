import { rm } from 'node:fs/promises';
import { PRIVATE_MODE, replaceFile } from '../../core/config/private-files.ts';

/** Time, handed in so that a test can play it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls again and again; answers what ends it. */
  every(ms: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  now: Date.now,
  every(ms, act) {
    const timer = setInterval(act, ms).unref();
    return () => clearInterval(timer);
  },
};

interface Options {
  readonly file: string;
  readonly lifeSeconds: number;
  readonly mint: (lifeSeconds: number) => Promise<string>;
  readonly clock: Clock;
  /** Told once when renewing begins to fail and once when it works again. */
  readonly onFailing: (error: unknown) => void;
  readonly onRecovered: () => void;
}

export interface TokenFile {
  /** Settles when there is a token. */
  readonly ready: Promise<void>;
  readonly isRenewing: boolean;
  /** Removes it. */
  stop(): Promise<void>;
}

/**
 * The wall clock is looked at this often at least: a timer of half a life would sleep on with a machine that is asleep, and
 * wake up to a token that has ended.
 */
const LOOK_MS = 15_000;
const LOOKS_PER_LIFE = 8;

/**
 * Keeps a valid token in a file that others read at each use. It is renewed at half of its life, so that half a life is left
 * to mend whatever keeps it from being renewed, which is tried again at every look.
 */
export const keepTokenFile = (options: Options): TokenFile => {
  const { file, lifeSeconds, mint, clock, onFailing, onRecovered } = options;
  const lifeMs = lifeSeconds * 1000;
  const ready = Promise.withResolvers<void>();
  let mintedAt: number | undefined;
  let isFailing = false;
  let renewing: Promise<void> | undefined;

  const isDue = (): boolean => {
    if (mintedAt === undefined) return true;
    const age = clock.now() - mintedAt;
    // Of a clock that was set back: the token would be one from the future.
    return age < 0 || age >= lifeMs / 2;
  };
  const renew = async (): Promise<void> => {
    const at = clock.now();
    try {
      await replaceFile(file, PRIVATE_MODE, await mint(lifeSeconds));
    } catch (error) {
      if (!isFailing) onFailing(error);
      isFailing = true;
      return;
    }
    mintedAt = at;
    if (isFailing) onRecovered();
    isFailing = false;
    ready.resolve();
  };
  const look = (): void => {
    if (renewing !== undefined || !isDue()) return;
    renewing = renew().finally(() => {
      renewing = undefined;
    });
  };

  look();
  const cancel = clock.every(Math.min(LOOK_MS, lifeMs / LOOKS_PER_LIFE), look);
  return {
    ready: ready.promise,
    get isRenewing() {
      return renewing !== undefined;
    },
    async stop() {
      cancel();
      await renewing;
      await rm(file, { force: true });
    },
  };
};
