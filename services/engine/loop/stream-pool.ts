import type { CellPool, CellPoolOptions, Holding } from './cell-pool.ts';
import type { Decoder } from './decoder.ts';
import type { PrefixStash } from './prefix-stash.ts';
import { commonLength, createRoot } from './prefix-tree.ts';

export interface StreamPoolOptions extends Pick<CellPoolOptions, 'decoder' | 'slots' | 'idleCells'> {
  /** Where prefixes go whose slot is taken for something else; absent: nowhere. */
  readonly stash?: PrefixStash;
}

/** What the cells of one slot hold: of the answer that runs there, or of the last one. */
interface Stream {
  readonly slot: number;
  owner: string;
  tokens: readonly number[];
  /** So many of the tokens are computed and kept for others. */
  kept: number;
}

/** Where the beginning of a prompt is known. */
interface Source {
  readonly length: number;
  /** The cells of these tokens, and maybe of more. */
  read(): Uint8Array | undefined;
}

/** Fewer tokens are computed again as fast as they are brought from elsewhere. */
const WORTH_MOVING = 32;

/**
 * A pool whose slots have cells of their own. What an answer leaves behind stays in its slot, where it costs the others
 * nothing; where another slot needs it, or its slot is needed for something else, it is copied through plain memory.
 */
export const createStreamPool = (options: StreamPoolOptions): CellPool => new StreamPool(options);

class StreamPool implements CellPool {
  /** What is kept in a slot gives way to whoever runs there: none of it takes cells from others. */
  readonly idle = 0;
  readonly #decoder: Decoder;
  readonly #stash: PrefixStash | undefined;
  readonly #staysInSlots: boolean;
  readonly #streams: readonly Stream[];
  readonly #root = createRoot();
  #used = 0;

  constructor({ decoder, slots, idleCells, stash }: StreamPoolOptions) {
    this.#decoder = decoder;
    this.#stash = stash;
    this.#staysInSlots = idleCells > 0;
    this.#streams = Array.from({ length: slots }, (_, slot) => ({ slot, owner: '', tokens: [], kept: 0 }));
  }

  get free(): number {
    return this.#decoder.cells - this.#used;
  }

  known(owner: string, tokens: readonly number[]): number {
    return this.#find(owner, tokens, 0)?.length ?? 0;
  }

  take(slot: number, owner: string, tokens: readonly number[]): Holding {
    const stream = this.#streamOf(slot);
    const own = stream.owner === owner ? commonWith(stream, tokens) : 0;
    const source = this.#find(owner, tokens, own);
    if (stream.kept - own >= WORTH_MOVING) this.#save(stream);
    const length = source === undefined ? own : this.#bring(slot, source);
    this.#decoder.remove(slot, length);
    Object.assign(stream, { owner, tokens, kept: length });
    this.#used += length;
    return { slot, root: this.#root, node: this.#root, length };
  }

  makeRoom(cells: number): boolean {
    return this.free >= cells;
  }

  grow(holding: Holding, count: number): void {
    holding.length += count;
    this.#used += count;
  }

  keep({ slot, length }: Holding): void {
    this.#streamOf(slot).kept = length;
  }

  release(holding: Holding): void {
    const stream = this.#streamOf(holding.slot);
    this.#used -= holding.length;
    holding.length = 0;
    // A copy: the task may go on with them elsewhere.
    stream.tokens = stream.tokens.slice(0, stream.kept);
    if (!this.#staysInSlots) {
      this.#save(stream);
      stream.kept = 0;
    }
    this.#decoder.remove(stream.slot, stream.kept);
  }

  /** Where most is known of these tokens, if that is so much more than `own` that it is worth bringing. */
  #find(owner: string, tokens: readonly number[], own: number): Source | undefined {
    let best: Stream | undefined;
    let length = own + WORTH_MOVING - 1;
    for (const stream of this.#streams) {
      const common = stream.owner === owner ? commonWith(stream, tokens) : 0;
      if (common <= length) continue;
      best = stream;
      length = common;
    }
    // What lies there already need not be written out.
    const found = this.#stash?.find(owner, tokens, best === undefined ? length : length - 1);
    const common = Math.min(found?.common ?? 0, tokens.length - 1);
    if (found !== undefined && common > length - (best === undefined ? 0 : 1)) {
      return { length: common, read: () => found.prefix.state };
    }
    const from = best;
    return from === undefined ? undefined : { length, read: () => this.#write(from) };
  }

  /** How many tokens the slot has then. */
  #bring(slot: number, { length, read }: Source): number {
    const state = read();
    this.#decoder.remove(slot, 0);
    if (state !== undefined && this.#decoder.restore(slot, state)) return length;
    this.#decoder.remove(slot, 0);
    return 0;
  }

  /** Keeps what a slot holds before it is given up, unless nearly all of it lies in the stash. */
  #save(stream: Stream): void {
    const { owner, tokens, kept } = stream;
    if (this.#stash === undefined || kept < WORTH_MOVING) return;
    if (this.#stash.find(owner, tokens.slice(0, kept), kept - WORTH_MOVING) === undefined) this.#write(stream);
  }

  #write({ slot, owner, tokens, kept }: Stream): Uint8Array | undefined {
    const state = this.#decoder.save(slot);
    if (state !== undefined) this.#stash?.put({ owner, tokens: tokens.slice(0, kept), start: 0, state });
    return state;
  }

  #streamOf(slot: number): Stream {
    const stream = this.#streams[slot];
    if (stream === undefined) throw new RangeError(`slot: expected 0 to ${this.#streams.length - 1}, got ${slot}`);
    return stream;
  }
}

/** Short of the last token of a prompt, which must be computed. */
const commonWith = ({ tokens, kept }: Stream, prompt: readonly number[]): number =>
  commonLength(tokens, 0, prompt, 0, Math.min(kept, prompt.length - 1));
