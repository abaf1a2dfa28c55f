import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planStep } from './plan.ts';

const LIMITS = { batchTokens: 512, promptTokens: 128 };
const demands = (...left: readonly number[]) => left.map((tokens, order) => ({ left: tokens, order, level: 1 }));

describe('planStep', () => {
  it('gives those that write one token each, and prompts at most their budget', () => {
    expect(planStep(demands(1, 1000, 1), LIMITS)).toEqual([1, 128, 1]);
  });

  it('gives prompts no more than the batch holds beside those that write', () => {
    expect(planStep(demands(1, 1000), { batchTokens: 512, promptTokens: 512 })).toEqual([1, 511]);
  });

  it('takes a prompt of a higher priority for a shorter one', () => {
    const [first, low, high] = [
      { left: 1, order: 0, level: 1 },
      { left: 90, order: 1, level: 2 },
      { left: 300, order: 2, level: 0 },
    ];
    expect(planStep([first, low, high], LIMITS)).toEqual([1, 32, 96]);
  });

  it('lets a short prompt pass a long one that came first', () => {
    expect(planStep(demands(1, 4000, 40), LIMITS)).toEqual([1, 88, 40]);
  });

  it('keeps a share for the prompt that came first, however many short ones come', () => {
    const plan = planStep(demands(4000, ...Array.from({ length: 20 }, () => 100)), LIMITS);
    expect(plan[0]).toBe(32);
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
