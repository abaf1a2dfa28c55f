import type { CellPool, CellPoolOptions, Holding } from './cell-pool.ts';
import type { Decoder } from './decoder.ts';
import { createIdleLeaves } from './idle-leaves.ts';
import { createOwners } from './owners.ts';
import type { PrefixSaver } from './prefix-saver.ts';
import { addChild, endOf, matchFrom, type PrefixNode, pathOf, removeLeaf, splitNode } from './prefix-tree.ts';

/**
 * A tree of prefixes over a pool whose cells can belong to several sequences. Each owner has a tree of its own, because
 * the time of a hit would tell one what another asked.
 */
export const createCellPool = (options: CellPoolOptions): CellPool => new TreePool(options);

class TreePool implements CellPool {
  readonly #decoder: Decoder;
  readonly #idleCells: number;
  readonly #owners = createOwners();
  readonly #saver: PrefixSaver | undefined;
  readonly #leaves = createIdleLeaves();
  readonly #sequences: number[];
  #used = 0;
  #idle = 0;
  #clock = 0;

  constructor({ decoder, slots, idleCells, saver, firstSequence = slots }: CellPoolOptions) {
    this.#decoder = decoder;
    this.#idleCells = idleCells;
    this.#saver = saver;
    const spare = decoder.canShare ? decoder.sequences - firstSequence : 0;
    this.#sequences = Array.from({ length: spare }, (_, index) => decoder.sequences - 1 - index);
  }

  get free(): number {
    return this.#decoder.cells - this.#used;
  }

  get idle(): number {
    return this.#idle;
  }

  known(owner: string, tokens: readonly number[]): number {
    const root = this.#owners.find(owner);
    return root === undefined ? 0 : matchFrom(root, tokens, tokens.length - 1).length;
  }

  take(slot: number, owner: string, tokens: readonly number[]): Holding {
    const root = this.#owners.rootOf(owner);
    const match = matchFrom(root, tokens, tokens.length - 1);
    const isPart = match.within < match.node.tokens.length;
    const node = isPart ? this.#split(match.node, match.within) : match.node;
    const holding: Holding = { slot, root, node, length: endOf(node) };
    root.users += 1;
    for (const part of pathOf(node)) {
      this.#use(part);
      this.#decoder.copy(part.sequence, slot, part.start, endOf(part));
    }
    while (this.#takeSaved(holding, owner, tokens)) {
      // What was put back may be the beginning of more.
    }
    return holding;
  }

  makeRoom(cells: number): boolean {
    while (this.free < cells) {
      const leaf = this.#leaves.oldest();
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
    this.#decoder.copy(holding.slot, sequence, node.start, endOf(node));
    holding.node = node;
  }

  release(holding: Holding): void {
    this.#decoder.remove(holding.slot, 0);
    this.#used -= holding.length - endOf(holding.node);
    for (const part of pathOf(holding.node)) this.#leave(part);
    holding.root.users -= 1;
    holding.node = holding.root;
    holding.length = 0;
    while (this.#idle > this.#idleCells) {
      const leaf = this.#leaves.oldest();
      if (leaf === undefined) break;
      this.#shorten(leaf, this.#idle - this.#idleCells);
    }
    this.#owners.sweep();
  }

  /** Goes on with cells that lie outside the pool, where some are known and find room; false when not. */
  #takeSaved(holding: Holding, owner: string, tokens: readonly number[]): boolean {
    const known = holding.length;
    const found = this.#saver?.find(owner, tokens, known);
    const isTaken = known !== endOf(holding.node) || holding.node.children.has(tokens[known] ?? -1);
    if (found === undefined || isTaken || !this.makeRoom(found.cells)) return false;
    const sequence = this.#spareSequence();
    if (sequence === undefined) return false;
    if (!found.restore(sequence)) {
      this.#sequences.push(sequence);
      return false;
    }
    const node = addChild(holding.node, { sequence, tokens: tokens.slice(known, found.length), usedAt: this.#tick() });
    node.users = 1;
    node.isSaved = true;
    this.#decoder.copy(sequence, holding.slot, node.start, endOf(node));
    this.#used += node.tokens.length;
    holding.node = node;
    holding.length = found.length;
    return true;
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
      this.#use(part);
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
    node.isSaved = false;
    node.usedAt = this.#tick();
  }

  /** The part of a node that is shared becomes a node of its own; without a spare sequence nothing of it is shared. */
  #split(node: PrefixNode, length: number): PrefixNode {
    const { parent } = node;
    // Pinned, so that looking for a spare sequence does not take the very node away.
    node.users += 1;
    const sequence = this.#spareSequence();
    node.users -= 1;
    this.#leaves.offer(node);
    if (sequence === undefined || parent === undefined) return parent ?? node;
    const upper = splitNode(node, length, sequence);
    this.#decoder.copy(node.sequence, sequence, upper.start, endOf(upper));
    this.#decoder.remove(node.sequence, upper.start, endOf(upper));
    return upper;
  }

  #spareSequence(): number | undefined {
    if (this.#sequences.length === 0) {
      const leaf = this.#leaves.oldest();
      if (leaf !== undefined) this.#shorten(leaf, leaf.tokens.length);
    }
    return this.#sequences.pop();
  }

  #use(node: PrefixNode): void {
    if (node.users === 0) this.#idle -= node.tokens.length;
    node.users += 1;
    node.usedAt = this.#tick();
  }

  #leave(node: PrefixNode): void {
    node.users -= 1;
    if (node.users > 0) return;
    this.#idle += node.tokens.length;
    this.#leaves.offer(node);
  }

  /** Gives up the last `cells` tokens of an idle leaf, or all of it. */
  #shorten(leaf: PrefixNode, cells: number): void {
    const { parent, sequence, tokens } = leaf;
    const owner = this.#owners.ownerOf(leaf);
    if (owner !== undefined) this.#saver?.save(owner, leaf);
    const kept = Math.max(0, tokens.length - cells);
    this.#decoder.remove(sequence, leaf.start + kept, endOf(leaf));
    this.#used -= tokens.length - kept;
    this.#idle -= tokens.length - kept;
    if (kept > 0) {
      leaf.tokens = tokens.slice(0, kept);
      return;
    }
    removeLeaf(leaf);
    this.#leaves.forget(leaf);
    if (parent !== undefined) this.#leaves.offer(parent);
    this.#sequences.push(sequence);
  }

  #tick(): number {
    this.#clock += 1;
    return this.#clock;
  }
}
