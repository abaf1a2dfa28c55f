import type { Plugin, Started } from '../../../core/plugins/plugin.ts';

/**
 * Where answers are kept. Keys tell nothing of what they stand for; values are opaque. A store in the process answers at
 * once, one elsewhere with a promise. One that throws or rejects costs a lookup, never a request.
 */
export interface CacheStore extends Started {
  get(tenant: string, key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** What is too large to be kept is left out silently. */
  set(tenant: string, key: string, answer: Uint8Array, ttlMs: number): void | Promise<void>;
  /** Deletes everything of one tenant. */
  forget(tenant: string): void | Promise<void>;
  /** Keeps at most so many bytes from now on; 0 keeps nothing. */
  resize(maxBytes: number): void;
  /** Bytes kept now; undefined where the store cannot tell. */
  usedBytes(): number | undefined;
}

export interface CacheContext {
  readonly maxBytes: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export type CachePlugin<Options> = Plugin<Options, CacheContext, CacheStore>;
