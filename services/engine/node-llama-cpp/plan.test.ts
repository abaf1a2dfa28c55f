import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planStep } from './plan.ts';

describe('planStep', () => {
  it('gives a lone prompt the whole batch', () => {
    expect(planStep([2000], 512)).toEqual([512]);
  });

  it('leaves most of a step to the answers that are being written', () => {
    expect(planStep([0, 2000, 0], 512)).toEqual([0, 128, 0]);
  });

  it('serves prompts in order', () => {
    expect(planStep([300, 300, 300], 512)).toEqual([300, 212, 0]);
  });

  it('always gets on, and never beyond the batch or the prompt', () => {
    const lefts = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(lefts, fc.integer({ min: 64, max: 2048 }), (left, batchSize) => {
        const plan = planStep(left, batchSize);
        const writing = left.filter((tokens) => tokens === 0).length;
        const prompts = plan.reduce((sum, tokens) => sum + tokens, 0);
        expect(prompts + writing).toBeLessThanOrEqual(Math.max(batchSize, writing + 1));
        expect(plan.every((tokens, index) => tokens <= (left[index] ?? 0))).toBe(true);
        expect(prompts > 0 || writing > 0).toBe(true);
        if (left.some((tokens) => tokens > 0)) expect(prompts).toBeGreaterThan(0);
      }),
    );
  });
});
