import { setImmediate } from 'node:timers/promises';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { nextVictim, type Resident } from './next-victim.ts';
import { type EnginePlan, type Reserved, withSmallerCache } from './supply.ts';

/** A model as far as memory is concerned. */
export interface Lodger {
  readonly id: string;
  /** Absent: it takes no memory. */
  resident(): Resident | undefined;
  /** Drains it; resolves when its processes are gone. */
  unload(): Promise<void>;
}

/** One model that asks for memory. */
export interface RoomAsk {
  readonly id: string;
  /** Throws ERR_ROUTE_NO_MEMORY where it does not fit into what is free now. */
  readonly plan: (reserved: Reserved) => EnginePlan | Promise<EnginePlan>;
  /** Nobody is unloaded for a model that nobody waits for any more. */
  readonly isWanted: () => boolean;
  /** Called before anybody else can ask: from here on the plan counts as taken. */
  readonly onGrant: (plan: EnginePlan) => void;
  readonly onWait: (detail: string) => void;
  readonly signal: AbortSignal;
}

interface Options {
  readonly budgetBytes: number | 'auto';
  readonly minResidenceMs: number;
  readonly lodgers: () => Iterable<Lodger>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Longest time between two looks at what is free. */
const LOOK_MS = 100;
/** What a process has given back takes a moment to be seen as free. */
const SETTLE_MS = 2000;

/** The memory all models share: who may load, and who leaves for it. */
export class MemoryRoom {
  readonly #given: Options;
  /** One looks and decides at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #wake = Promise.withResolvers<void>();
  #leftAt = Number.NEGATIVE_INFINITY;

  constructor(given: Options) {
    this.#given = given;
  }

  /** Something changed that somebody may have waited for. */
  changed(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Would these bytes of one model be within the budget, beside all that the others take? */
  hasBudget(bytes: number, id: string): boolean {
    const others = this.#residents().filter((resident) => resident.id !== id);
    return this.#excess(bytes, others) <= 0;
  }

  get budgetBytes(): number | 'auto' {
    return this.#given.budgetBytes;
  }

  /** The plan of a model, as soon as there is memory for it; rejects with ERR_ROUTE_NO_MEMORY where there will be none. */
  async find(ask: RoomAsk): Promise<EnginePlan> {
    for (;;) {
      const wake = this.#wake.promise;
      const attempt = this.#turn.then(() => this.#attempt(ask));
      this.#turn = attempt.catch(() => undefined);
      const found = await attempt;
      if ('plan' in found) return found.plan;
      await pause(wake, Math.min(found.waitMs, LOOK_MS), ask.signal);
    }
  }

  async #attempt(ask: RoomAsk): Promise<Attempt> {
    ask.signal.throwIfAborted();
    const found = await this.#look(ask);
    // Requests that were let through a moment ago have reached their engine after this.
    await setImmediate();
    ask.signal.throwIfAborted();
    const waitMs = found.shortage === undefined ? undefined : this.#makeRoom(ask, found.shortage.missingBytes);
    if (waitMs !== undefined) return { waitMs };
    if (found.plan === undefined) throw found.shortage.error;
    ask.onGrant(found.plan);
    return { plan: found.plan };
  }

  /** How long until another look is worth it; `undefined`: nothing more will become free. */
  #makeRoom(ask: RoomAsk, missingBytes: number): number | undefined {
    const now = this.#given.now();
    const { minResidenceMs } = this.#given;
    const move = nextVictim({ residents: this.#residents(), missingBytes, minResidenceMs, now });
    if (move.kind === 'unload') {
      if (ask.isWanted()) this.#unload(move.id);
      ask.onWait(`waits for the memory of model ${move.id}`);
      return LOOK_MS;
    }
    if (move.kind === 'wait') {
      ask.onWait(`waits for the memory of model ${move.for}`);
      return move.untilMs === undefined ? LOOK_MS : move.untilMs - now;
    }
    return now - this.#leftAt < SETTLE_MS ? LOOK_MS : undefined;
  }

  async #look(ask: RoomAsk): Promise<Looked> {
    try {
      const wished = await ask.plan({ bytes: this.#loadingBytes() });
      const plan = withSmallerCache(wished, this.#excess(wished.needBytes ?? 0, this.#residents()));
      const excess = this.#excess(plan.needBytes ?? 0, this.#residents());
      if (excess > 0) return { plan: undefined, shortage: this.#overBudget(ask.id, plan.needBytes ?? 0, excess) };
      if (plan.adjustment === undefined) return { plan, shortage: undefined };
      return { plan, shortage: { missingBytes: 1 } };
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== NO_MEMORY) throw error;
      return { plan: undefined, shortage: { missingBytes: missingOf(error), error } };
    }
  }

  #unload(id: string): void {
    for (const lodger of this.#given.lodgers()) {
      if (lodger.id !== id) continue;
      void lodger.unload().then(() => {
        this.#leftAt = this.#given.now();
        this.changed();
      });
    }
  }

  #overBudget(id: string, needBytes: number, missingBytes: number): Shortage {
    const budget = this.#given.budgetBytes;
    const others = this.#residents().map((one) => `${one.id} ${megabytes(one.bytes)}`);
    const error = new ServiceError(
      NO_MEMORY,
      `model ${id}: needs ${megabytes(needBytes)}, ${megabytes(missingBytes)} more than engines.memoryBytes (${megabytes(Number(budget))}) leaves; loaded: ${others.join(', ') || 'nothing'}. Raise engines.memoryBytes, or lower slots, context or kvTokens`,
      { details: { model: id, neededBytes: needBytes, missingBytes, budgetBytes: budget } },
    );
    return { missingBytes, error };
  }

  #excess(bytes: number, beside: readonly Resident[]): number {
    const { budgetBytes } = this.#given;
    if (budgetBytes === 'auto' || bytes === 0) return 0;
    return beside.reduce((sum, resident) => sum + resident.bytes, bytes) - budgetBytes;
  }

  #loadingBytes(): number {
    const loading = this.#residents().filter(({ phase }) => phase === 'loading');
    return loading.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #residents(): readonly Resident[] {
    return [...this.#given.lodgers()].flatMap((lodger) => lodger.resident() ?? []);
  }
}

type Attempt = { readonly plan: EnginePlan } | { readonly waitMs: number };

interface Shortage {
  readonly missingBytes: number;
  readonly error: ServiceError;
}

type Looked =
  /** Made smaller, it fits; as configured it might, once somebody has left. */
  | { readonly plan: EnginePlan; readonly shortage: Pick<Shortage, 'missingBytes'> | undefined }
  | { readonly plan: undefined; readonly shortage: Shortage };

const NO_MEMORY: ErrorCode = 'ERR_ROUTE_NO_MEMORY';
const MEGABYTE = 1e6;
const megabytes = (bytes: number): string => `${Math.ceil(bytes / MEGABYTE)} MB`;

const missingOf = ({ details }: ServiceError): number => {
  const needed = details?.neededBytes;
  const free = details?.freeBytes;
  return typeof needed === 'number' && typeof free === 'number' ? Math.max(1, needed - free) : 1;
};

/** Waits for a change, some time, or the signal, whichever comes first. */
const pause = (wake: Promise<void>, ms: number, signal: AbortSignal): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(1, ms));
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  void wake.then(resolve);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  });
};
