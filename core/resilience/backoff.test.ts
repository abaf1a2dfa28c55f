import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBackoff } from './backoff.ts';

const take = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

describe('back-off', () => {
  test('the bound of the wait doubles up to the longest', () => {
    const backoff = createBackoff({ minMs: 100, maxMs: 1000, random: () => 0.999_999 });
    expect(take(6, backoff.next)).toEqual([99, 199, 399, 799, 999, 999]);
  });

  test('begins again after a reset', () => {
    const backoff = createBackoff({ minMs: 100, maxMs: 1000, random: () => 0.5 });
    expect(take(3, backoff.next)).toEqual([50, 100, 200]);
    backoff.reset();
    expect(take(2, backoff.next)).toEqual([50, 100]);
  });

  test('stays between nothing and its bound for ever', () => {
    const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(100_000), jitter, (minMs, more, share) => {
        const backoff = createBackoff({ minMs, maxMs: minMs + more, random: () => share });
        for (const [attempt, wait] of take(1100, backoff.next).entries()) {
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(Math.min(minMs + more, Math.max(1, minMs) * 2 ** attempt));
        }
      }),
      { numRuns: 20 },
    );
  });
});
