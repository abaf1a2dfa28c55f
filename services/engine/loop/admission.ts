import type { CellPool } from './cell-pool.ts';
import { commonLength } from './prefix-tree.ts';
import { leftOf, type Running, type Task } from './task.ts';

export interface Admission {
  /** In the order of their slots. */
  readonly running: readonly Running[];
  readonly waiting: number;
  enter(task: Task): void;
  /** Starts those whose turn it is, as far as slots and cells go. */
  admit(): void;
  /** Drops a task, wherever it is; false when it is not here. */
  leave(id: number): boolean;
  /** It is over: what it computed stays known as long as there is room, unless it went wrong. */
  end(running: Running, how: { readonly isSound: boolean }): void;
  /** Takes slot and cells from the youngest, which goes on first thing later; false when only one is running. */
  preempt(): boolean;
  clear(): void;
}

/** A shared beginning shorter than this is computed again rather than waited for. */
const WORTH_WAITING = 32;
/** How many of those that wait are looked at for one free slot. */
const LOOK_AHEAD = 32;

/** Who runs and who waits: first in, first out, but whoever can soon use what another is computing waits for it. */
export const createAdmission = ({ pool, slots }: { readonly pool: CellPool; readonly slots: number }): Admission => {
  let running: Running[] = [];
  let waiting: Task[] = [];
  let admitted = 0;

  /** The lowest that is free: neighbours are computed faster than numbers far apart. */
  const freeSlot = (): number => {
    const taken = new Set(running.map(({ holding }) => holding.slot));
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    return slot;
  };

  /** Cells that those who run will still ask for while their prompts are computed. */
  const promised = (): number => running.reduce((sum, entry) => sum + leftOf(entry), 0);

  const computesForIt = ({ task: other, holding }: Running, task: Task, known: number): boolean => {
    if (other.owner !== task.owner || other.tokens.length - holding.length < 2) return false;
    const common = commonLength(other.tokens, 0, task.tokens, 0, task.tokens.length - 1);
    return common - known >= WORTH_WAITING && holding.length < Math.min(common, other.tokens.length - 1);
  };

  const canSoonShare = (task: Task): boolean => {
    const known = pool.known(task.owner, task.tokens);
    return running.some((entry) => computesForIt(entry, task, known));
  };

  const tryStart = (task: Task): boolean => {
    const outstanding = promised();
    const holding = pool.take(freeSlot(), task.owner, task.tokens);
    const needed = task.tokens.length - holding.length + outstanding;
    if (running.length > 0 && pool.free + pool.idle < needed) {
      pool.release(holding);
      return false;
    }
    running.push({ task, holding, order: admitted });
    running.sort((one, other) => one.holding.slot - other.holding.slot);
    admitted += 1;
    if (!task.isStarted) task.sink.started(holding.length);
    task.isStarted = true;
    return true;
  };

  const release = (entry: Running, isKept = true): void => {
    running = running.filter((other) => other !== entry);
    if (isKept) pool.keep(entry.holding, entry.task.tokens);
    pool.release(entry.holding);
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return waiting.length;
    },
    enter: (task) => void waiting.push(task),
    admit() {
      for (const task of waiting.slice(0, LOOK_AHEAD)) {
        if (running.length >= slots) return;
        if (canSoonShare(task)) continue;
        // Nobody overtakes the one the cells do not suffice for: it would starve.
        if (!tryStart(task)) return;
        waiting = waiting.filter((other) => other !== task);
      }
    },
    leave(id) {
      const task = waiting.find((other) => other.id === id);
      const entry = running.find((other) => other.task.id === id);
      (task ?? entry?.task)?.sampler.free();
      if (task !== undefined) waiting = waiting.filter((other) => other !== task);
      if (entry !== undefined) release(entry);
      return task !== undefined || entry !== undefined;
    },
    end(entry, { isSound }) {
      entry.task.sampler.free();
      release(entry, isSound);
    },
    preempt() {
      if (running.length < 2) return false;
      const youngest = running.reduce((one, other) => (other.order > one.order ? other : one));
      release(youngest);
      waiting = [youngest.task, ...waiting];
      return true;
    },
    clear() {
      for (const { task } of running) task.sampler.free();
      for (const task of waiting) task.sampler.free();
      running = [];
      waiting = [];
    },
  };
};
