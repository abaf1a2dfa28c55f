import { type BenchModel, benchModel, MODEL_NAMES } from '../models/models.ts';
import { llamaPrograms } from '../peer/build.ts';
import { runRounds } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, Report, SuiteOptions } from '../suite.ts';
import { runBatchedBench } from './batched-bench.ts';
import { startBareEngine } from './engine.ts';

const PARALLEL = [1, 4, 8, 16];
const TOKENS = 64;
const CONTEXT = 2048;
const SLOTS = 16;
const MEASURE = 'tokens/s';
const BAR = { relation: 'atLeast', value: 0.95, aim: 1 } as const;

/** What runs in one side's round: tokens/s with so many sequences at once. */
type Contestant = (parallel: number, round: number) => Promise<number>;

/** The engine process, without HTTP, against llama.cpp's own loop, which neither samples nor writes text. */
export const runCeilingSuite = async (options: SuiteOptions): Promise<Report> => {
  const names = MODEL_NAMES.filter((name) => options.models?.includes(name) ?? true);
  const endsAt = performance.now() + options.minutes * 60_000;
  const comparisons: Comparison[] = [];
  const models: BenchModel[] = [];
  for (const [index, name] of names.entries()) {
    const model = await benchModel(name, options.env);
    models.push(model);
    const shareMs = (endsAt - performance.now()) / (names.length - index);
    comparisons.push(...(await compareOn(model, performance.now() + shareMs, options)));
  }
  const { threads, peer = 'llama-batched-bench' } = options;
  return {
    suite: 'ceiling',
    settings: { peer, threads, slots: SLOTS, contextPerSlot: CONTEXT, tokens: `${TOKENS}+${TOKENS}` },
    models: models.map(({ fact }) => fact),
    comparisons,
    tables: [],
    notes: [
      'tokens are those of prompts and answers; the engine side includes sampling, text and the channel to its parent',
    ],
  };
};

const compareOn = async (model: BenchModel, endsAt: number, options: SuiteOptions): Promise<Comparison[]> => {
  await using life = new AsyncDisposableStack();
  const ours = await startEngineSide(model, options, life);
  const theirs =
    options.peer === 'clawdbot' ? await startEngineSide(model, options, life) : await benchSide(model, options);
  await ours(1, -1);
  const counts = PARALLEL.filter((parallel) => options.cases?.includes(`p${parallel}`) ?? true);
  const comparisons: Comparison[] = [];
  for (const [index, parallel] of counts.entries()) {
    const rounds = await runRounds({
      variants: ['ours', 'theirs'],
      measure: async (side, round) => ({ [MEASURE]: await (side === 'ours' ? ours : theirs)(parallel, round) }),
      judged: [RATIO],
      ...{ minRounds: options.minRounds ?? 5, maxRounds: options.maxRounds ?? 30, now: () => performance.now() },
      deadline: performance.now() + (endsAt - performance.now()) / (counts.length - index),
      onRound: (so) =>
        options.say(
          `${model.name} p${parallel} round ${so.ours.length}: ${so.ours.at(-1)?.[MEASURE]?.toFixed(1)} / ${so.theirs.at(-1)?.[MEASURE]?.toFixed(1)}`,
        ),
    });
    comparisons.push(compare(rounds, RATIO, { model: model.name, case: `p${parallel}`, bar: BAR }));
  }
  return comparisons;
};

const RATIO = { measure: MEASURE, of: 'ours', against: 'theirs', as: 'ratio' } as const;

const startEngineSide = async (
  model: BenchModel,
  { threads, isSmoke }: SuiteOptions,
  life: AsyncDisposableStack,
): Promise<Contestant> => {
  const engine = life.use(
    await startBareEngine({
      ...{ plugin: 'llama', files: [model.file], slots: SLOTS, context: CONTEXT, kvTokens: SLOTS * CONTEXT, threads },
      headLength: model.headLength,
    }),
  );
  const tokens = isSmoke ? 8 : TOKENS;
  return (parallel, round) =>
    engine.run(
      Array.from({ length: parallel }, (_, index) => model.prompt(tokens, `ceiling ${parallel} ${round} ${index}`)),
      tokens,
    );
};

const benchSide = async (model: BenchModel, { threads, env, say }: SuiteOptions): Promise<Contestant> => {
  const programs = await llamaPrograms(env, say);
  const bench = {
    ...{ program: programs.file('llama-batched-bench'), model: model.file, threads },
    ...{ contextTokens: SLOTS * CONTEXT, promptTokens: TOKENS, answerTokens: TOKENS },
  };
  return (parallel) => runBatchedBench(bench, parallel);
};
