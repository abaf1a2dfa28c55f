import { chooseLane, chooseLevel, QUANTUM } from './fair-share.ts';
import { createHeap, type Heap } from './heap.ts';
import { LEVEL_COUNT, type Task } from './task.ts';

/** The requests that have no slot, in the order in which they are to get one. */
export interface WaitingLine {
  readonly size: number;
  enter(task: Task): void;
  /** It had a slot before and lost it: it goes on before those of its priority that never had one. */
  resume(task: Task): void;
  /** Whose turn it is. */
  peek(): Task | undefined;
  /** Takes out the one whose turn it is, and charges its key for it. */
  take(): Task | undefined;
  /** Takes the one whose turn it is out of its turn, until it is let back in; its key is not charged. */
  park(): Task | undefined;
  unpark(task: Task): void;
  /** What a request took in the end, against what its key was charged for it. */
  settle(task: Task): void;
  /** Drops one, parked ones too; at the same cost however many wait. */
  leave(id: number): Task | undefined;
  /** Drops one whose deadline has passed. */
  expire(now: number): Task | undefined;
  /** How many would at least go before a new one of this priority and key. */
  ahead(level: number, key: string): number;
  clear(): readonly Task[];
}

/** The requests of one key and priority. */
interface Lane {
  readonly heap: Heap<Task>;
  credit: number;
}

interface Level {
  readonly lanes: Map<string, Lane>;
  readonly resumed: Heap<Task>;
  /** Without those that left and are only found out later. */
  size: number;
  passed: number;
}

type Turn = { readonly level: Level; readonly task: Task } & (
  | { readonly kind: 'resumed' }
  | { readonly kind: 'lane'; readonly key: string; readonly lane: Lane; readonly rounds: number }
);

/** An answer of unknown length is charged as one of at most so many tokens, until it has ended. */
const CHARGED_ANSWER = 256;
/** So many that left are not worth looking for. */
const FEW = 64;

const isSooner = (one: Task, other: Task): boolean =>
  one.deadlineAt === other.deadlineAt ? one.order < other.order : one.deadlineAt < other.deadlineAt;
const isOlder = (one: Task, other: Task): boolean => one.order < other.order;

/** By whom a request is paid for. */
export const keyOf = ({ keyId, owner }: Pick<Task, 'keyId' | 'owner'>): string => keyId ?? owner;

/** An empty line. */
export const createWaitingLine = (): WaitingLine => new Line();

class Line implements WaitingLine {
  readonly #levels = Array.from({ length: LEVEL_COUNT }, createLevel);
  /** All that wait, parked ones too: what a heap holds beyond them has left. */
  readonly #here = new Map<number, Task>();
  readonly #parked = new Set<Task>();
  readonly #deadlines = createHeap<Task>(isSooner);
  #gone = 0;

  get size(): number {
    return this.#here.size;
  }

  enter(task: Task): void {
    this.#admit(task);
    this.#queue(task);
  }

  resume(task: Task): void {
    this.#admit(task);
    const level = this.#levelOf(task);
    level.resumed.push(task);
    level.size += 1;
  }

  peek(): Task | undefined {
    return this.#turn()?.task;
  }

  take(): Task | undefined {
    const turn = this.#turn();
    if (turn === undefined) return undefined;
    this.#countPasses(turn.level);
    if (turn.kind === 'lane') {
      for (const lane of turn.level.lanes.values()) lane.credit += turn.rounds * QUANTUM;
      turn.lane.credit -= turn.task.tokens.length + chargedFor(turn.task);
    }
    this.#here.delete(turn.task.id);
    return this.#remove(turn);
  }

  park(): Task | undefined {
    const turn = this.#turn();
    if (turn === undefined) return undefined;
    this.#parked.add(turn.task);
    return this.#remove(turn);
  }

  unpark(task: Task): void {
    if (this.#parked.delete(task)) this.#queue(task);
  }

  settle(task: Task): void {
    const lane = this.#levelOf(task).lanes.get(keyOf(task));
    if (lane !== undefined) lane.credit += chargedFor(task) - task.written;
  }

  leave(id: number): Task | undefined {
    const task = this.#here.get(id);
    if (task === undefined) return undefined;
    this.#here.delete(id);
    if (!this.#parked.delete(task)) this.#levelOf(task).size -= 1;
    this.#gone += 1;
    if (this.#gone > FEW + this.#here.size) this.#sweep();
    return task;
  }

  expire(now: number): Task | undefined {
    for (let first = this.#deadlines.peek(); first !== undefined; first = this.#deadlines.peek()) {
      if (first.deadlineAt > now) return undefined;
      this.#deadlines.pop();
      if (this.#isHere(first)) return this.leave(first.id);
    }
    return undefined;
  }

  ahead(level: number, key: string): number {
    const higher = this.#levels.slice(0, level).reduce((sum, { size }) => sum + size, 0);
    const own = this.#levels[level];
    const { size = 0, lanes = new Map<string, Lane>() } = own ?? {};
    const rounds = (lanes.get(key)?.heap.size ?? 0) + 1;
    return higher + Math.min(size, rounds * lanes.size);
  }

  clear(): readonly Task[] {
    const all = [...this.#here.values()];
    for (const { id } of all) this.leave(id);
    this.#sweep();
    return all;
  }

  #admit(task: Task): void {
    this.#here.set(task.id, task);
    if (task.deadlineAt < Number.POSITIVE_INFINITY) this.#deadlines.push(task);
  }

  #queue(task: Task): void {
    const level = this.#levelOf(task);
    const key = keyOf(task);
    const lane = level.lanes.get(key) ?? { heap: createHeap(isSooner), credit: QUANTUM };
    level.lanes.set(key, lane);
    lane.heap.push(task);
    level.size += 1;
  }

  #turn(): Turn | undefined {
    const level = this.#levels[chooseLevel(this.#levels) ?? -1];
    if (level === undefined) return undefined;
    const resumed = this.#firstOf(level.resumed);
    if (resumed !== undefined) return { kind: 'resumed', level, task: resumed };
    const lanes = this.#lanesOf(level);
    const choice = chooseLane(
      lanes.map(({ lane: { credit }, task: { deadlineAt, order } }) => ({ credit, deadlineAt, order })),
    );
    const chosen = choice && lanes[choice.index];
    return chosen && { kind: 'lane', level, ...chosen, rounds: choice.rounds };
  }

  #lanesOf({ lanes }: Level): { readonly key: string; readonly lane: Lane; readonly task: Task }[] {
    return [...lanes].flatMap(([key, lane]) => {
      const task = this.#firstOf(lane.heap);
      if (task !== undefined) return [{ key, lane, task }];
      lanes.delete(key);
      return [];
    });
  }

  /** The first that has not left. */
  #firstOf(heap: Heap<Task>): Task | undefined {
    let first = heap.peek();
    while (first !== undefined && !this.#isQueued(first)) {
      heap.pop();
      first = heap.peek();
    }
    return first;
  }

  #remove(turn: Turn): Task {
    turn.level.size -= 1;
    if (turn.kind === 'resumed') turn.level.resumed.pop();
    else turn.lane.heap.pop();
    // Whoever has nothing waiting saves up no credit, and owes none.
    if (turn.kind === 'lane' && this.#firstOf(turn.lane.heap) === undefined) turn.level.lanes.delete(turn.key);
    return turn.task;
  }

  #countPasses(served: Level): void {
    const at = this.#levels.indexOf(served);
    served.passed = 0;
    for (const level of this.#levels.slice(at + 1)) level.passed = level.size > 0 ? level.passed + 1 : 0;
  }

  #isHere = (task: Task): boolean => this.#here.get(task.id) === task;
  #isQueued = (task: Task): boolean => this.#isHere(task) && !this.#parked.has(task);

  #levelOf({ level }: Task): Level {
    const found = this.#levels[level];
    if (found === undefined) throw new TypeError(`there is no priority ${level}`);
    return found;
  }

  /** Forgets those that left, once they are more than those that wait. */
  #sweep(): void {
    this.#gone = 0;
    this.#deadlines.retain(this.#isHere);
    for (const { lanes, resumed } of this.#levels) {
      resumed.retain(this.#isQueued);
      for (const [key, { heap }] of lanes) {
        heap.retain(this.#isQueued);
        if (heap.size === 0) lanes.delete(key);
      }
    }
  }
}

const createLevel = (): Level => ({ lanes: new Map(), resumed: createHeap(isOlder), size: 0, passed: 0 });

const chargedFor = ({ limit }: Task): number => Math.min(limit, CHARGED_ANSWER);
