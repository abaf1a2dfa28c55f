import type { Decoder } from './decoder.ts';
import {
  addChild,
  createRoot,
  endOf,
  matchFrom,
  type PrefixNode,
  pathOf,
  removeLeaf,
  splitNode,
} from './prefix-tree.ts';

export interface CellPoolOptions {
  readonly decoder: Decoder;
  /** Answers that run at once; their sequences are numbered from 0, those of kept prefixes follow. */
  readonly slots: number;
  /** Most cells kept for prefixes that nobody uses at the moment; each makes the attention of all others dearer. */
  readonly idleCells: number;
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

/**
 * A tree of prefixes over a pool whose cells can belong to several sequences. Each owner has a tree of its own, because
 * the time of a hit would tell one what another asked.
 */
export const createCellPool = (options: CellPoolOptions): CellPool => new TreePool(options);

class TreePool implements CellPool {
  readonly #decoder: Decoder;
  readonly #idleCells: number;
  readonly #roots = new Map<string, PrefixNode>();
  readonly #nodes = new Set<PrefixNode>();
  readonly #sequences: number[];
  #used = 0;
  #clock = 0;

  constructor({ decoder, slots, idleCells }: CellPoolOptions) {
    this.#decoder = decoder;
    this.#idleCells = idleCells;
    const spare = decoder.canShare ? decoder.sequences - slots : 0;
    this.#sequences = Array.from({ length: spare }, (_, index) => decoder.sequences - 1 - index);
  }

  get free(): number {
    return this.#decoder.cells - this.#used;
  }

  get idle(): number {
    let cells = 0;
    for (const node of this.#nodes) if (node.users === 0) cells += node.tokens.length;
    return cells;
  }

  known(owner: string, tokens: readonly number[]): number {
    return matchFrom(this.#rootOf(owner), tokens, tokens.length - 1).length;
  }

  take(slot: number, owner: string, tokens: readonly number[]): Holding {
    const root = this.#rootOf(owner);
    const match = matchFrom(root, tokens, tokens.length - 1);
    const isPart = match.within < match.node.tokens.length;
    const node = isPart ? this.#split(match.node, match.within) : match.node;
    const holding: Holding = { slot, root, node, length: endOf(node) };
    root.users += 1;
    for (const part of pathOf(node)) {
      part.users += 1;
      part.usedAt = this.#tick();
      this.#decoder.copy(part.sequence, slot, part.start, endOf(part));
    }
    return holding;
  }

  makeRoom(cells: number): boolean {
    while (this.free < cells) {
      const leaf = this.#oldestIdleLeaf();
      if (leaf === undefined) return false;
      this.#shorten(leaf, cells - this.free);
    }
    return true;
  }

  grow(holding: Holding, count: number): void {
    holding.length += count;
    this.#used += count;
  }

  keep(holding: Holding, tokens: readonly number[]): void {
    if (!this.#decoder.canShare) return;
    this.#adopt(holding, tokens);
    const fresh = tokens.slice(endOf(holding.node), holding.length);
    const [first] = fresh;
    // Somebody else's node may start there too, when no sequence was left to split it.
    if (first === undefined || holding.node.children.has(first)) return;
    if (this.#canLengthen(holding)) return this.#lengthen(holding, fresh);
    const sequence = this.#spareSequence();
    if (sequence === undefined) return;
    const node = addChild(holding.node, { sequence, tokens: fresh, usedAt: this.#tick() });
    node.users = 1;
    this.#nodes.add(node);
    this.#decoder.copy(holding.slot, sequence, node.start, endOf(node));
    holding.node = node;
  }

  release(holding: Holding): void {
    this.#decoder.remove(holding.slot, 0);
    this.#used -= holding.length - endOf(holding.node);
    for (const part of pathOf(holding.node)) part.users -= 1;
    holding.root.users -= 1;
    holding.node = holding.root;
    holding.length = 0;
    let excess = this.idle - this.#idleCells;
    for (let leaf = this.#oldestIdleLeaf(); excess > 0 && leaf !== undefined; leaf = this.#oldestIdleLeaf()) {
      excess -= this.#shorten(leaf, excess);
    }
    this.#forgetEmptyRoots();
  }

  /** Where another answer computed the same meanwhile, its cells are used and our own given back. */
  #adopt(holding: Holding, tokens: readonly number[]): void {
    const match = matchFrom(holding.node, tokens, holding.length);
    if (match.node === holding.node) return;
    const isPart = match.within < match.node.tokens.length;
    const node = isPart ? this.#split(match.node, match.within) : match.node;
    const from = endOf(holding.node);
    const parts = [...pathOf(node)].filter((part) => part.start >= from);
    this.#decoder.remove(holding.slot, from, endOf(node));
    for (const part of parts) {
      part.users += 1;
      part.usedAt = this.#tick();
      this.#decoder.copy(part.sequence, holding.slot, part.start, endOf(part));
      this.#used -= part.tokens.length;
    }
    holding.node = node;
  }

  #canLengthen({ node }: Holding): boolean {
    return node.parent !== undefined && node.users === 1 && node.children.size === 0;
  }

  #lengthen({ slot, node }: Holding, fresh: readonly number[]): void {
    this.#decoder.copy(slot, node.sequence, endOf(node), endOf(node) + fresh.length);
    node.tokens = [...node.tokens, ...fresh];
    node.usedAt = this.#tick();
  }

  /** The part of a node that is shared becomes a node of its own; without a spare sequence nothing of it is shared. */
  #split(node: PrefixNode, length: number): PrefixNode {
    const { parent } = node;
    // Pinned, so that looking for a spare sequence does not take the very node away.
    node.users += 1;
    const sequence = this.#spareSequence();
    node.users -= 1;
    if (sequence === undefined || parent === undefined) return parent ?? node;
    const upper = splitNode(node, length, sequence);
    this.#nodes.add(upper);
    this.#decoder.copy(node.sequence, sequence, upper.start, endOf(upper));
    this.#decoder.remove(node.sequence, upper.start, endOf(upper));
    return upper;
  }

  #spareSequence(): number | undefined {
    if (this.#sequences.length === 0) {
      const leaf = this.#oldestIdleLeaf();
      if (leaf !== undefined) this.#shorten(leaf, leaf.tokens.length);
    }
    return this.#sequences.pop();
  }

  #oldestIdleLeaf(): PrefixNode | undefined {
    let oldest: PrefixNode | undefined;
    for (const node of this.#nodes) {
      if (node.users > 0 || node.children.size > 0) continue;
      if (oldest === undefined || node.usedAt < oldest.usedAt) oldest = node;
    }
    return oldest;
  }

  /** Gives up the last `cells` tokens of a leaf, or all of it; returns how many it were. */
  #shorten(leaf: PrefixNode, cells: number): number {
    const gone = Math.min(cells, leaf.tokens.length);
    const end = endOf(leaf);
    this.#decoder.remove(leaf.sequence, end - gone, end);
    this.#used -= gone;
    if (gone < leaf.tokens.length) {
      leaf.tokens = leaf.tokens.slice(0, leaf.tokens.length - gone);
      return gone;
    }
    removeLeaf(leaf);
    this.#nodes.delete(leaf);
    this.#sequences.push(leaf.sequence);
    return gone;
  }

  #rootOf(owner: string): PrefixNode {
    const known = this.#roots.get(owner);
    if (known !== undefined) return known;
    const root = createRoot();
    this.#roots.set(owner, root);
    return root;
  }

  /** Owners come and go; the trees of those who have nothing left are not worth remembering. */
  #forgetEmptyRoots(): void {
    for (const [owner, root] of this.#roots)
      if (root.users === 0 && root.children.size === 0) this.#roots.delete(owner);
  }

  #tick(): number {
    this.#clock += 1;
    return this.#clock;
  }
}
