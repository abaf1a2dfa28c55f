import type { LimitsConfig } from '../../../core/config/schema.ts';
import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { Priority } from '../../engine/protocol/generation.ts';
import { createDeadlineTimer, type DeadlineTimer } from './deadline-timer.ts';
import { createKeyLedger, isRefusal, type KeyAccount, type KeyLedger } from './key-ledger.ts';
import { deadlinePassed, draining, keyRefused, queueFull, type RejectionReason, reasonOf } from './refusals.ts';
import { createServiceTime } from './service-time.ts';
import { createShedding, type Shedding } from './shedding.ts';
import { createSlot, type Seat, type Slot } from './slot.ts';
import { createWaitQueue, type Place } from './wait-queue.ts';

export interface Entry {
  readonly keyId: string;
  readonly priority: Priority;
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
  /** Reserved from the key's tokens of the minute until `release` says what was used. */
  readonly estimatedTokens: number;
  readonly signal: AbortSignal;
}

export interface AdmissionSnapshot {
  readonly active: number;
  readonly waiting: number;
  readonly limits: LimitsConfig;
}

export interface Admission {
  /** A slot now, or a promise of one; throws (or rejects with) the refusal that clients see. */
  enter(entry: Entry): Slot | Promise<Slot>;
  /** The refusal that any request would get now, whatever it asks for; counted like one. */
  refusal(): ServiceError | undefined;
  /** Raising starts waiting requests at once; lowering lets running and waiting ones finish. */
  update(limits: LimitsConfig): void;
  snapshot(): AdmissionSnapshot;
  /** Keeps out the lowest priority for a while. */
  readonly shedding: Shedding;
  /** Takes nothing new any more; resolves when the last request, running or waiting, has left. */
  drain(): Promise<void>;
  /** OpenAI's `x-ratelimit-…` headers of one key; empty where no limit is set. */
  rateHeaders(keyId: string): Readonly<Record<string, string>>;
}

interface Deps {
  readonly limits: LimitsConfig;
  /** Epoch milliseconds, the clock deadlines are written in. */
  readonly now: () => number;
  readonly telemetry: Pick<Telemetry, 'counter' | 'record' | 'gauge'>;
}

interface Waiter {
  readonly entry: Entry;
  readonly account: KeyAccount;
  readonly resolve: (seat: Seat) => void;
  readonly reject: (error: unknown) => void;
  readonly onAbort: () => void;
}

/** Decides who is worked on now, who waits and who is refused. */
export const createAdmission = (deps: Deps): Admission => {
  const controller = new AdmissionControl(deps);
  const { telemetry } = deps;
  telemetry.gauge('queueDepth', () => [{ value: controller.snapshot().waiting }]);
  telemetry.gauge('activeRequests', () => [{ value: controller.snapshot().active }]);
  telemetry.gauge('concurrencyLimit', () => [{ value: controller.snapshot().limits.maxConcurrency }]);
  return controller;
};

class AdmissionControl implements Admission {
  readonly shedding: Shedding;
  readonly #now: () => number;
  readonly #telemetry: Pick<Telemetry, 'counter' | 'record'>;
  readonly #keys: KeyLedger;
  readonly #queue = createWaitQueue<Waiter>();
  readonly #serviceTime = createServiceTime();
  readonly #deadlines: DeadlineTimer;
  #limits: LimitsConfig;
  #active = 0;
  /** Those that left their place for a while. */
  #away = 0;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor({ limits, now, telemetry }: Deps) {
    this.#limits = limits;
    this.#now = now;
    this.#telemetry = telemetry;
    this.shedding = createShedding(now);
    this.#keys = createKeyLedger(limits.perKey);
    this.#deadlines = createDeadlineTimer(now, () => this.#expire());
  }

  enter(entry: Entry): Slot | Promise<Slot> {
    const now = this.#now();
    if (this.#drained !== undefined) throw this.#refuse('draining', draining());
    entry.signal.throwIfAborted();
    if (entry.deadlineAt <= now) throw this.#refuse('deadline', deadlinePassed());
    const shed = this.shedding.refusal(entry.priority);
    if (shed !== undefined) throw this.#refuse('shed', shed);
    // Before the key's account, so that a client refused for the service's sake has used up nothing of its own.
    const full = this.refusal();
    if (full !== undefined) throw full;
    const mustWait = this.#mustWait();
    const account = this.#keys.open(entry.keyId, entry.estimatedTokens, now);
    if (isRefusal(account)) throw this.#refuse(reasonOf(account), keyRefused(account, this.#retryAfter()));
    if (!mustWait) return this.#slotOf(entry, account, this.#start(entry, account, now, 0));
    return this.#wait(entry, account, now).then((seat) => this.#slotOf(entry, account, seat));
  }

  refusal(): ServiceError | undefined {
    if (this.#drained !== undefined) return this.#refuse('draining', draining());
    const { queue } = this.#limits;
    if (!this.#mustWait() || this.#queue.size < queue) return undefined;
    return this.#refuse('queue_full', queueFull(queue, this.#retryAfter()));
  }

  update(limits: LimitsConfig): void {
    this.#limits = limits;
    this.#keys.update(limits.perKey);
    this.#startWaiting();
  }

  snapshot(): AdmissionSnapshot {
    return { active: this.#active, waiting: this.#queue.size, limits: this.#limits };
  }

  drain(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    this.#settleDrain();
    return this.#drained.promise;
  }

  rateHeaders(keyId: string): Readonly<Record<string, string>> {
    return this.#keys.headers(keyId, this.#now());
  }

  #mustWait(): boolean {
    return this.#active >= this.#limits.maxConcurrency || this.#queue.size > 0;
  }

  #slotOf(entry: Entry, account: KeyAccount, first: Seat): Slot {
    return createSlot(first, {
      leave: (seat) => {
        const { queue } = this.#limits;
        if (this.#away >= queue) throw this.#refuse('queue_full', queueFull(queue, this.#retryAfter()));
        this.#away += 1;
        seat.vacate();
      },
      comeBack: () => {
        entry.signal.throwIfAborted();
        this.#away -= 1;
        const now = this.#now();
        return this.#mustWait() ? this.#wait(entry, account, now) : this.#start(entry, account, now, 0);
      },
      giveUp: (usedTokens) => {
        this.#away -= 1;
        this.#keys.close(account, entry.estimatedTokens, usedTokens, this.#now());
        this.#settleDrain();
      },
    });
  }

  #start(entry: Entry, account: KeyAccount, now: number, waitedMs: number): Seat {
    this.#active += 1;
    this.#telemetry.record('queueWait', waitedMs / 1000, { priority: entry.priority });
    let isHeld = true;
    return {
      waitedMs,
      release: (usedTokens) => {
        if (!isHeld) return;
        isHeld = false;
        this.#finish(entry, account, now, usedTokens);
      },
      vacate: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#active -= 1;
        this.#startWaiting();
      },
    };
  }

  #finish(entry: Entry, account: KeyAccount, startedAt: number, usedTokens: number | undefined): void {
    const now = this.#now();
    this.#active -= 1;
    this.#serviceTime.add(Math.max(0, now - startedAt));
    this.#keys.close(account, entry.estimatedTokens, usedTokens, now);
    this.#startWaiting();
  }

  #wait(entry: Entry, account: KeyAccount, now: number): Promise<Seat> {
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#leave(place, entry.signal.reason);
      const place = this.#queue.push({ entry, account, resolve, reject, onAbort }, entry.priority, now);
      entry.signal.addEventListener('abort', onAbort, { once: true });
      this.#deadlines.watch(entry.deadlineAt);
    });
  }

  #startWaiting(): void {
    while (this.#active < this.#limits.maxConcurrency) {
      const now = this.#now();
      const place = this.#queue.shift(now);
      if (place === undefined) break;
      const { entry, account, resolve, onAbort } = place.value;
      entry.signal.removeEventListener('abort', onAbort);
      resolve(this.#start(entry, account, now, Math.max(0, now - place.since)));
    }
    this.#rest();
  }

  #leave(place: Place<Waiter>, reason: unknown): void {
    if (!this.#queue.remove(place)) return;
    const { entry, account, reject, onAbort } = place.value;
    entry.signal.removeEventListener('abort', onAbort);
    this.#keys.close(account, entry.estimatedTokens, 0, this.#now());
    reject(reason);
    this.#rest();
  }

  #expire(): void {
    const now = this.#now();
    for (const place of this.#queue.values()) {
      const { deadlineAt } = place.value.entry;
      if (deadlineAt <= now) this.#leave(place, this.#refuse('deadline', deadlinePassed()));
      else this.#deadlines.watch(deadlineAt);
    }
  }

  #rest(): void {
    if (this.#queue.size === 0) this.#deadlines.clear();
    this.#settleDrain();
  }

  #settleDrain(): void {
    if (this.#active + this.#away === 0 && this.#queue.size === 0) this.#drained?.resolve();
  }

  #retryAfter(): number {
    return this.#serviceTime.retryAfterSeconds(this.#queue.size + 1, this.#limits.maxConcurrency);
  }

  #refuse(reason: RejectionReason, error: ServiceError): ServiceError {
    this.#telemetry.counter('rejections', { reason });
    return error;
  }
}
