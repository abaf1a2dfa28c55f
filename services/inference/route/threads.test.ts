import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createThreadBudget, threadSource } from './thread-budget.ts';
import { divideThreads } from './threads.ts';

describe('dividing threads', () => {
  it.each([
    [8, ['auto'], [8]],
    [8, ['auto', 'auto', 'auto'], [3, 3, 2]],
    [8, [2, 'auto', 'auto'], [2, 3, 3]],
    [2, ['auto', 'auto'], [1, 1]],
    [4, [4], [4]],
    [4, [], []],
  ] as const)('of %i among %j gives %j', (budget, claims, expected) => {
    expect(divideThreads(budget, claims)).toEqual(expected);
  });

  it.each([
    [1, ['auto', 'auto']],
    [4, [4, 'auto']],
    [4, [5]],
  ] as const)('of %i among %j is impossible', (budget, claims) => {
    expect(divideThreads(budget, claims)).toBeUndefined();
  });

  it('gives everyone at least one, nobody more than a share, and never more than there are', () => {
    const claim = fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 8 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(claim, { maxLength: 16 }), (budget, claims) => {
        const parts = divideThreads(budget, claims);
        if (parts === undefined) return;
        expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(budget);
        const shares = parts.filter((_, index) => claims[index] === 'auto');
        expect(Math.min(...parts, budget)).toBeGreaterThanOrEqual(1);
        if (shares.length > 0) expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the thread budget', () => {
  it('divides again when a replica comes or goes, and tells only those whose number changed', () => {
    const budget = createThreadBudget(4);
    const told: string[] = [];
    const join = (name: string) => {
      const source = threadSource(budget, { claim: 'auto', isExtra: false });
      return { ...source, isIn: source.join((threads) => told.push(`${name} ${threads}`)) };
    };
    const a = join('a');
    join('b');
    a.leave();
    join('c');
    expect(told).toEqual(['a 4', 'a 2', 'b 2', 'b 4', 'b 2', 'c 2']);
    expect(budget.used).toBe(4);
  });

  it('refuses who would leave another without a thread', () => {
    const budget = createThreadBudget(2);
    const [a, b, c] = ([1, 'auto', 'auto'] as const).map((claim) => threadSource(budget, { claim, isExtra: false }));
    expect([a?.join(() => undefined), b?.join(() => undefined), c?.join(() => undefined)]).toEqual([true, true, false]);
    expect(budget.hasRoom('auto', 1)).toBe(false);
    a?.leave();
    expect(budget.hasRoom('auto', 1)).toBe(true);
    expect(c?.join(() => undefined)).toBe(true);
  });

  it('gives one that stands by as many as the one has whose place it will take, and counts it not', () => {
    const budget = createThreadBudget(4);
    const told: string[] = [];
    const join = (name: string, isExtra: boolean) => {
      const source = threadSource(budget, { claim: 'auto', isExtra });
      source.join((threads) => told.push(`${name} ${threads}`));
      return source;
    };
    join('a', false);
    const standby = join('standby', true);
    join('b', false);
    standby.leave();
    expect(told).toEqual(['a 4', 'standby 4', 'a 2', 'b 2', 'standby 2']);
    expect([budget.used, budget.hasRoom('auto', 2), budget.hasRoom('auto', 3)]).toEqual([4, true, false]);
  });
});
