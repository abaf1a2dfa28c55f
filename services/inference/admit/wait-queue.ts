import { PRIORITIES, type Priority } from '../../engine/protocol/generation.ts';

/** One place in the queue; also its handle for `remove`. */
export interface Place<T> {
  readonly value: T;
  readonly priority: Priority;
  readonly since: number;
}

interface Node<T> extends Place<T> {
  previous: Node<T> | undefined;
  next: Node<T> | undefined;
  isQueued: boolean;
}

interface Line<T> {
  first: Node<T> | undefined;
  last: Node<T> | undefined;
}

export interface WaitQueue<T> {
  readonly size: number;
  push(value: T, priority: Priority, now: number): Place<T>;
  /** Takes out whoever is next. */
  shift(now: number): Place<T> | undefined;
  /** False when the place was given up before. */
  remove(place: Place<T>): boolean;
  /** Everyone waiting, in no useful order; the walk survives removal of what it yielded. */
  values(): Iterable<Place<T>>;
}

/** Each such wait counts like one class of priority, so that nobody waits for ever behind a stream of better ones. */
export const PROMOTION_MS = 10_000;

const RANKS = { low: 0, normal: 1, high: 2 } as const satisfies Record<Priority, number>;

/**
 * First in, first out inside a priority; between priorities the higher one, where waiting promotes.
 * Linked lists, because entries leave from the middle whenever a client does and a queue may be a million long.
 */
export const createWaitQueue = <T>(): WaitQueue<T> => {
  const lines: Record<Priority, Line<T>> = {
    low: { first: undefined, last: undefined },
    normal: { first: undefined, last: undefined },
    high: { first: undefined, last: undefined },
  };
  let size = 0;

  const remove = (place: Place<T>): boolean => {
    const node = place as Node<T>; // safe: only `push` makes places, and it makes nodes
    if (!node.isQueued) return false;
    node.isQueued = false;
    unlink(lines[node.priority], node);
    size -= 1;
    return true;
  };

  return {
    get size() {
      return size;
    },
    push(value, priority, now) {
      const line = lines[priority];
      const node: Node<T> = { value, priority, since: now, previous: line.last, next: undefined, isQueued: true };
      if (line.last === undefined) line.first = node;
      else line.last.next = node;
      line.last = node;
      size += 1;
      return node;
    },
    shift(now) {
      const next = chooseNext(lines.high.first, lines.normal.first, lines.low.first, now);
      if (next === undefined) return undefined;
      remove(next);
      return next;
    },
    remove,
    *values() {
      for (const priority of PRIORITIES) {
        let node = lines[priority].first;
        while (node !== undefined) {
          const following: Node<T> | undefined = node.next;
          yield node;
          node = following;
        }
      }
    },
  };
};

const unlink = <T>(line: Line<T>, node: Node<T>): void => {
  if (node.previous === undefined) line.first = node.next;
  else node.previous.next = node.next;
  if (node.next === undefined) line.last = node.previous;
  else node.next.previous = node.previous;
};

// The head of a line has waited longest in it, so only heads can be next.
const chooseNext = <T>(
  high: Node<T> | undefined,
  normal: Node<T> | undefined,
  low: Node<T> | undefined,
  now: number,
): Node<T> | undefined => better(better(high, normal, now), low, now);

const better = <T>(a: Node<T> | undefined, b: Node<T> | undefined, now: number): Node<T> | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  const difference = rankOf(b, now) - rankOf(a, now);
  if (difference !== 0) return difference > 0 ? b : a;
  return b.since < a.since ? b : a;
};

const rankOf = (place: Place<unknown>, now: number): number =>
  RANKS[place.priority] + Math.floor((now - place.since) / PROMOTION_MS);
