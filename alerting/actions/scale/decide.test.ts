import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, floorOf, stepOf } from './decide.ts';
import { type Load, NEW_STATE, type Reading, type ScaleBounds, type ScaleDecision, type ScaleState } from './model.ts';

const MINUTE = 60_000;
const BOUNDS: ScaleBounds = {
  min: 1,
  max: 8,
  maxStep: 2,
  cooldownMs: 2 * MINUTE,
  sustainMs: 30_000,
  stabilizationMs: 5 * MINUTE,
  helpTries: 2,
  manualHoldMs: 60 * MINUTE,
};

const loadOf = (ratio: number, needed?: number): Load => ({ pressures: [{ name: 'time-outs', ratio }], needed });
const CALM = loadOf(0, 1);

const readingOf = (more: Partial<Reading> = {}): Reading => ({
  at: 0,
  replicas: 1,
  configured: 1,
  changedBy: undefined,
  room: { fits: true },
  isAlerted: false,
  load: CALM,
  ...more,
});

/** A box whose decisions are carried out; `look` may change anything about one look. */
const createBox = (bounds: ScaleBounds = BOUNDS, start: Partial<Reading> = {}) => {
  let reading = readingOf(start);
  let state: ScaleState = NEW_STATE;
  const look = (more: Partial<Reading> = {}): ScaleDecision => {
    reading = { ...readingOf(start), at: reading.at, replicas: reading.replicas, ...more };
    const decided = decide(state, reading, bounds);
    state = decided.state;
    if (decided.decision.kind !== 'nothing') reading = { ...reading, replicas: decided.decision.to };
    return decided.decision;
  };
  return {
    look,
    /** Looks every ten seconds for as long; answers what was done. */
    run(ms: number, more: Partial<Reading> | ((at: number) => Partial<Reading>) = {}): ScaleDecision[] {
      const done: ScaleDecision[] = [];
      for (let passed = 0; passed < ms; passed += 10_000) {
        reading = { ...reading, at: reading.at + 10_000 };
        const decision = look(typeof more === 'function' ? more(reading.at) : more);
        if (decision.kind !== 'nothing') done.push(decision);
      }
      return done;
    },
    get replicas() {
      return reading.replicas;
    },
    get at() {
      return reading.at;
    },
    get state() {
      return state;
    },
  };
};

const HOT = { isAlerted: true, load: loadOf(3, 2) };

describe('scaling out', () => {
  it('adds at once where an alert fires, and otherwise only what lasts', () => {
    expect(createBox().look(HOT)).toMatchObject({ kind: 'out', from: 1, to: 3 });
    const early = createBox();
    expect(early.run(30_000, { load: loadOf(1.2) })).toEqual([]);
    expect(early.run(10_000, { load: loadOf(1.2) })).toMatchObject([{ kind: 'out', to: 2 }]);
  });

  it('does not add where an alert goes on firing and nothing presses any more', () => {
    expect(createBox().look({ isAlerted: true, load: loadOf(0.5) })).toMatchObject({ why: 'steady' });
  });

  it('takes larger steps the further it is over, never more than may be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50 }),
        fc.double({ min: 1, noNaN: true }),
        fc.double({ min: 1, noNaN: true }),
        fc.integer({ min: 1, max: 10 }),
        (replicas, a, b, most) => {
          const [low, high] = a < b ? [a, b] : [b, a];
          expect(stepOf(replicas, low, most)).toBeLessThanOrEqual(stepOf(replicas, high, most));
          expect(stepOf(replicas, high, most)).toBeLessThanOrEqual(most);
          expect(stepOf(replicas, low, most)).toBeGreaterThanOrEqual(1);
        },
      ),
    );
    expect(stepOf(2, Number.POSITIVE_INFINITY, 5)).toBe(5);
  });

  it('waits for a step to take effect, and stops at the bound', () => {
    const box = createBox({ ...BOUNDS, max: 3 });
    box.look(HOT);
    expect(box.look({ ...HOT, load: loadOf(2.5) })).toMatchObject({ why: 'max' });
    const other = createBox();
    other.look({ ...HOT, load: loadOf(1.1) });
    expect(other.look({ ...HOT, load: loadOf(1.05) })).toMatchObject({ why: 'cooldown' });
  });

  it('says that there is no capacity, and why', () => {
    const room = { fits: false, reason: 'no free cores: 2 of 2 threads are taken' } as const;
    expect(createBox().look({ ...HOT, room })).toMatchObject({
      why: 'no_capacity',
      reason: expect.stringContaining('nothing: no capacity: no free cores: 2 of 2 threads are taken'),
    });
  });

  it('stops when it does not help, and tries again the next time', () => {
    const box = createBox();
    const stuck = { isAlerted: true, load: loadOf(1.5) };
    const steps = box.run(60 * MINUTE, stuck);
    expect(steps).toHaveLength(2);
    expect(box.look(stuck)).toMatchObject({ why: 'no_help' });
    box.run(MINUTE);
    expect(box.look(stuck)).toMatchObject({ kind: 'out' });
  });

  it('never acts on what is stale, and forgets what it felt before', () => {
    const box = createBox();
    box.run(20_000, { load: loadOf(2) });
    expect(box.look({ isAlerted: true, load: undefined, staleBecause: 'Prometheus does not answer' })).toEqual({
      kind: 'nothing',
      why: 'stale',
      reason: 'Prometheus does not answer',
    });
    expect(box.run(20_000, { load: loadOf(2) })).toEqual([]);
  });
});

describe('scaling in', () => {
  it('takes one away at a time, each after a whole window of calm, down to what the operator wants', () => {
    const box = createBox(BOUNDS, { configured: 2, replicas: 2 });
    box.look({ ...HOT, load: loadOf(1.9, 3) });
    expect(box.replicas).toBe(4);
    const done = box.run(60 * MINUTE);
    expect(done).toMatchObject([
      { kind: 'in', from: 4, to: 3 },
      { kind: 'in', from: 3, to: 2 },
    ]);
  });

  it('does not while an alert fires, nor while the work would not fit into one fewer', () => {
    const box = createBox();
    box.look(HOT);
    expect(box.run(30 * MINUTE, { isAlerted: true, load: CALM })).toEqual([]);
    expect(box.run(30 * MINUTE, { load: loadOf(0.2, 3) })).toEqual([]);
    expect(box.run(6 * MINUTE, { load: loadOf(0.2, 2) })).toMatchObject([{ kind: 'in', to: 2 }]);
  });

  it('waits longer each time that it was too soon', () => {
    const box = createBox({ ...BOUNDS, maxStep: 1 });
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      box.run(4 * MINUTE, () => ({ isAlerted: true, load: loadOf(box.replicas === 1 ? 1.2 : 0.95) }));
      const from = box.at;
      while (box.replicas > 1) box.run(10_000);
      waits.push(Math.floor((box.at - from) / (5 * MINUTE)));
    }
    expect(waits).toEqual([1, 2, 4, 8]);
  });
});

describe('a number that a person set', () => {
  it('is left alone for its time, and is never gone below afterwards', () => {
    const box = createBox();
    box.look();
    expect(box.look({ ...HOT, replicas: 3 })).toMatchObject({ why: 'manual' });
    expect(box.run(59 * MINUTE, HOT)).toEqual([]);
    expect(box.run(2 * MINUTE, { ...HOT, load: loadOf(1.2, 4) })).toMatchObject([{ kind: 'out', from: 3, to: 4 }]);
    expect(box.run(120 * MINUTE)).toMatchObject([{ kind: 'in', from: 4, to: 3 }]);
  });

  it('is not what a restart of the service brings back', () => {
    const box = createBox();
    box.look(HOT);
    expect(box.look({ ...HOT, replicas: 1, changedBy: 'nobody' })).toMatchObject({ why: 'cooldown' });
    expect(box.state.manualUntil).toBeUndefined();
    box.run(3 * MINUTE, HOT);
    expect(box.replicas).toBeGreaterThan(1);
  });

  it('is not what a change that takes a while, or came to nothing, looks like', () => {
    const box = createBox();
    box.look(HOT);
    expect(box.look({ ...HOT, replicas: 1 })).toMatchObject({ why: 'cooldown' });
    const again = box.run(3 * MINUTE, { ...HOT, replicas: 1 });
    expect(again).toMatchObject([{ kind: 'out', from: 1 }]);
    expect(box.state.manualUntil).toBeUndefined();
    box.look({ ...HOT, replicas: 3 });
    expect(box.look({ ...HOT, replicas: 1 })).toMatchObject({ why: 'manual' });
  });

  it('in the configuration moves the floor', () => {
    const box = createBox();
    box.look();
    box.look({ configured: 3, replicas: 3, changedBy: 'nobody' });
    expect(floorOf(box.state, BOUNDS)).toBe(3);
  });
});

describe('whatever is measured', () => {
  const load = fc.option(
    fc.record({
      ratio: fc.double({ min: 0, max: 50, noNaN: true }),
      needed: fc.option(fc.nat(10), { nil: undefined }),
    }),
    { nil: undefined },
  );
  const looks = fc.array(
    fc.record({ load, isAlerted: fc.boolean(), waitMs: fc.nat(10 * MINUTE), fits: fc.boolean() }),
    { maxLength: 200 },
  );

  it('the bounds hold, steps keep their distance, and nothing is done on stale data or without room', () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 5 }), (all, min, more) => {
        const bounds = { ...BOUNDS, min, max: min + more };
        let state: ScaleState = NEW_STATE;
        let at = 0;
        let replicas = min;
        let lastAt = Number.NEGATIVE_INFINITY;
        for (const { load: measured, isAlerted, waitMs, fits } of all) {
          at += waitMs;
          const reading = readingOf({
            ...{ at, replicas, isAlerted, configured: min },
            room: fits ? { fits } : { fits, reason: 'full' },
            load: measured === undefined ? undefined : loadOf(measured.ratio, measured.needed),
          });
          const decided = decide(state, reading, bounds);
          state = decided.state;
          if (decided.decision.kind === 'nothing') continue;
          const { kind, to } = decided.decision;
          expect(measured).toBeDefined();
          expect(to).toBeGreaterThanOrEqual(min);
          expect(to).toBeLessThanOrEqual(bounds.max);
          if (kind === 'out')
            expect(fits && to - replicas <= bounds.maxStep && at - lastAt >= bounds.cooldownMs).toBe(true);
          if (kind === 'in') expect(replicas - to === 1 && at - lastAt >= bounds.stabilizationMs).toBe(true);
          replicas = to;
          lastAt = at;
        }
      }),
    );
  });

  it('noise around the limit moves nothing', () => {
    const noise = fc.array(fc.double({ min: 0.5, max: 1.6, noNaN: true }), { minLength: 100, maxLength: 400 });
    fc.assert(
      fc.property(noise, (ratios) => {
        const box = createBox(BOUNDS, { replicas: 2, configured: 2 });
        let index = 0;
        // Two looks in a row over the limit, then one below it: never long enough for anything.
        const done = box.run(ratios.length * 10_000, () => {
          index += 1;
          const ratio = ratios[index - 1] ?? 0.5;
          return { load: loadOf(index % 3 === 0 ? Math.min(ratio, 0.99) : ratio, 2) };
        });
        expect(done).toEqual([]);
      }),
    );
  });
});

describe('a clock that is set back', () => {
  const hot = { at: 0, load: loadOf(2), isAlerted: true };

  it('delays the next step by no more than one cool-down', () => {
    const box = createBox(BOUNDS, { at: 600 * MINUTE });
    expect(box.look({ ...hot, at: 600 * MINUTE })).toMatchObject({ kind: 'out' });
    expect(box.look({ ...hot, at: 0, replicas: box.replicas })).toMatchObject({ why: 'cooldown' });
    expect(box.look({ ...hot, at: BOUNDS.cooldownMs, replicas: box.replicas })).toMatchObject({ kind: 'out' });
  });
});

describe('a day of load', () => {
  it('converges, stays, and scales in again', () => {
    const box = createBox();
    /** Work that fills so many replicas: what they cannot do times out. */
    const story = (engines: number) => {
      const over = Math.max(0, engines - box.replicas) / engines;
      const needed = Math.ceil(Math.min(engines, box.replicas) / 0.8);
      return {
        load: { pressures: [{ name: 'time-outs' as const, ratio: over / 0.05 }], needed },
        isAlerted: over > 0.05,
      };
    };
    expect(box.run(60 * MINUTE, () => story(0.5))).toEqual([]);
    box.run(20 * MINUTE, () => story(4.5));
    expect(box.replicas).toBeGreaterThanOrEqual(5);
    expect(box.replicas).toBeLessThanOrEqual(6);
    const settled = box.replicas;
    expect(box.run(120 * MINUTE, () => story(4.5)).filter(({ kind }) => kind === 'out')).toEqual([]);
    expect(Math.abs(box.replicas - settled)).toBeLessThanOrEqual(1);
    const back = box.run(180 * MINUTE, () => story(0.5));
    expect(box.replicas).toBe(1);
    expect(back.every(({ kind }) => kind === 'in')).toBe(true);
  });
});
