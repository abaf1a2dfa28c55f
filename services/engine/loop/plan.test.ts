import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planStep, promptBudget } from './plan.ts';

const LIMITS = { batchTokens: 512, promptTokens: 128 };
const demands = (...left: readonly number[]) => left.map((tokens, order) => ({ left: tokens, order }));

describe('planStep', () => {
  it('gives those that write one token each, and prompts at most their budget', () => {
    expect(planStep(demands(1, 1000, 1), LIMITS)).toEqual([1, 128, 1]);
  });

  it('gives prompts the whole step when nobody writes', () => {
    expect(planStep(demands(1000), LIMITS)).toEqual([512]);
  });

  it('lets a short prompt pass a long one that came first', () => {
    expect(planStep(demands(1, 4000, 40), LIMITS)).toEqual([1, 88, 40]);
  });

  it('keeps a share for the prompt that came first, however many short ones come', () => {
    const plan = planStep(demands(4000, ...Array.from({ length: 20 }, () => 100)), LIMITS);
    expect(plan[0]).toBe(128);
  });

  it('never exceeds the batch, what is left, or one token for those that write', () => {
    const left = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 32 });
    fc.assert(
      fc.property(left, fc.integer({ min: 0, max: 512 }), (lefts, promptTokens) => {
        const plan = planStep(demands(...lefts), { batchTokens: 512, promptTokens });
        expect(plan.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(512);
        expect(plan.every((count, index) => count <= (lefts[index] ?? 0))).toBe(true);
        expect(plan.some((count) => count > 0)).toBe(true);
        expect(lefts.every((tokens, index) => tokens > 1 || plan[index] === 1)).toBe(true);
      }),
    );
  });
});

describe('promptBudget', () => {
  it('is what the machine computes in a pause nobody minds, within bounds', () => {
    expect(promptBudget(undefined, 512)).toBe(128);
    expect(promptBudget(2.5, 512)).toBe(80);
    expect(promptBudget(100, 512)).toBe(64);
    expect(promptBudget(0.01, 512)).toBe(512);
  });
});
