import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { createTelemetry } from '../../../core/telemetry/telemetry.ts';
import { PRIORITIES, type Priority } from '../../engine/protocol/generation.ts';
import { type Admission, createAdmission } from './admission.ts';
import type { Slot } from './slot.ts';

const KEYS = ['a', 'b', 'c'] as const;
const telemetry = createTelemetry({ serviceName: 'test', version: '0', enabled: false });
const limitsOf = (limits: Limits) => configSchema.parse({ limits }).limits;

interface Limits {
  readonly maxConcurrency: number;
  readonly queue: number;
  readonly perKey: { readonly concurrency: number | null; readonly requestsPerMinute: number | null };
}

interface Request {
  readonly keyId: string;
  readonly controller: AbortController;
  slot: Slot | undefined;
}

/** What is true of a bouncer, whatever happens at the door. */
class Model {
  limits: Limits;
  now = 0;
  waiting: Request[] = [];
  running: Request[] = [];
  /** Admissions of each key, with their times. */
  log: { keyId: string; at: number }[] = [];
  /** Those let in under a higher limit may stay. */
  allowed: number;

  constructor(limits: Limits) {
    this.limits = limits;
    this.allowed = limits.maxConcurrency;
  }

  underWay(keyId: string): number {
    return [...this.running, ...this.waiting].filter((request) => request.keyId === keyId).length;
  }
}

interface Real {
  readonly admission: Admission;
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const check = async (model: Model, { admission }: Real): Promise<void> => {
  await settle();
  const { active, waiting } = admission.snapshot();
  expect(active).toBe(model.running.length);
  expect(waiting).toBe(model.waiting.length);
  model.allowed = Math.max(model.limits.maxConcurrency, Math.min(model.allowed, active));
  expect(active).toBeLessThanOrEqual(model.allowed);
  // Nobody waits while there is room.
  if (active < model.limits.maxConcurrency) expect(waiting).toBe(0);
};

class Enter implements fc.AsyncCommand<Model, Real> {
  readonly keyId: string;
  readonly priority: Priority;
  constructor(keyId: string, priority: Priority) {
    this.keyId = keyId;
    this.priority = priority;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const { limits, keyId } = { limits: model.limits, keyId: this.keyId };
    const isFull = model.running.length >= limits.maxConcurrency || model.waiting.length > 0;
    const hasPlace = !isFull || model.waiting.length < limits.queue;
    const request: Request = { keyId, controller: new AbortController(), slot: undefined };
    const { concurrency, requestsPerMinute } = limits.perKey;
    try {
      const entered = real.admission.enter({
        keyId,
        priority: this.priority,
        deadlineAt: Number.MAX_SAFE_INTEGER,
        estimatedTokens: 1,
        signal: request.controller.signal,
      });
      expect(hasPlace).toBe(true);
      if (concurrency !== null) expect(model.underWay(keyId)).toBeLessThan(concurrency);
      model.log.push({ keyId, at: model.now });
      if (requestsPerMinute !== null) {
        const minute = model.log.filter((past) => past.keyId === keyId && past.at > model.now - 60_000);
        // A whole budget at once, and what comes back within the minute.
        expect(minute.length).toBeLessThanOrEqual(2 * requestsPerMinute);
      }
      if (entered instanceof Promise) {
        model.waiting.push(request);
        entered.then(
          (slot) => {
            request.slot = slot;
            model.waiting = model.waiting.filter((other) => other !== request);
            model.running.push(request);
          },
          () => {
            model.waiting = model.waiting.filter((other) => other !== request);
          },
        );
      } else {
        request.slot = entered;
        model.running.push(request);
      }
    } catch (error) {
      const { code } = error as { code: string };
      if (code === 'ERR_ADMIT_QUEUE_FULL') expect(hasPlace).toBe(false);
      else if (code === 'ERR_ADMIT_CONCURRENCY') expect(model.underWay(keyId)).toBeGreaterThanOrEqual(concurrency ?? 0);
      else expect([code, requestsPerMinute === null]).toEqual(['ERR_ADMIT_RATE', false]);
    }
    await check(model, real);
  }
  toString = () => `enter(${this.keyId}, ${this.priority})`;
}

class Release implements fc.AsyncCommand<Model, Real> {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
  check = (model: Readonly<Model>) => model.running.length > 0;
  async run(model: Model, real: Real): Promise<void> {
    const [request] = model.running.splice(this.index % model.running.length, 1);
    request?.slot?.release(1);
    await check(model, real);
  }
  toString = () => `release(${this.index})`;
}

class Leave implements fc.AsyncCommand<Model, Real> {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
  check = (model: Readonly<Model>) => model.waiting.length > 0;
  async run(model: Model, real: Real): Promise<void> {
    model.waiting[this.index % model.waiting.length]?.controller.abort();
    await check(model, real);
  }
  toString = () => `leave(${this.index})`;
}

class Change implements fc.AsyncCommand<Model, Real> {
  readonly limits: Limits;
  constructor(limits: Limits) {
    this.limits = limits;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    model.limits = this.limits;
    model.log = [];
    real.admission.update(limitsOf(this.limits));
    await check(model, real);
  }
  toString = () => `change(${JSON.stringify(this.limits)})`;
}

class Wait implements fc.AsyncCommand<Model, Real> {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    model.now += this.ms;
    await check(model, real);
  }
  toString = () => `wait(${this.ms})`;
}

const limits = fc.record({
  maxConcurrency: fc.integer({ min: 1, max: 6 }),
  queue: fc.integer({ min: 0, max: 6 }),
  perKey: fc.record({
    concurrency: fc.option(fc.integer({ min: 1, max: 4 })),
    requestsPerMinute: fc.option(fc.integer({ min: 1, max: 10 })),
  }),
});

const commands = fc.commands(
  [
    fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...PRIORITIES)).map((args) => new Enter(...args)),
    fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...PRIORITIES)).map((args) => new Enter(...args)),
    fc.nat(10).map((index) => new Release(index)),
    fc.nat(10).map((index) => new Leave(index)),
    limits.map((next) => new Change(next)),
    fc.integer({ min: 1, max: 90_000 }).map((ms) => new Wait(ms)),
  ],
  { maxCommands: 60 },
);

describe('admission, whatever comes', () => {
  it('never exceeds a limit, never idles while someone waits, and loses nobody', async () => {
    await fc.assert(
      fc.asyncProperty(limits, commands, async (initial, steps) => {
        const model = new Model(initial);
        const admission = createAdmission({ limits: limitsOf(initial), now: () => model.now, telemetry });
        await fc.asyncModelRun(() => ({ model, real: { admission } }), steps);
        // Everyone who waits gets a turn when the others leave.
        for (let turn = 0; turn < 100 && model.running.length > 0; turn += 1) {
          model.running.shift()?.slot?.release();
          await settle();
        }
        expect(admission.snapshot()).toMatchObject({ active: 0, waiting: 0 });
      }),
    );
  });
});
