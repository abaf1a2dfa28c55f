/** Who runs and who waits: first in, first out. */
export interface Slots {
  /** Runs `start` now when a slot is free, else when its turn comes. */
  enter(id: number, start: () => void): void;
  /** Gives the slot, or the place in the queue, back; starts the next in line. True when `id` held either. */
  leave(id: number): boolean;
  resize(limit: number): void;
  readonly used: number;
  readonly limit: number;
  readonly waiting: number;
}

/** Hands `limit` slots to generations in the order they came. */
export const createSlots = (initialLimit: number): Slots => {
  const running = new Set<number>();
  // A Map keeps insertion order and deletes from the middle at once, which a cancelled waiter needs.
  const queue = new Map<number, () => void>();
  let limit = initialLimit;

  const admit = (): void => {
    while (running.size < limit) {
      const next = queue.entries().next();
      if (next.done) return;
      const [id, start] = next.value;
      queue.delete(id);
      running.add(id);
      start();
    }
  };

  return {
    enter(id, start) {
      queue.set(id, start);
      admit();
    },
    leave(id) {
      if (queue.delete(id)) return true;
      if (!running.delete(id)) return false;
      admit();
      return true;
    },
    resize(next) {
      limit = next;
      admit();
    },
    get used() {
      return running.size;
    },
    get limit() {
      return limit;
    },
    get waiting() {
      return queue.size;
    },
  };
};
