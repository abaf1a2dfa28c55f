import type { Generation } from './generation.ts';
import { planStep } from './plan.ts';

interface StepLoopOptions {
  readonly batchSize: number;
  /** Called after each step. */
  readonly turn: () => void;
  /** Its sequence is clean again. */
  readonly onEnd: (generation: Generation) => void;
  /** The context itself failed: nothing can go on. */
  readonly onFailure: (error: unknown) => void;
}

export interface StepLoop {
  /** Takes part from the next step on. */
  add(generation: Generation): void;
  /** Ends it after the step that runs now; false when it is not here. */
  cancel(id: number): boolean;
  /** Resolves when no step runs any more; what is left is dropped. */
  stop(): Promise<void>;
}

/**
 * All sequences take each step together. Left to themselves they would always miss each other's batch, and the library
 * would hold its context lock as long as any of them is busy, so that no sequence could be cleaned for the next request.
 */
export const createStepLoop = ({ batchSize, turn, onEnd, onFailure }: StepLoopOptions): StepLoop => {
  const active = new Map<number, Generation>();
  const cancelled = new Set<number>();
  let isRunning = false;
  let running: Promise<void> = Promise.resolve();

  const takeStep = async (): Promise<void> => {
    // In the order of their sequences: llama.cpp computes neighbours in one pass and jumbled ones in several.
    const round = [...active.values()].sort((a, b) => a.place - b.place);
    const plan = planStep(
      round.map((generation) => generation.promptLeft),
      batchSize,
    );
    const goesOn = await Promise.all(round.map((generation, index) => generation.step(plan[index] ?? 0)));
    turn();
    for (const [index, generation] of round.entries()) {
      if (goesOn[index] === true && !cancelled.has(generation.id)) continue;
      // It stays known until its sequence is clean: a cancel in between must not give the slot away early.
      await generation.end();
      active.delete(generation.id);
      cancelled.delete(generation.id);
      onEnd(generation);
    }
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    while (active.size > 0) await takeStep();
    isRunning = false;
  };

  return {
    add(generation) {
      active.set(generation.id, generation);
      if (!isRunning) running = run().catch(onFailure);
    },
    cancel(id) {
      if (!active.has(id)) return false;
      cancelled.add(id);
      return true;
    },
    async stop() {
      for (const id of active.keys()) cancelled.add(id);
      await running;
    },
  };
};
