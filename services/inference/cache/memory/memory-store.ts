import { LRUCache } from 'lru-cache';
import type { CacheStore } from '../store.ts';

type Entries = LRUCache<string, Uint8Array>;

/** What an entry costs beside its bytes: the key, the buffer object, its place in the list. */
const ENTRY_OVERHEAD_BYTES = 300;

/** Least recently used by bytes, with a time to live per entry. */
export const createMemoryStore = (initialBytes: number, now: () => number): CacheStore => {
  let entries = createEntries(initialBytes, now);
  return {
    get: (tenant, key) => entries?.get(placeOf(tenant, key)),
    set: (tenant, key, answer, ttlMs) => void entries?.set(placeOf(tenant, key), answer, { ttl: ttlMs }),
    forget(tenant) {
      const start = placeOf(tenant, '');
      for (const place of [...(entries?.keys() ?? [])]) if (place.startsWith(start)) entries?.delete(place);
    },
    resize(maxBytes) {
      if (maxBytes === (entries?.maxSize ?? 0)) return;
      const before = entries;
      entries = createEntries(maxBytes, now);
      if (before !== undefined) refill(before, entries);
    },
    usedBytes: () => entries?.calculatedSize ?? 0,
    stop: async () => entries?.clear(),
  };
};

// Keys are hashes without a colon, so no tenant can be taken for the beginning of another.
const placeOf = (tenant: string, key: string): string => `${tenant.length}:${tenant}:${key}`;

const createEntries = (maxBytes: number, now: () => number): Entries | undefined =>
  maxBytes === 0
    ? undefined // the library reads 0 as «no limit»
    : new LRUCache({
        maxSize: maxBytes,
        sizeCalculation: (answer, place) => answer.byteLength + place.length + ENTRY_OVERHEAD_BYTES,
        perf: { now },
        ttlResolution: 0,
      });

/** The size of a cache is fixed when it is made; the oldest entries go in first, so that they are the first to go. */
const refill = (from: Entries, to: Entries | undefined): void => {
  for (const place of from.rkeys()) {
    const answer = from.peek(place);
    if (answer !== undefined) to?.set(place, answer, { ttl: from.getRemainingTTL(place) });
  }
};
