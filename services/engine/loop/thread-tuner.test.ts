import { describe, expect, it } from 'vitest';
import { createThreadTuner } from './thread-tuner.ts';

/** Runs steps against a machine on which a step with so many threads takes so long. */
const stand = (limit: number, initial: (threads: number) => number) => {
  let clock = 0;
  let machine = initial;
  const tuner = createThreadTuner(limit, () => clock);
  const run = (steps: number, tokens: number | (() => number) = 1): number[] =>
    Array.from({ length: steps }, () => {
      const size = typeof tokens === 'number' ? tokens : tokens();
      const threads = tuner.choose(size, 0);
      const stepMs = machine(threads) * size;
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

/** The same numbers from 0 to 1 in every run. */
const noise = (): (() => number) => {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};

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

  it('does not take steps for slow whose texts are long', () => {
    let clock = 0;
    const tuner = createThreadTuner(2, () => clock);
    const lookbacks = [0, 0, 0, 1100, 1100, 1100, 1100, 1100];
    const used = Array.from({ length: 2000 }, (_, step) => {
      const lookback = lookbacks[step % lookbacks.length] ?? 0;
      const threads = tuner.choose(64, lookback);
      const stepMs = quiet(threads) * (1 + lookback / 400);
      clock += stepMs;
      tuner.observe(stepMs);
      return threads;
    });
    expect(used.filter((threads) => threads === 1).length).toBe(1);
  });

  it('tries in vain ever more rarely', () => {
    const stage = stand(2, quiet);
    stage.run(20);
    stage.change(busy);
    const tries = stage.run(2000).filter((threads) => threads === 2).length;
    expect(tries).toBeLessThan(20);
  });

  it('learns for steps that write and for large ones on its own', () => {
    const stage = stand(2, quiet);
    stage.run(20, 1);
    stage.change(busy);
    stage.run(40, 1);
    expect(stage.run(1, 512)).toEqual([2]);
  });

  it('keeps all threads on a quiet machine whose steps vary, whatever their size', () => {
    const random = noise();
    const stage = stand(2, (threads) => quiet(threads) * (0.8 + 0.6 * random()) * (random() < 0.03 ? 5 : 1));
    stage.run(100, () => 1 + Math.floor(16 * random()));
    const used = stage.run(4000, () => 1 + Math.floor(16 * random()));
    expect(used.filter((threads) => threads === 1).length).toBeLessThan(80);
  });

  it('loses little to trials beside a busy process on every core, also when steps vary', () => {
    const random = noise();
    const stage = stand(2, (threads) => busy(threads) * (0.7 + 0.8 * random()));
    stage.run(40, () => 1 + Math.floor(8 * random()));
    const used = stage.run(1000, () => 1 + Math.floor(8 * random()));
    expect(used.filter((threads) => threads === 2).length).toBeLessThan(25);
  });

  it('does not change over for steps that are slow because the text is long', () => {
    let step = 0;
    const stage = stand(2, (threads) => {
      step += 1;
      return quiet(threads) * (1 + step / 1000);
    });
    expect(stage.run(4000).filter((threads) => threads === 1).length).toBeLessThan(20);
  });

  it('goes down as far as it helps with many threads, and comes up again', () => {
    // Three of sixteen processors are left: more threads than that wait for each other.
    const crowded = (threads: number): number => (threads <= 2 ? 160 / threads : 100 * threads);
    const stage = stand(16, (threads) => 160 / threads);
    stage.run(50);
    stage.change(crowded);
    stage.run(100);
    expect(stage.run(100).filter((threads) => threads === 2).length).toBeGreaterThan(90);
    stage.change((threads) => 160 / threads);
    stage.run(1000);
    expect(stage.run(100).filter((threads) => threads === 16).length).toBeGreaterThan(95);
  });

  it('has nothing to try with one thread', () => {
    expect(new Set(stand(1, busy).run(50))).toEqual(new Set([1]));
  });
});
