/** A stretch of tokens whose cells are kept; the path from the root to it spells a prefix of one or more prompts. */
export interface PrefixNode {
  parent: PrefixNode | undefined;
  readonly children: Map<number, PrefixNode>;
  /** The sequence that holds the cells of this stretch and of nothing else. */
  readonly sequence: number;
  /** Position of its first token. */
  start: number;
  tokens: readonly number[];
  /** Running answers that use its cells; they are not given away as long as there is one. */
  users: number;
  /** Grows with every use; the smallest goes first. */
  usedAt: number;
  /** Its cells lie outside the pool as well, as far as it reached then. */
  isSaved?: boolean;
}

/** How far a prompt is known: the last node may be known only in part. */
export interface PrefixMatch {
  readonly node: PrefixNode;
  /** Tokens of `node` that match. */
  readonly within: number;
  /** Tokens that match in all. */
  readonly length: number;
}

const ROOT_SEQUENCE = -1;

/** The empty prefix. */
export const createRoot = (): PrefixNode => ({
  parent: undefined,
  children: new Map(),
  sequence: ROOT_SEQUENCE,
  start: 0,
  tokens: [],
  users: 0,
  usedAt: 0,
});

/** The position after the last token of a node. */
export const endOf = (node: PrefixNode): number => node.start + node.tokens.length;

/** How many tokens two texts have in common, counted from these positions; at most `limit`. */
export const commonLength = (
  one: readonly number[],
  oneFrom: number,
  other: readonly number[],
  otherFrom: number,
  limit = Number.POSITIVE_INFINITY,
): number => {
  const most = Math.min(one.length - oneFrom, other.length - otherFrom, limit);
  let length = 0;
  while (length < most && one[oneFrom + length] === other[otherFrom + length]) length += 1;
  return length;
};

/** Follows a prompt into the tree from a node on, whose end the prompt has reached; looks at `limit` tokens of it. */
export const matchFrom = (from: PrefixNode, prompt: readonly number[], limit: number): PrefixMatch => {
  let node = from;
  let within = node.tokens.length;
  for (;;) {
    const at = endOf(node);
    const next = at < limit ? node.children.get(prompt[at] ?? -1) : undefined;
    if (next === undefined) return { node, within, length: at };
    within = commonLength(next.tokens, 0, prompt, at, limit - at);
    node = next;
    if (within < node.tokens.length) return { node, within, length: at + within };
  }
};

/** Puts a new node between a node and its parent that takes over the first `length` tokens. */
export const splitNode = (node: PrefixNode, length: number, sequence: number): PrefixNode => {
  const { parent, tokens } = node;
  if (parent === undefined) throw new TypeError('the root has nothing to split');
  const upper: PrefixNode = { ...node, children: new Map(), sequence, tokens: tokens.slice(0, length) };
  upper.children.set(tokens[length] ?? -1, node);
  parent.children.set(tokens[0] ?? -1, upper);
  node.parent = upper;
  node.start += length;
  node.tokens = tokens.slice(length);
  return upper;
};

/** Adds a child that goes on with these tokens. */
export const addChild = (
  parent: PrefixNode,
  { sequence, tokens, usedAt }: Pick<PrefixNode, 'sequence' | 'tokens' | 'usedAt'>,
): PrefixNode => {
  const node: PrefixNode = { ...createRoot(), parent, sequence, start: endOf(parent), tokens, usedAt };
  parent.children.set(tokens[0] ?? -1, node);
  return node;
};

/** Takes a node without children out of the tree. */
export const removeLeaf = (node: PrefixNode): void => {
  node.parent?.children.delete(node.tokens[0] ?? -1);
  node.parent = undefined;
};

/** The node and everything above it, without the root. */
export function* pathOf(node: PrefixNode): Generator<PrefixNode> {
  for (let at: PrefixNode = node; at.parent !== undefined; at = at.parent) yield at;
}
