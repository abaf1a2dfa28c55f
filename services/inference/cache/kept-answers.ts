import type { Logger } from '../../../core/telemetry/log.ts';
import type { GenerationEvent } from '../call.ts';
import type { CacheStore } from './store.ts';
import { readAnswer, writeAnswer } from './stored-answer.ts';

type Events = readonly GenerationEvent[];

/** An answer and how old it is. */
export interface OldAnswer {
  readonly events: Events;
  readonly ageMs: number;
}

/** The answers in a store. A store that fails costs its answers, never a request. */
export interface KeptAnswers {
  find(tenant: string, key: string): Events | undefined | Promise<Events | undefined>;
  /** Also one that is older than `find` would use. */
  findOld(tenant: string, key: string, maxAgeMs: number): Promise<OldAnswer | undefined>;
  /** `events` makes what is kept; where it throws, nothing is. At least as long as answers are used again. */
  keep(tenant: string, key: string, events: () => Events, leastMs?: number): void;
}

interface Deps {
  readonly store: Pick<CacheStore, 'get' | 'set'>;
  /** How long an answer is used again; an edit applies to those kept before it, too. */
  readonly ttlMs: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Pick<Logger, 'warn'>;
}

/** A store that is down would say so with every request. */
const QUIET_MS = 60_000;

/** Reads and writes answers in a store. */
export const createKeptAnswers = ({ store, ttlMs, now, log }: Deps): KeptAnswers => {
  let quietUntil = Number.NEGATIVE_INFINITY;
  const failed = (error: unknown): undefined => {
    if (now() < quietUntil) return;
    quietUntil = now() + QUIET_MS;
    const text = 'the response cache failed; requests are answered as if nothing were kept';
    log.warn('cache.failed', { err: error }, text);
  };
  const read = (bytes: Uint8Array | undefined): Events | undefined =>
    bytes === undefined ? undefined : readAnswer(bytes, { now: now(), ttlMs: ttlMs() })?.events;
  return {
    find(tenant, key) {
      try {
        const found = store.get(tenant, key);
        return found instanceof Promise ? found.then(read).catch(failed) : read(found);
      } catch (error) {
        return failed(error);
      }
    },
    async findOld(tenant, key, maxAgeMs) {
      try {
        const bytes = await store.get(tenant, key);
        return bytes === undefined ? undefined : readAnswer(bytes, { now: now(), ttlMs: maxAgeMs });
      } catch (error) {
        return failed(error);
      }
    },
    keep(tenant, key, events, leastMs = 0) {
      try {
        const kept = store.set(tenant, key, writeAnswer(events(), now()), Math.max(ttlMs(), leastMs));
        if (kept instanceof Promise) kept.catch(failed);
      } catch (error) {
        failed(error);
      }
    },
  };
};
