import { createHeap } from './heap.ts';
import type { PrefixNode } from './prefix-tree.ts';

/** The kept prefixes that may be given up, by when they were used last. */
export interface IdleLeaves {
  /** This one may have become idle, or a leaf. */
  offer(node: PrefixNode): void;
  /** The one that was not used for the longest time; it stays. */
  oldest(): PrefixNode | undefined;
  /** This one is in the tree no more. */
  forget(node: PrefixNode): void;
}

interface Offer {
  readonly node: PrefixNode;
  /** When it was offered; it may have been used since. */
  readonly usedAt: number;
}

const isIdleLeaf = ({ users, children }: PrefixNode): boolean => users === 0 && children.size === 0;

/** None yet. Each node is in the heap at most once; what was used since, or is no leaf any more, is found out when met. */
export const createIdleLeaves = (): IdleLeaves => {
  const heap = createHeap<Offer>((one, other) => one.usedAt < other.usedAt);
  const offered = new Set<PrefixNode>();

  const offer = (node: PrefixNode): void => {
    if (offered.has(node) || !isIdleLeaf(node) || node.parent === undefined) return;
    offered.add(node);
    heap.push({ node, usedAt: node.usedAt });
  };

  return {
    offer,
    oldest() {
      for (let first = heap.peek(); first !== undefined; first = heap.peek()) {
        const { node, usedAt } = first;
        if (offered.has(node) && isIdleLeaf(node) && node.usedAt === usedAt) return node;
        heap.pop();
        // Unless it left the tree, in which case this is not its offer any more.
        if (offered.delete(node)) offer(node);
      }
      return undefined;
    },
    forget: (node) => void offered.delete(node),
  };
};
