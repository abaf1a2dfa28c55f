import { createRoot, type PrefixNode } from './prefix-tree.ts';

/** The trees of kept prefixes, one for each owner. */
export interface Owners {
  /** The tree of an owner, who may have none yet. */
  find(owner: string): PrefixNode | undefined;
  /** The tree of an owner, planted where there was none. */
  rootOf(owner: string): PrefixNode;
  /** Whose tree a node is in. */
  ownerOf(node: PrefixNode): string | undefined;
  /** Forgets those who have nothing left, once there are many. */
  sweep(): void;
}

/** So many trees are not worth looking through for empty ones. */
const FEW_ROOTS = 64;

/** None yet. */
export const createOwners = (): Owners => {
  const roots = new Map<string, PrefixNode>();
  const owners = new WeakMap<PrefixNode, string>();
  let sweepAt = FEW_ROOTS;
  return {
    find: (owner) => roots.get(owner),
    rootOf(owner) {
      const known = roots.get(owner);
      if (known !== undefined) return known;
      const root = createRoot();
      roots.set(owner, root);
      owners.set(root, owner);
      return root;
    },
    ownerOf(node) {
      let root = node;
      while (root.parent !== undefined) root = root.parent;
      return owners.get(root);
    },
    sweep() {
      if (roots.size <= sweepAt) return;
      for (const [owner, root] of roots) if (root.users === 0 && root.children.size === 0) roots.delete(owner);
      sweepAt = Math.max(FEW_ROOTS, 2 * roots.size);
    },
  };
};
