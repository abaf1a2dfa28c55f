import { type BenchModel, benchModel, MODEL_NAMES } from '../models/models.ts';
import { runRounds } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Comparison, Report, SuiteOptions } from '../suite.ts';
import { MATCHES, type Match } from './matches.ts';
import { CONTEXT, SLOTS, TOKENS } from './sides.ts';

const PARALLEL = [1, 4, 8, 16];
const MEASURE = 'tokens/s';

/** One match, with so many sequences at once. */
interface Turn {
  readonly match: Match;
  readonly counts: readonly number[];
}

/** The engine process against the bare loop of llama.cpp, and with a full pool against an empty one. */
export const runCeilingSuite = async (options: SuiteOptions): Promise<Report> => {
  const names = MODEL_NAMES.filter((name) => options.models?.includes(name) ?? true);
  const turns = turnsOf(options);
  const endsAt = performance.now() + options.minutes * 60_000;
  const comparisons: Comparison[] = [];
  const models: BenchModel[] = [];
  let left = names.length * turns.length;
  for (const name of names) {
    const model = await benchModel(name, options.env);
    models.push(model);
    for (const turn of turns) {
      const shareMs = (endsAt - performance.now()) / left;
      comparisons.push(...(await compareOn(model, turn, performance.now() + shareMs, options)));
      left -= 1;
    }
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
      'full-pool: one pool for all slots, seven eighths of it kept prefixes ("ours"), against the same pool with none ("theirs")',
    ],
  };
};

const turnsOf = ({ cases }: SuiteOptions): Turn[] =>
  MATCHES.map((match) => ({
    match,
    counts: PARALLEL.filter((parallel) => cases?.includes(`${match.prefix}${parallel}`) ?? true),
  })).filter(({ counts }) => counts.length > 0);

const compareOn = async (
  model: BenchModel,
  { match, counts }: Turn,
  endsAt: number,
  options: SuiteOptions,
): Promise<Comparison[]> => {
  await using life = new AsyncDisposableStack();
  const sides = await match.start(model, options, life);
  await sides.ours(1, -1);
  const comparisons: Comparison[] = [];
  for (const [index, parallel] of counts.entries()) {
    const name = `${match.prefix}${parallel}`;
    const rounds = await runRounds({
      variants: ['ours', 'theirs'],
      measure: async (side, round) => ({ [MEASURE]: await sides[side](parallel, round) }),
      judged: [RATIO],
      ...{ minRounds: options.minRounds ?? 5, maxRounds: options.maxRounds ?? 30, now: () => performance.now() },
      deadline: performance.now() + (endsAt - performance.now()) / (counts.length - index),
      onRound: (so) =>
        options.say(
          `${model.name} ${name} round ${so.ours.length}: ${so.ours.at(-1)?.[MEASURE]?.toFixed(1)} / ${so.theirs.at(-1)?.[MEASURE]?.toFixed(1)}`,
        ),
    });
    const bar = match.bar === undefined ? {} : { bar: match.bar };
    comparisons.push(compare(rounds, RATIO, { model: model.name, case: name, ...bar }));
  }
  return comparisons;
};

const RATIO = { measure: MEASURE, of: 'ours', against: 'theirs', as: 'ratio' } as const;
