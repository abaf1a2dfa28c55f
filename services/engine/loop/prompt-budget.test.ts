import { describe, expect, it } from 'vitest';
import { promptBudget, type Situation } from './prompt-budget.ts';

const FAST: Situation = { streaming: 7, prompts: 1, stepMs: 40, promptMs: 2.5, batchTokens: 512 };
const budget = (changes: Partial<Situation> = {}): number => promptBudget({ ...FAST, ...changes });

describe('promptBudget', () => {
  it('lengthens the gaps between tokens in proportion to what they are', () => {
    expect([budget(), budget({ stepMs: 80 }), budget({ stepMs: 160 })]).toEqual([12, 24, 48]);
  });

  it('is what nobody sees where gaps are short', () => {
    expect([budget({ stepMs: 2 }), budget({ stepMs: 2, promptMs: 0.1 })]).toEqual([10, 250]);
  });

  it('grows with the number that wait for each that reads along, up to a limit', () => {
    expect([1, 2, 4, 100].map((prompts) => budget({ streaming: 1, prompts }))).toEqual([12, 24, 48, 80]);
  });

  it('at most doubles the gaps of a slow machine', () => {
    expect(budget({ stepMs: 400, promptMs: 20, streaming: 1, prompts: 50 })).toBe(20);
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
