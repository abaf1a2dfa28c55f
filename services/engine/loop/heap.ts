/** A pile whose smallest item is found at once. */
export interface Heap<Item> {
  readonly size: number;
  peek(): Item | undefined;
  push(item: Item): void;
  pop(): Item | undefined;
  /** Drops the items that are not wanted any more. */
  retain(isWanted: (item: Item) => boolean): void;
}

/** A binary heap; `isBefore` says which of two comes first. */
export const createHeap = <Item>(isBefore: (one: Item, other: Item) => boolean): Heap<Item> => {
  let items: Item[] = [];

  const rise = (from: number): void => {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!swapIf(items, at, above, isBefore)) return;
      at = above;
    }
  };

  const sink = (from: number): void => {
    let at = from;
    for (;;) {
      const [left, right] = [items[2 * at + 1], items[2 * at + 2]];
      if (left === undefined) return;
      const below = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
      if (!swapIf(items, below, at, isBefore)) return;
      at = below;
    }
  };

  return {
    get size() {
      return items.length;
    },
    peek: () => items[0],
    push(item) {
      items.push(item);
      rise(items.length - 1);
    },
    pop() {
      const [first] = items;
      const last = items.pop();
      if (items.length === 0 || last === undefined) return first;
      items[0] = last;
      sink(0);
      return first;
    },
    retain(isWanted) {
      items = items.filter(isWanted);
      for (let at = (items.length >> 1) - 1; at >= 0; at -= 1) sink(at);
    },
  };
};

/** Lets two items change places where the first should come before the second. */
const swapIf = <Item>(
  items: Item[],
  first: number,
  second: number,
  isBefore: (one: Item, other: Item) => boolean,
): boolean => {
  const [one, other] = [items[first], items[second]];
  if (one === undefined || other === undefined || !isBefore(one, other)) return false;
  items[first] = other;
  items[second] = one;
  return true;
};
