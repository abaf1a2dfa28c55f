import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS, type Kind } from './kind.ts';

describe.for(Object.entries(KINDS))('%s', ([, kind]: [string, Kind]) => {
  it('comes back from its scale, and rises with what is measured', () => {
    const n = 500;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: n - 1 }), (value) => {
        const y = kind.toScale({ value, n });
        const back = kind.fromScale(y, n);
        expect([value, value / n].some((expected) => Math.abs(back - expected) < 1e-6 * (1 + expected))).toBe(true);
        expect(kind.toScale({ value: value + 1, n })).toBeGreaterThan(y);
      }),
    );
  });

  it('calls less chance what more events say', () => {
    const y = kind.toScale({ value: 20, n: 200 });
    expect(kind.sampling(y, 2000)).toBeLessThanOrEqual(kind.sampling(y, 200));
  });
});

it('finds a quiet minute no news where few are expected, and a quiet quarter of an hour where many are', () => {
  const { chance } = KINDS.count;
  expect(chance({ value: 0, n: 0 }, Math.log1p(3))).toBeGreaterThan(-3);
  expect(chance({ value: 0, n: 0 }, Math.log1p(45))).toBeLessThan(-6);
  expect(chance({ value: 1, n: 0 }, 0)).toBe(0);
});
