import type { Decoder } from './decoder.ts';
import type { PrefixStash } from './prefix-stash.ts';
import { endOf, type PrefixNode } from './prefix-tree.ts';

/** Takes kept prefixes out of the pool and puts them back. */
export interface PrefixSaver {
  /** Keeps what this node holds; called before its cells are given up. */
  save(owner: string, node: PrefixNode): void;
  /** How long these tokens are known once what lies outside is put back; needs so many free cells for a while. */
  find(owner: string, tokens: readonly number[], known: number): Found | undefined;
}

export interface Found {
  /** Tokens that will be known. */
  readonly length: number;
  /** Free cells it takes until what is not needed of it has been given back. */
  readonly cells: number;
  /** Puts the cells from the known tokens on to `length` into an empty sequence; false when that failed. */
  restore(sequence: number): boolean;
}

export interface PrefixSaverOptions {
  readonly decoder: Pick<Decoder, 'copy' | 'remove' | 'save' | 'restore'>;
  readonly stash: PrefixStash;
  /** A sequence nobody else uses, with a number the library writes out. */
  readonly scratch: number;
}

/** Fewer tokens are computed again as fast as they are looked for. */
const WORTH_SAVING = 32;

/** A saver whose prefixes lie in `stash`. */
export const createPrefixSaver = ({ decoder, stash, scratch }: PrefixSaverOptions): PrefixSaver => ({
  save(owner, node) {
    if (node.tokens.length < WORTH_SAVING || node.isSaved === true) return;
    node.isSaved = true;
    decoder.copy(node.sequence, scratch, node.start, endOf(node));
    const state = decoder.save(scratch);
    decoder.remove(scratch, 0);
    if (state !== undefined) stash.put({ owner, tokens: wholePath(node), start: node.start, state });
  },
  find(owner, tokens, known) {
    const found = stash.find(owner, tokens, known);
    const length = Math.min(found?.common ?? 0, tokens.length - 1);
    if (found === undefined || length - known < WORTH_SAVING) return undefined;
    const { prefix } = found;
    return {
      length,
      cells: prefix.tokens.length - prefix.start,
      restore(sequence) {
        if (!decoder.restore(sequence, prefix.state)) return false;
        if (known > prefix.start) decoder.remove(sequence, prefix.start, known);
        if (length < prefix.tokens.length) decoder.remove(sequence, length, prefix.tokens.length);
        return true;
      },
    };
  },
});

const wholePath = (node: PrefixNode): number[] => {
  const parts: (readonly number[])[] = [];
  for (let at: PrefixNode | undefined = node; at !== undefined; at = at.parent) parts.unshift(at.tokens);
  return parts.flat();
};
