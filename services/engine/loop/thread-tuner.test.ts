import { describe, expect, it } from 'vitest';
import { createThreadTuner } from './thread-tuner.ts';

/** Runs steps against a machine on which a step with so many threads takes so long. */
const stand = (limit: number, initial: (threads: number) => number) => {
  let clock = 0;
  let machine = initial;
  const tuner = createThreadTuner(limit, () => clock);
  const run = (steps: number, tokens = 1): number[] =>
    Array.from({ length: steps }, () => {
      const threads = tuner.choose(tokens);
      const stepMs = machine(threads);
      clock += stepMs;
      tuner.observe(stepMs);
      return threads;
    });
  return {
    run,
    change: (next: (threads: number) => number) => {
      machine = next;
    },
  };
};

const quiet = (threads: number): number => 80 / threads;
const busy = (threads: number): number => (threads === 1 ? 120 : 1500);

describe('createThreadTuner', () => {
  it('uses all threads as long as nobody disturbs, after one early try with fewer', () => {
    const used = stand(4, quiet).run(500);
    expect(used.filter((threads) => threads !== 4)).toEqual([2]);
  });

  it('finds out that fewer are faster when it was never quiet', () => {
    expect(stand(2, busy).run(20).at(-1)).toBe(1);
  });

  it('falls back to fewer within a few steps when steps become slow', () => {
    const stage = stand(2, quiet);
    stage.run(20);
    stage.change(busy);
    const during = stage.run(40);
    expect(during.filter((threads) => threads === 2).length).toBeLessThan(8);
    expect(during.at(-1)).toBe(1);
  });

  it('tries more again, and stays with them once they are faster', () => {
    const stage = stand(2, quiet);
    stage.run(20);
    stage.change(busy);
    stage.run(40);
    stage.change(quiet);
    stage.run(400);
    expect(stage.run(20).every((threads) => threads === 2)).toBe(true);
  });

  it('tries in vain ever more rarely', () => {
    const stage = stand(2, quiet);
    stage.run(20);
    stage.change(busy);
    const tries = stage.run(2000).filter((threads) => threads === 2).length;
    expect(tries).toBeLessThan(20);
  });

  it('learns for each size of step on its own', () => {
    const stage = stand(2, quiet);
    stage.run(20, 1);
    stage.change(busy);
    stage.run(40, 1);
    expect(stage.run(1, 512)).toEqual([2]);
  });

  it('has nothing to try with one thread', () => {
    expect(new Set(stand(1, busy).run(50))).toEqual(new Set([1]));
  });
});
