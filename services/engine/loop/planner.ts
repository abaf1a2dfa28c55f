import type { CellPool } from './cell-pool.ts';
import type { Decoder } from './decoder.ts';
import type { Pace } from './pace.ts';
import { planStep } from './plan.ts';
import { promptBudget } from './prompt-budget.ts';
import { isWriting, type Share } from './share.ts';
import type { Speculator } from './speculation.ts';
import { leftOf, type Running } from './task.ts';

export interface PlannerOptions {
  readonly decoder: Pick<Decoder, 'batchTokens' | 'maxOutputs'>;
  readonly pool: Pick<CellPool, 'free'>;
  readonly pace: Pick<Pace, 'stepMs' | 'promptMs'>;
  readonly speculator: Pick<Speculator, 'guess'>;
}

/** Says what a step computes. */
export interface Planner {
  /** What each of them gets, in the same order, without those that get nothing. */
  divide(running: readonly Running[]): readonly Share[];
  /** Adds guesses to a step without prompts, where there are cells to spare. */
  withGuesses(shares: readonly Share[]): readonly Share[];
}

/** Decides by what this machine was measured to do lately. */
export const createPlanner = ({ decoder, pool, pace, speculator }: PlannerOptions): Planner => {
  const { batchTokens, maxOutputs } = decoder;

  const budgetFor = (running: readonly Running[]): number => {
    const writing = running.filter(isWriting);
    return promptBudget({
      streaming: writing.filter(({ task }) => task.isWhole !== true).length,
      prompts: running.filter((entry) => !isWriting(entry)).map(leftOf),
      stepMs: pace.stepMs(writing.length),
      promptMs: pace.promptMs,
      batchTokens,
    });
  };

  return {
    divide(running) {
      // Most steps: nothing to divide.
      if (running.length <= batchTokens && running.every(isWriting)) {
        return running.map((entry) => ({ running: entry, count: 1, guesses: [], isWriting: true }));
      }
      const demands = running.map((entry) => {
        const { order, level } = entry.task;
        return { left: leftOf(entry), order, level };
      });
      const plan = planStep(demands, { batchTokens, promptTokens: budgetFor(running) });
      return running.flatMap((entry, index) => {
        const count = plan[index] ?? 0;
        return count === 0 ? [] : [{ running: entry, count, guesses: [], isWriting: isWriting(entry) }];
      });
    },
    withGuesses(shares) {
      let room = Math.min(maxOutputs, batchTokens, pool.free) - shares.length;
      if (room <= 0 || !shares.every((share) => share.isWriting)) return shares;
      return shares.map((share) => {
        const guesses = speculator.guess(share.running.task, shares.length).slice(0, room);
        room -= guesses.length;
        return guesses.length === 0 ? share : { ...share, guesses };
      });
    },
  };
};
