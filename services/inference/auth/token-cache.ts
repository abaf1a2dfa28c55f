import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** What is remembered of a good token. */
interface Remembered {
  /** Epoch milliseconds. */
  readonly goodUntil: number;
}

/** Remembers what tokens turned out to be, because verifying one costs more than the rest of a request. */
export interface TokenCache<Verified extends Remembered> {
  /** At once where the token is known; undefined where it is not good, or would have to be looked at and must not be. */
  verify(token: string, mayLook?: boolean): Verified | undefined | Promise<Verified | undefined>;
  /** Forgets everything: the keys changed. */
  clear(): void;
  readonly size: number;
}

interface Options<Verified> {
  readonly verify: (token: string) => Promise<Verified | undefined>;
  readonly maxEntries: number;
  /** Epoch milliseconds: tokens say until when they are good. */
  readonly now: () => number;
  /** The same, through steps of the clock: how long a refusal is remembered. Default: `now`. */
  readonly steadyNow?: () => number;
}

/** Long enough to make a client that repeats a bad token cheap, short enough for one that came a moment too early. */
const REFUSAL_MS = 10_000;
const MAX_REFUSALS = 10_000;

/**
 * Entries are keyed by SHA-256, which costs about a microsecond: the cache then holds no credentials, and its size
 * does not depend on what clients send. Refusals are kept apart, so that a flood of garbage cannot push out good tokens.
 */
export const createTokenCache = <Verified extends Remembered>({
  verify,
  maxEntries,
  now,
  steadyNow = now,
}: Options<Verified>): TokenCache<Verified> => {
  const good = new LRUCache<string, Verified>({ max: Math.max(1, maxEntries) });
  const refused = new LRUCache<string, number>({ max: Math.max(1, Math.min(maxEntries, MAX_REFUSALS)) });
  const pending = new Map<string, Promise<Verified | undefined>>();
  // A verification that began before the keys changed must not be remembered after it.
  let generation = 0;

  const remember = (key: string, token: Verified | undefined) => {
    if (maxEntries === 0) return;
    if (token === undefined) refused.set(key, steadyNow() + REFUSAL_MS);
    else good.set(key, token);
  };
  const start = (key: string, token: string): Promise<Verified | undefined> => {
    const startedIn = generation;
    const task = verify(token)
      .then((result) => {
        if (startedIn === generation) remember(key, result);
        return result;
      })
      .finally(() => {
        if (pending.get(key) === task) pending.delete(key);
      });
    pending.set(key, task);
    return task;
  };

  return {
    verify(token, mayLook = true) {
      const key = hash('sha256', token, 'base64url');
      const known = good.get(key);
      if (known !== undefined) {
        if (known.goodUntil > now()) return known;
        good.delete(key);
        return undefined;
      }
      if ((refused.get(key) ?? 0) > steadyNow()) return undefined;
      const looking = pending.get(key);
      if (looking !== undefined) return looking;
      return mayLook ? start(key, token) : undefined;
    },
    clear() {
      generation++;
      good.clear();
      refused.clear();
      pending.clear();
    },
    get size() {
      return good.size + refused.size + pending.size;
    },
  };
};
