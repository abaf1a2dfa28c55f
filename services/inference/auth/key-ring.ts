import { type KeyObject, timingSafeEqual } from 'node:crypto';
import { apiKeyId, hashApiKey } from './api-keys.ts';
import { type Identity, identityOf } from './identity.ts';
import type { KeyStore, StoredKey } from './key-store.ts';

/** The API keys in memory. */
export interface KeyRing {
  /** Undefined for a key that is malformed, unknown, wrong, revoked or expired: which of these stays in here. */
  identify(key: string): Identity | undefined;
  /** When the first of the keys that are valid now ends, in epoch milliseconds; undefined when none does. */
  nextExpiry(): number | undefined;
  /** Reads them anew. */
  reload(): void;
  /** Writes down which keys were used since the last time. */
  flush(): void;
}

interface Options {
  readonly store: Pick<KeyStore, 'list' | 'touch'>;
  readonly pepper: KeyObject;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const HASH_BYTES = 32;
const HOUR_MS = 3_600_000;

interface Entry extends StoredKey {
  readonly identity: Identity;
}

/** Loads the keys. */
export const createKeyRing = ({ store, pepper, now }: Options): KeyRing => {
  let entries = load(store);
  const nobody = Buffer.alloc(HASH_BYTES);
  const usedIn = new Map<string, number>();
  let unwritten = new Map<string, number>();

  const noteUse = (id: string, at: number): void => {
    const hour = at - (at % HOUR_MS);
    if (usedIn.get(id) === hour) return;
    usedIn.set(id, hour);
    unwritten.set(id, hour);
  };

  return {
    identify(key) {
      const id = apiKeyId(key);
      if (id === undefined) return undefined;
      const entry = entries.get(id);
      // The same work for an unknown id as for a wrong secret, so that time tells neither.
      const isRight = timingSafeEqual(hashApiKey(key, pepper), entry?.hash ?? nobody);
      if (entry === undefined || !isRight || entry.revokedAt !== null) return undefined;
      const at = now();
      if (entry.expiresAt !== null && entry.expiresAt <= at) return undefined;
      noteUse(id, at);
      return entry.identity;
    },
    nextExpiry() {
      const at = now();
      const ends = [...entries.values()].flatMap(({ expiresAt, revokedAt }) =>
        expiresAt === null || revokedAt !== null || expiresAt <= at ? [] : [expiresAt],
      );
      return ends.length === 0 ? undefined : Math.min(...ends);
    },
    reload() {
      entries = load(store);
    },
    flush() {
      if (unwritten.size === 0) return;
      const uses = unwritten;
      unwritten = new Map();
      store.touch(uses);
    },
  };
};

const load = (store: Options['store']): ReadonlyMap<string, Entry> =>
  new Map(store.list().map((key) => [key.id, { ...key, identity: identityOf({ ...key, keyId: `key:${key.id}` }) }]));
