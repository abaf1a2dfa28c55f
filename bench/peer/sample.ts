import { quantile } from '../load/closed-loop.ts';
import type { Answered, GenerationResult } from '../load/generations.ts';
import type { Sample } from '../stats/rounds.ts';
import { judgedAnswers, type Measure, type PeerCase } from './cases.ts';

/** The measures of one load. */
export const sampleOf = (one: PeerCase, result: GenerationResult): Sample => {
  const answers = judgedAnswers(one, result);
  const first = ascending(answers.map(({ firstAt, sentAt }) => firstAt - sentAt));
  const gaps = ascending(answers.flatMap((answer) => answer.gaps));
  const latencies = ascending(answers.map(({ endedAt, sentAt }) => endedAt - sentAt));
  return {
    'tokens/s': completionTokens(answers) / result.seconds,
    'first token p50 ms': quantile(first, 0.5),
    'first token p99 ms': quantile(first, 0.99),
    'inter-token p50 ms': quantile(gaps, 0.5),
    'inter-token p99 ms': quantile(gaps, 0.99),
    'latency p50 ms': quantile(latencies, 0.5),
    [PROMPT_TOKENS]: sum(result.answers.map(({ promptTokens }) => promptTokens)),
    [ANSWER_TOKENS]: completionTokens(result.answers),
  } satisfies Record<Measure, number> & Sample;
};

const PROMPT_TOKENS = 'prompt tokens';
const ANSWER_TOKENS = 'answer tokens';
/** Two builds of the same code add numbers in another order, so that one in many answers may end early on one side. */
const TOLERANCE = 0.03;

/** Throws when both sides were not given, or did not do, the same work. */
export const checkWork = (one: string, ours: readonly Sample[], theirs: readonly Sample[]): void => {
  const total = (samples: readonly Sample[], measure: string) => sum(samples.map((sample) => sample[measure] ?? 0));
  for (const [measure, tolerance] of [
    [PROMPT_TOKENS, 0],
    [ANSWER_TOKENS, TOLERANCE],
  ] as const) {
    const [mine, other] = [total(ours, measure), total(theirs, measure)];
    if (Math.abs(mine - other) <= tolerance * other) continue;
    throw new Error(`case ${one}: expected both sides to count the same ${measure}, got ${mine} and ${other}`);
  }
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** All tokens that were written. */
export const completionTokens = (answers: readonly Answered[]): number =>
  sum(answers.map((answer) => answer.completionTokens));

/** Throws when a load was not what it was meant to be: a refused request or one that ended early is no measurement. */
export const checkLoad = (who: string, one: string, { answers }: GenerationResult): void => {
  const failed = answers.filter(({ status }) => status !== 200);
  if (failed.length === 0) return;
  throw new Error(`${who}, case ${one}: expected 200 for every request, got ${failed[0]?.status} for ${failed.length}`);
};

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
