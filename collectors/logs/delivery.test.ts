import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, follow, lagSeconds, type Seen, waiting } from './delivery.ts';

const seen = (at: number, received: number, settled: number, more: Partial<Seen> = {}): Seen => ({
  ...{ at: at * 1000, life: 'one', received, settled, retried: 0, inFlight: 0 },
  ...more,
});
const lookAt = (...looks: readonly Seen[]): Delivery => {
  const end = looks.reduce<Delivery | undefined>(follow, undefined);
  if (end === undefined) throw new TypeError('no look');
  return end;
};

describe('the way of the lines through a stage', () => {
  it('is clear when all that came has gone', () => {
    const end = lookAt(seen(0, 10, 10), seen(5, 30, 30));
    expect([waiting(end), lagSeconds(end)]).toEqual([0, 0]);
  });

  it('lags by the age of the oldest line that has not gone', () => {
    const end = lookAt(
      seen(0, 10, 10),
      seen(5, 20, 10, { retried: 1 }),
      seen(10, 30, 10, { retried: 2 }),
      seen(60, 40, 10, { retried: 3 }),
    );
    expect([waiting(end), lagSeconds(end)]).toEqual([30, 55]);
    // The first ten are out; the second ten came at 10.
    const later = follow(end, seen(65, 40, 20, { retried: 3 }));
    expect([waiting(later), lagSeconds(later)]).toEqual([20, 55]);
    const done = follow(later, seen(70, 40, 40, { retried: 3 }));
    expect([waiting(done), lagSeconds(done)]).toEqual([0, 0]);
  });

  it('goes on over a restart, whose counts begin anew while the queue does not', () => {
    const end = lookAt(
      seen(0, 19, 19),
      seen(5, 3019, 19, { retried: 5 }),
      seen(20, 0, 0, { life: 'two', retried: 470 }),
      seen(25, 100, 0, { life: 'two', retried: 705 }),
    );
    expect([waiting(end), lagSeconds(end)]).toEqual([3100, 20]);
    const done = follow(end, seen(40, 100, 3100, { life: 'two', retried: 705 }));
    expect([waiting(done), lagSeconds(done)]).toEqual([0, 0]);
  });

  it('knows nothing of what an earlier one left, and takes its coming out for no debt', () => {
    const end = lookAt(seen(0, 0, 0), seen(5, 0, 5000), seen(10, 10, 5000));
    expect([waiting(end), lagSeconds(end)]).toEqual([10, 0]);
  });

  it('is clear again when a stage has come to rest, although counts were lost in a crash', () => {
    const lost = lookAt(seen(0, 100, 40, { retried: 1 }), seen(5, 0, 0, { life: 'two', retried: 1 }));
    expect(waiting(lost)).toBe(60);
    const still = follow(lost, seen(60, 0, 0, { life: 'two', retried: 1 }));
    expect(waiting(still)).toBe(60);
    const rested = follow(still, seen(65, 0, 0, { life: 'two', retried: 1 }));
    expect([waiting(rested), lagSeconds(rested)]).toEqual([0, 0]);
  });

  it('is not at rest while it tries, or holds a batch', () => {
    const trying = lookAt(
      seen(0, 10, 0, { retried: 1 }),
      ...[30, 60, 90].map((at) => seen(at, 10, 0, { retried: at })),
    );
    expect(lagSeconds(trying)).toBe(90);
    const holding = lookAt(...[0, 30, 60, 90].map((at) => seen(at, 10, 0, { inFlight: 1 })));
    expect(lagSeconds(holding)).toBe(90);
  });

  it('is clear at once where the stage says that its queue is empty', () => {
    const end = lookAt(seen(0, 10, 0, { queued: 10 }), seen(5, 0, 0, { life: 'two', queued: 0 }));
    expect([waiting(end), lagSeconds(end)]).toEqual([0, 0]);
  });

  it('remembers the oldest line of a store that is away for days, in bounded memory', () => {
    let delivery = follow(undefined, seen(0, 0, 0));
    for (let at = 1; at <= 5000; at += 1) delivery = follow(delivery, seen(at, at, 0, { retried: at }));
    expect(lagSeconds(delivery)).toBe(4999);
    expect(delivery.marks.length).toBeLessThanOrEqual(512);
  });

  it('never waits for less than nothing', () => {
    const look = fc.record({
      ...{ life: fc.constantFrom('one', 'two'), received: fc.nat(1000), settled: fc.nat(1000) },
      ...{ retried: fc.nat(3), inFlight: fc.nat(2) },
    });
    fc.assert(
      fc.property(fc.array(look, { minLength: 1 }), (looks) => {
        const end = lookAt(...looks.map((each, at) => ({ ...each, at: at * 1000 })));
        expect(waiting(end)).toBeGreaterThanOrEqual(0);
        expect(lagSeconds(end)).toBeGreaterThanOrEqual(0);
        expect(waiting(end) > 0).toBe(end.marks.length > 0);
      }),
    );
  });
});
