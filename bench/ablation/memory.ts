import { startBareEngine } from '../ceiling/engine.ts';
import { treeRssBytes } from '../load/process-tree.ts';
import type { BenchModel } from '../models/models.ts';
import { CONTEXT, SLOTS, type Step } from './steps.ts';

/** What an engine with one step's settings takes, in bytes. */
export interface StepMemory {
  readonly weights: number;
  readonly kv: number;
  readonly compute: number;
  readonly total: number;
  /** Of the engine process, after it has computed. */
  readonly rss: number;
}

/** Loads the model as a step does and reads what llama.cpp says it took. */
export const measureMemory = async (step: Step, model: BenchModel, threads: number): Promise<StepMemory> => {
  await using engine = await startBareEngine({
    ...{ plugin: 'llama', files: [model.file], threads, slots: step.slots, options: step.options },
    ...{ context: CONTEXT, kvTokens: SLOTS * CONTEXT },
  });
  await engine.run([model.prompt(64, 'memory')], 8);
  const { memory } = engine.info;
  if (memory === undefined) throw new Error(`${step.name}: expected the engine to report its memory, got nothing`);
  const { weightsBytes: weights, kvBytes: kv, computeBytes: compute } = memory;
  return { weights, kv, compute, total: weights + kv + compute, rss: treeRssBytes(engine.pid) };
};
