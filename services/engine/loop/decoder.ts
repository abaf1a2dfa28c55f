import type { TokenLogprob } from '../protocol/generation.ts';

/** How one batch went: `full` when the pool has no cells left for it, `failed` when the library could not compute it. */
export type DecodeOutcome = 'done' | 'full' | 'failed';

/** One token of a batch. */
export interface BatchToken {
  readonly token: number;
  readonly position: number;
  readonly sequence: number;
  /** Whether the next token is to be sampled after this one. */
  readonly isSampled: boolean;
}

/** A model with its pool of key-value cells, as the loop uses it; every call is synchronous. */
export interface Decoder {
  /** Most tokens of one batch. */
  readonly batchTokens: number;
  /** Most tokens of one batch whose successors are sampled: one for each slot, and one for each token guessed ahead. */
  readonly maxOutputs: number;
  /**
   * Most tokens of one batch that look at cells of several answers. Beyond this the CPU's attention works in tiles, and
   * each tile is as dear as the cells of all its answers together.
   */
  readonly mixedTokens: number;
  /** Whether a batch is computed in parts with as many tokens of each of its sequences, which therefore should have equally many. */
  readonly isEven: boolean;
  /** Cells of the pool. */
  readonly cells: number;
  /** Sequences are numbered from 0 to below this. */
  readonly sequences: number;
  /** Whether one sequence may take over cells of another: true where every cell belongs to one token. */
  readonly canShare: boolean;
  /** Whether the end of a sequence may be given back, and what `save` gives be cut after `restore`. */
  readonly canCut: boolean;
  /** Appends to the batch; returns the place by which the sampler finds its output. */
  add(token: BatchToken): number;
  /** With which adapters the next batch is computed; empty: with none. All its tokens share them. */
  useVariant(variant: string): void;
  /** How many threads compute from now on. */
  useThreads(threads: number): void;
  /** Computes the batch, which is empty afterwards. A batch that was not done has left no cells behind. */
  decode(): DecodeOutcome;
  /** Lets `to` use the cells of `from` for positions `start` to below `end`. */
  copy(from: number, to: number, start: number, end: number): void;
  /** The keys and values of all cells of a sequence, to be put back later; `undefined` where that is not possible. */
  save(sequence: number): Uint8Array | undefined;
  /** Puts back what `save` gave into free cells of an empty sequence; false, and nothing changed, when they do not suffice. */
  restore(sequence: number, state: Uint8Array): boolean;
  /** Gives back the cells of a sequence from position `start` on, or to below `end`. */
  remove(sequence: number, start: number, end?: number): void;
}

/** What the sampler chose: a token, the end of the answer, or nothing that could be chosen. */
export type Sampled =
  | { readonly kind: 'token'; readonly token: number; readonly logprob?: TokenLogprob }
  | { readonly kind: 'end' }
  | { readonly kind: 'impossible'; readonly reason: 'logits' | 'grammar' };

/** Chooses the tokens of one answer; its state goes on when the answer is preempted and resumed. */
export interface Sampler {
  /** `place` is what `add` returned in the batch that was computed last. */
  sample(place: number): Sampled;
  free(): void;
}
