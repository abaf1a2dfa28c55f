import type { ModelConfig } from '../../../core/config/schema.ts';
import { createLatencyWindow } from './latency-window.ts';
import type { Resident } from './next-victim.ts';
import type { Replica } from './replica.ts';
import type { EnginePlan } from './supply.ts';

/** The part of a model's life in which it takes memory: from the grant of its plan to the end of its last process. */
export class Stay {
  readonly #now: () => number;
  readonly #loads = createLatencyWindow();
  #plan: EnginePlan | undefined;
  #isGranted = false;
  #leaving = 0;
  #usedAt: number;
  #readyAt: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#usedAt = now();
  }

  /** Median of the loads that went well; `undefined` before the first. */
  get expectedLoadMs(): number | undefined {
    return this.#loads.median();
  }

  get isLeaving(): boolean {
    return this.#leaving > 0;
  }

  get needBytes(): number {
    return this.#plan?.needBytes ?? 0;
  }

  grant(plan: EnginePlan): void {
    this.#plan = plan;
    this.#isGranted = true;
    this.#usedAt = this.#now();
  }

  loaded(durationMs: number): void {
    this.#loads.add(durationMs);
  }

  used(): void {
    this.#usedAt = this.#now();
  }

  /** Counts as gone from memory once `leave` has resolved. */
  async leave(leave: () => Promise<void>): Promise<void> {
    this.#leaving += 1;
    try {
      await leave();
    } finally {
      this.#leaving -= 1;
    }
  }

  /** What was granted is given back, but for the processes that still run. */
  end(): void {
    this.#isGranted = false;
  }

  /** Has it been without a request for longer than its model may? */
  isIdle({ load, idleUnloadMs }: ModelConfig): boolean {
    if (load !== 'onDemand' || idleUnloadMs === null || this.#readyAt === undefined) return false;
    return this.#now() - Math.max(this.#usedAt, this.#readyAt) > idleUnloadMs;
  }

  /** Remembers since when it has been ready. */
  noteReady(isReady: boolean): void {
    if (isReady) this.#readyAt ??= this.#now();
    else this.#readyAt = undefined;
  }

  /** How it looks to a model that needs memory. */
  resident(model: ModelConfig, replicas: readonly Pick<Replica, 'state'>[], wanted: number): Resident | undefined {
    const count = this.#isGranted ? Math.max(wanted, replicas.length) : replicas.length;
    if (count === 0) return undefined;
    return {
      id: model.id,
      bytes: this.needBytes * count,
      phase: this.#phase(replicas),
      isMovable: model.load === 'onDemand' && !model.pin,
      usedAt: this.#usedAt,
      readyAt: this.#readyAt ?? this.#now(),
    };
  }

  #phase(replicas: readonly Pick<Replica, 'state'>[]): Resident['phase'] {
    if (this.isLeaving || !this.#isGranted) return 'leaving';
    if (this.#readyAt !== undefined) return 'ready';
    const isLost = replicas.length > 0 && replicas.every(({ state }) => state.kind === 'failed');
    return isLost ? 'failed' : 'loading';
  }
}
