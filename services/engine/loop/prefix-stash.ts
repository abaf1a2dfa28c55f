import { LRUCache } from 'lru-cache';
import { commonLength } from './prefix-tree.ts';

/** The end of a prefix, whose keys and values lie outside the pool as the decoder wrote them out. */
export interface StashedPrefix {
  readonly owner: string;
  /** The whole prefix from its first token on. */
  readonly tokens: readonly number[];
  /** How many of them lie elsewhere; `state` holds the others. */
  readonly start: number;
  readonly state: Uint8Array;
}

export interface PrefixStash {
  readonly usedBytes: number;
  put(prefix: StashedPrefix): void;
  /** What goes on where these tokens are known up to, for the longest way, and how long they are known then. */
  find(
    owner: string,
    tokens: readonly number[],
    known: number,
  ): { readonly prefix: StashedPrefix; readonly common: number } | undefined;
}

/** What an entry costs beside its state: a number for each token. */
const TOKEN_BYTES = 8;

/**
 * Prefixes that lost their place in the pool, in plain memory: there they cost the attention of running answers
 * nothing, and copying them back takes a hundredth of the time of computing them. The least recently used goes first.
 */
export const createPrefixStash = (maxBytes: number): PrefixStash => {
  // The library takes a size of 0 for "no limit".
  const entries =
    maxBytes > 0 ? new LRUCache<number, StashedPrefix>({ maxSize: maxBytes, sizeCalculation }) : undefined;
  let nextKey = 0;

  /** The entry that says all that this one does; one that says less of the same is dropped. */
  const coveredBy = ({ owner, tokens, start }: StashedPrefix): number | undefined => {
    for (const [key, known] of entries?.entries() ?? []) {
      if (known.owner !== owner) continue;
      const common = commonLength(known.tokens, 0, tokens, 0);
      if (common === tokens.length && known.start <= start) return key;
      if (common === known.tokens.length && known.start >= start) entries?.delete(key);
    }
    return undefined;
  };

  return {
    get usedBytes() {
      return entries?.calculatedSize ?? 0;
    },
    put(prefix) {
      const known = coveredBy(prefix);
      if (known !== undefined) entries?.get(known);
      else entries?.set(nextKey, prefix);
      nextKey += 1;
    },
    find(owner, tokens, known) {
      let best: { readonly key: number; readonly common: number } | undefined;
      for (const [key, entry] of entries?.entries() ?? []) {
        if (entry.owner !== owner || entry.start > known) continue;
        const common = commonLength(entry.tokens, 0, tokens, 0);
        if (common > (best?.common ?? known)) best = { key, common };
      }
      const prefix = best === undefined ? undefined : entries?.get(best.key);
      return best === undefined || prefix === undefined ? undefined : { prefix, common: best.common };
    },
  };
};

const sizeCalculation = ({ tokens, state }: StashedPrefix): number => state.byteLength + tokens.length * TOKEN_BYTES;
