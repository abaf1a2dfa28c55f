import type { Decoder } from './decoder.ts';
import type { PrefixSaver } from './prefix-saver.ts';
import type { PrefixNode } from './prefix-tree.ts';

export interface CellPoolOptions {
  readonly decoder: Decoder;
  /** Answers that run at once; their sequences are numbered from 0, those of kept prefixes follow. */
  readonly slots: number;
  /** Most cells kept for prefixes that nobody uses at the moment; each makes the attention of all others dearer. */
  readonly idleCells: number;
  /** Where prefixes go that are given up; absent: nowhere. */
  readonly saver?: PrefixSaver;
  /** The first sequence that kept prefixes may take; absent: the one after those of the slots. */
  readonly firstSequence?: number;
}

/** The cells of one running answer. */
export interface Holding {
  readonly slot: number;
  readonly root: PrefixNode;
  /** The deepest kept prefix it uses. */
  node: PrefixNode;
  /** Tokens whose cells it has; those past the end of `node` are its own. */
  length: number;
}

/** The one pool of key-value cells: who holds how many, and which prefixes are kept for the next request. */
export interface CellPool {
  readonly free: number;
  /** Cells of kept prefixes that nobody uses at the moment. */
  readonly idle: number;
  /** Takes over the longest kept prefix of a prompt, short of its last token, which must be computed. */
  take(slot: number, owner: string, tokens: readonly number[]): Holding;
  /** How many tokens of a prompt are kept. */
  known(owner: string, tokens: readonly number[]): number;
  /** Gives up idle prefixes until so many cells are free; false when there are not enough. */
  makeRoom(cells: number): boolean;
  /** So many more tokens were computed for this holding. */
  grow(holding: Holding, count: number): void;
  /** Keeps what is computed of these tokens for others. */
  keep(holding: Holding, tokens: readonly number[]): void;
  /** Gives everything back but what was kept. */
  release(holding: Holding): void;
}
