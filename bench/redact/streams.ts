import type { Redactor } from '../../services/inference/redact/redactor.ts';
import { quantile } from '../load/closed-loop.ts';
import { medianInterval } from '../stats/interval.ts';
import type { SuiteOptions } from '../suite.ts';
import { delayOf, tokensOf } from './delay.ts';
import type { Part } from './part.ts';
import { PROMPT_KINDS, promptsOf } from './prompts.ts';

const ANSWER_BYTES = 2048;
const BAR = { relation: 'atMost', value: 1 } as const;

/** How many tokens later the characters of an answer leave because of redaction, and what a token costs. */
export const measureStreams = async (redactor: Redactor, { isSmoke }: SuiteOptions): Promise<Part> => {
  const measured = PROMPT_KINDS.map((kind) => {
    const answers = promptsOf(kind, isSmoke ? 5 : 100, ANSWER_BYTES).map(tokensOf);
    for (const tokens of answers) pushAll(redactor, tokens);
    const startedAt = performance.now();
    for (const tokens of answers) pushAll(redactor, tokens);
    const ms = performance.now() - startedAt;
    const delays = answers.map((tokens) => delayOf(redactor.stream(), tokens));
    const sorted = delays.flatMap(({ tokens }) => tokens).sort((a, b) => a - b);
    return {
      ...{
        kind,
        sorted,
        medians: delays.map(({ tokens }) =>
          quantile(
            tokens.toSorted((a, b) => a - b),
            0.5,
          ),
        ),
      },
      maxHeld: Math.max(...delays.map(({ maxHeld }) => maxHeld)),
      usPerToken: (ms * 1000) / answers.reduce((sum, tokens) => sum + tokens.length, 0),
    };
  });
  const about = { model: 'none', measure: 'delay p50 tokens', theirs: null, as: 'value', bar: BAR } as const;
  return {
    comparisons: measured.map(({ kind, sorted, medians }) => ({
      ...{ ...about, case: `stream of ${kind}`, ours: quantile(sorted, 0.5) },
      estimate: medianInterval(medians),
    })),
    tables: [
      {
        title: 'streams: tokens that a character waits for, by kind of answer',
        columns: ['kind', 'mean', 'p50', 'p90', 'p99', 'max', 'most units held back', 'us per token'],
        rows: measured.map(({ kind, sorted, maxHeld, usPerToken }) => [
          ...[kind, sorted.reduce((sum, one) => sum + one, 0) / sorted.length],
          ...[0.5, 0.9, 0.99, 1].map((share) => quantile(sorted, share)),
          ...[maxHeld, usPerToken],
        ]),
      },
    ],
    notes: ['a token of an answer: up to six letters, three digits or two Chinese characters'],
  };
};

const pushAll = (redactor: Redactor, tokens: readonly string[]): void => {
  const stream = redactor.stream();
  for (const token of tokens) stream.push(token);
  stream.end();
};
