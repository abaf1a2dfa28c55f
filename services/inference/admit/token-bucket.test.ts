import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refill, remaining, resetMs, take, waitForRoom } from './token-bucket.ts';

const FULL = { used: 0, at: 0 };

describe('a budget of a minute', () => {
  it('is used up and comes back evenly', () => {
    const used = take(FULL, 60);
    expect([remaining(used, 60), waitForRoom(used, 60, 1), resetMs(used, 60)]).toEqual([0, 1000, 60_000]);
    const later = refill(used, 60, 10_000);
    expect([remaining(later, 60), waitForRoom(later, 60, 10), waitForRoom(later, 60, 11)]).toEqual([10, 0, 1000]);
    expect(refill(later, 60, 600_000).used).toBe(0);
  });

  it('lets more than a whole budget through only when it is whole', () => {
    expect(waitForRoom(FULL, 100, 5000)).toBe(0);
    expect(waitForRoom(take(FULL, 1), 100, 5000)).toBe(600);
  });

  it('takes back what was reserved and not used, and never more than there is', () => {
    expect(take(take(FULL, 50), -20).used).toBe(30);
    expect(take(take(FULL, 50), -80).used).toBe(0);
  });

  it('is not confused by a clock that goes back', () => {
    expect(refill({ used: 5, at: 1000 }, 60, 400)).toEqual({ used: 5, at: 400 });
  });

  it('has room after exactly the wait it named', () => {
    const amounts = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(amounts, amounts, amounts, (limit, used, amount) => {
        const bucket = take(FULL, used);
        expect(waitForRoom(refill(bucket, limit, waitForRoom(bucket, limit, amount)), limit, amount)).toBe(0);
      }),
    );
  });
});
