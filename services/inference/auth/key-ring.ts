import { type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Scope } from '../call.ts';
import { apiKeyId, hashApiKey } from './api-keys.ts';
import type { KeyStore, StoredKey } from './key-store.ts';

/** Whom a credential stands for, wherever the call comes from. */
export interface Identity {
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** The API keys in memory, kept true to the database. */
export interface KeyRing {
  /** Undefined for a key that is malformed, unknown, wrong, revoked or expired: which of these stays in here. */
  identify(key: string): Identity | undefined;
  stop(): void;
}

interface Options {
  readonly store: KeyStore;
  readonly pepper: KeyObject;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  readonly pollMs?: number;
}

const POLL_MS = 500;
const HASH_BYTES = 32;

interface Entry extends StoredKey {
  readonly identity: Identity;
}

/** Loads the keys and follows what other processes do to them within `pollMs`. */
export const createKeyRing = ({ store, pepper, now, onError, pollMs = POLL_MS }: Options): KeyRing => {
  let entries = load(store);
  let version = store.version();
  const refresh = () => {
    const current = store.version();
    if (current === version) return;
    entries = load(store);
    version = current;
  };
  const timer = setInterval(() => {
    try {
      refresh();
    } catch (error) {
      onError(error);
    }
  }, pollMs);
  const nobody = Buffer.alloc(HASH_BYTES);

  return {
    identify(key) {
      const id = apiKeyId(key);
      if (id === undefined) return undefined;
      const entry = entries.get(id);
      // The same work for an unknown id as for a wrong secret, so that time tells neither.
      const isRight = timingSafeEqual(hashApiKey(key, pepper), entry?.hash ?? nobody);
      if (entry === undefined || !isRight || entry.revokedAt !== null) return undefined;
      return entry.expiresAt !== null && entry.expiresAt <= now() ? undefined : entry.identity;
    },
    stop() {
      clearInterval(timer);
      store.close();
    },
  };
};

const load = (store: KeyStore): ReadonlyMap<string, Entry> =>
  new Map(store.list().map((key) => [key.id, { ...key, identity: { keyId: `key:${key.id}`, scopes: key.scopes } }]));
