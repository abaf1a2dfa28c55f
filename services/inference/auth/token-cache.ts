import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { VerifiedToken, VerifyToken } from './token-verifier.ts';

/** Remembers what tokens turned out to be, because verifying one costs more than the rest of a request. */
export interface TokenCache {
  /** At once where the token is known, undefined where it is not good. */
  verify(token: string): VerifiedToken | undefined | Promise<VerifiedToken | undefined>;
  /** Forgets everything: the keys changed. */
  clear(): void;
  readonly size: number;
}

interface Options {
  readonly verify: VerifyToken;
  readonly maxEntries: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Long enough to make a client that repeats a bad token cheap, short enough for one that came a moment too early. */
const REFUSAL_MS = 10_000;
const MAX_REFUSALS = 10_000;

/**
 * Entries are keyed by SHA-256, which costs about a microsecond: the cache then holds no credentials, and its size
 * does not depend on what clients send. Refusals are kept apart, so that a flood of garbage cannot push out good tokens.
 */
export const createTokenCache = ({ verify, maxEntries, now }: Options): TokenCache => {
  const good = new LRUCache<string, VerifiedToken>({ max: Math.max(1, maxEntries) });
  const refused = new LRUCache<string, number>({ max: Math.max(1, Math.min(maxEntries, MAX_REFUSALS)) });
  const pending = new Map<string, Promise<VerifiedToken | undefined>>();
  // A verification that began before the keys changed must not be remembered after it.
  let generation = 0;

  const remember = (key: string, token: VerifiedToken | undefined) => {
    if (maxEntries === 0) return;
    if (token === undefined) refused.set(key, now() + REFUSAL_MS);
    else good.set(key, token);
  };
  const start = (key: string, token: string): Promise<VerifiedToken | undefined> => {
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
    verify(token) {
      const key = hash('sha256', token, 'base64url');
      const known = good.get(key);
      if (known !== undefined) {
        if (known.goodUntil > now()) return known;
        good.delete(key);
        return undefined;
      }
      if ((refused.get(key) ?? 0) > now()) return undefined;
      return pending.get(key) ?? start(key, token);
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
