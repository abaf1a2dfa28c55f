import { describe, expect, it } from 'vitest';
import { promptBudget, type Situation } from './prompt-budget.ts';

/** Too long for one stall. */
const LONG = 4000;
const FAST: Situation = { streaming: 7, prompts: [LONG], stepMs: 40, promptMs: 2.5, batchTokens: 512 };
const budget = (changes: Partial<Situation> = {}): number => promptBudget({ ...FAST, ...changes });

describe('promptBudget', () => {
  it('lengthens the gaps between tokens in proportion to what they are', () => {
    expect([budget(), budget({ stepMs: 80 }), budget({ stepMs: 160 })]).toEqual([12, 24, 48]);
  });

  it('is what nobody sees where gaps are short', () => {
    expect([budget({ stepMs: 2 }), budget({ stepMs: 2, promptMs: 0.1 })]).toEqual([10, 250]);
  });

  it('grows with the number that wait for each that reads along, up to a limit', () => {
    expect([1, 2, 4, 100].map((count) => budget({ streaming: 1, prompts: Array<number>(count).fill(LONG) }))).toEqual([
      12, 24, 48, 80,
    ]);
  });

  it('completes short prompts in one stall where those who wait are many beside those who read', () => {
    const short = (count: number) => Array<number>(count).fill(32);
    expect(budget({ streaming: 1, prompts: short(7) })).toBe(7 * 32);
    expect(budget({ streaming: 1, prompts: [...short(3), LONG] })).toBe(3 * 32);
    expect(budget({ streaming: 4, prompts: short(4) })).toBe(4 * 32);
    expect(budget({ streaming: 4, prompts: [400, 400] })).toBe(12);
    expect(budget({ streaming: 15, prompts: short(1) })).toBe(12);
  });

  it('stalls nobody for longer than a second and a half, however many wait', () => {
    expect(budget({ streaming: 1, promptMs: 5, prompts: Array<number>(100).fill(32) })).toBe(9 * 32);
  });

  it('completes prompts together where nobody reads along, but makes nobody who comes later wait for a long one', () => {
    const alone = (...prompts: readonly number[]) => budget({ streaming: 0, promptMs: 4, prompts });
    expect(alone(...Array<number>(7).fill(64))).toBe(7 * 64);
    expect(alone(...Array<number>(9).fill(60))).toBe(8 * 60);
    expect(alone(120, 120, LONG)).toBe(240);
    expect(alone(64, LONG)).toBe(100);
  });

  it('at most doubles the gaps of a slow machine', () => {
    expect(budget({ stepMs: 400, promptMs: 20, streaming: 1, prompts: Array<number>(50).fill(LONG) })).toBe(20);
  });

  it('is a step of moderate length where nobody reads along', () => {
    expect([budget({ streaming: 0 }), budget({ streaming: 0, promptMs: 0.1 })]).toEqual([160, 512]);
    expect(budget({ streaming: 0, promptMs: 100 })).toBe(64);
  });

  it('gets somewhere however slow a prompt token is', () => {
    expect(budget({ promptMs: 1000 })).toBe(8);
  });

  it('is cautious before anything was measured', () => {
    const unmeasured = { promptMs: undefined, stepMs: undefined };
    expect([budget({ ...unmeasured, streaming: 0 }), budget(unmeasured)]).toEqual([128, 32]);
  });

  it('never exceeds a batch', () => {
    expect([budget({ batchTokens: 4 }), budget({ batchTokens: 4, streaming: 0 })]).toEqual([4, 4]);
    expect(budget({ promptMs: 0 })).toBe(512);
  });
});
