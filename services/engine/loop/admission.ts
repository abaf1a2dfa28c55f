import type { CellPool } from './cell-pool.ts';
import { commonLength } from './prefix-tree.ts';
import { forgetMiddle, leftOf, type Running, type Task } from './task.ts';
import { createWaitingLine, keyOf } from './waiting-line.ts';

export interface Admission {
  /** In the order of their slots. */
  readonly running: readonly Running[];
  readonly waiting: number;
  enter(task: Task): void;
  /** Starts those whose turn it is, as far as slots and cells go. */
  admit(): void;
  /** Drops a task, wherever it is; false when it is not here. */
  leave(id: number): boolean;
  /** Drops one that waits and whose deadline has passed. */
  expire(now: number): Task | undefined;
  /** It is over: what it computed stays known as long as there is room, unless it went wrong. */
  end(running: Running, how: { readonly isSound: boolean }): void;
  /**
   * Takes slot and cells from the youngest of the lowest priority, which goes on later where it was; false when only
   * one is running.
   */
  preempt(): boolean;
  /** Lets one go on with its middle forgotten, as soon as the rest is computed again. */
  shift(running: Running): void;
  /** How many would at least go before this one. */
  ahead(task: Task): number;
  clear(): void;
}

export interface AdmissionOptions {
  readonly pool: CellPool;
  readonly slots: number;
  /** It has its first slot, and so many tokens of its prompt need not be computed. */
  readonly onStart: (task: Task, cachedTokens: number) => void;
}

/** A shared beginning shorter than this is computed again rather than waited for. */
const WORTH_WAITING = 32;
/** Who lost its cells gets them back when each that runs could write so many more tokens; else it would lose them again. */
const HEADROOM = 8;

/** Tasks that wait for what a running one computes, and how far it must have come. */
interface Follower {
  readonly task: Task;
  readonly leader: Running;
  readonly until: number;
}

/** Who runs and who waits: in turn, but whoever can soon use what another is computing waits for it. */
export const createAdmission = (options: AdmissionOptions): Admission => new Desk(options);

class Desk implements Admission {
  readonly #options: AdmissionOptions;
  readonly #line = createWaitingLine();
  #running: Running[] = [];
  #followers: Follower[] = [];

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get running(): readonly Running[] {
    return this.#running;
  }

  get waiting(): number {
    return this.#line.size;
  }

  enter(task: Task): void {
    this.#line.enter(task);
  }

  admit(): void {
    if (this.#followers.length > 0) this.#release();
    if (this.#line.size === 0) return;
    while (this.#running.length < this.#options.slots) {
      const task = this.#line.peek();
      if (task === undefined) return;
      const follower = task.written > 0 ? undefined : this.#leaderOf(task);
      // Nobody overtakes the one the cells do not suffice for: it would starve.
      if (follower === undefined && !this.#tryStart(task)) return;
      if (follower === undefined) this.#line.take();
      else this.#followers.push({ ...follower, task: this.#line.park() ?? task });
    }
  }

  leave(id: number): boolean {
    const waiting = this.#line.leave(id);
    const running = waiting === undefined ? this.#running.find(({ task }) => task.id === id) : undefined;
    (waiting ?? running?.task)?.sampler.free();
    if (running !== undefined) this.#giveBack(running);
    return waiting !== undefined || running !== undefined;
  }

  expire(now: number): Task | undefined {
    const task = this.#line.expire(now);
    task?.sampler.free();
    return task;
  }

  end(running: Running, { isSound }: { readonly isSound: boolean }): void {
    running.task.sampler.free();
    this.#line.settle(running.task);
    this.#giveBack(running, isSound);
  }

  preempt(): boolean {
    if (this.#running.length < 2) return false;
    const victim = this.#running.reduce((one, other) => (isRatherPreempted(other.task, one.task) ? other : one));
    this.#giveBack(victim);
    this.#line.resume(victim.task);
    victim.task.sink.paused?.();
    return true;
  }

  shift(running: Running): void {
    this.#giveBack(running);
    forgetMiddle(running.task);
    this.#line.resume(running.task);
  }

  ahead(task: Task): number {
    return this.#line.ahead(task.level, keyOf(task));
  }

  clear(): void {
    for (const { task } of this.#running) task.sampler.free();
    for (const task of this.#line.clear()) task.sampler.free();
    this.#running = [];
    this.#followers = [];
  }

  /** Lets those back in whose leader has come far enough, or is gone. */
  #release(): void {
    const isWaiting = ({ leader: { task, holding }, until }: Follower): boolean =>
      holding.length < until && this.#running.some((entry) => entry.task === task && entry.holding === holding);
    for (const follower of this.#followers) if (!isWaiting(follower)) this.#line.unpark(follower.task);
    this.#followers = this.#followers.filter(isWaiting);
  }

  /** Who computes much of this prompt at the moment, and until when. */
  #leaderOf(task: Task): Omit<Follower, 'task'> | undefined {
    const known = this.#options.pool.known(task.owner, task.tokens);
    for (const leader of this.#running) {
      const { task: other, holding } = leader;
      if (other.owner !== task.owner || leftOf(leader) < 2) continue;
      const common = commonLength(other.tokens, 0, task.tokens, 0, task.tokens.length - 1);
      const until = Math.min(common, other.tokens.length - 1);
      if (common - known >= WORTH_WAITING && holding.length < until) {
        return { leader, until: Math.min(until, Math.max(holding.length + 1, common - WORTH_WAITING + 1)) };
      }
    }
    return undefined;
  }

  #tryStart(task: Task): boolean {
    const { pool, onStart } = this.#options;
    // Cells that those who run will still ask for while their prompts are computed.
    const promised = this.#running.reduce((sum, entry) => sum + leftOf(entry), 0);
    const headroom = task.written > 0 ? this.#running.length * HEADROOM : 0;
    const holding = pool.take(this.#freeSlot(), task.owner, task.tokens);
    const needed = task.tokens.length - holding.length + promised + headroom;
    if (this.#running.length > 0 && pool.free + pool.idle < needed) {
      pool.release(holding);
      return false;
    }
    // All lower slots are taken, so this is its place among the rising ones.
    this.#running.splice(holding.slot, 0, { task, holding });
    if (task.startedAt === undefined) onStart(task, holding.length);
    return true;
  }

  /** The lowest that is free: neighbours are computed faster than numbers far apart. */
  #freeSlot(): number {
    let slot = 0;
    while (this.#running[slot]?.holding.slot === slot) slot += 1;
    return slot;
  }

  #giveBack(entry: Running, isKept = true): void {
    const { pool } = this.#options;
    this.#running = this.#running.filter((other) => other !== entry);
    if (isKept) pool.keep(entry.holding, entry.task.tokens);
    pool.release(entry.holding);
  }
}

const isRatherPreempted = (one: Task, other: Task): boolean =>
  one.level === other.level ? one.order > other.order : one.level > other.level;
