import type { BenchModel } from '../models/models.ts';
import { llamaPrograms } from '../peer/build.ts';
import type { SuiteOptions } from '../suite.ts';
import { runBatchedBench } from './batched-bench.ts';
import { type BareEngine, startBareEngine } from './engine.ts';

export const TOKENS = 64;
export const CONTEXT = 2048;
export const SLOTS = 16;

/** What runs in one side's round: tokens/s with so many sequences at once. */
export type Contestant = (parallel: number, round: number) => Promise<number>;

/** An engine process as the gateway starts one, with room for the whole context of every slot. */
export const startEngine = (
  model: BenchModel,
  threads: number,
  options?: Readonly<Record<string, unknown>>,
): Promise<BareEngine> =>
  startBareEngine({
    ...{ plugin: 'llama', files: [model.file], slots: SLOTS, context: CONTEXT, kvTokens: SLOTS * CONTEXT, threads },
    ...{ headLength: model.headLength, ...(options === undefined ? {} : { options }) },
  });

/** Asks an engine for answers to prompts that it has not seen. */
export const engineSide = (engine: BareEngine, model: BenchModel, { isSmoke }: SuiteOptions): Contestant => {
  const tokens = isSmoke ? 8 : TOKENS;
  return (parallel, round) =>
    engine.run(
      Array.from({ length: parallel }, (_, index) => model.prompt(tokens, `ceiling ${parallel} ${round} ${index}`)),
      tokens,
    );
};

/** llama.cpp's own loop. */
export const batchedBenchSide = async (model: BenchModel, { threads, env, say }: SuiteOptions): Promise<Contestant> => {
  const programs = await llamaPrograms(env, say);
  const bench = {
    ...{ program: programs.file('llama-batched-bench'), model: model.file, threads },
    ...{ contextTokens: SLOTS * CONTEXT, promptTokens: TOKENS, answerTokens: TOKENS },
  };
  return (parallel) => runBatchedBench(bench, parallel);
};
