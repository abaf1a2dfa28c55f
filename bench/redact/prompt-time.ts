import type { Redactor } from '../../services/inference/redact/redactor.ts';
import { runRounds, type Sample } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { SuiteOptions } from '../suite.ts';
import type { Part } from './part.ts';
import { PROMPT_KINDS, type PromptKind, promptsOf } from './prompts.ts';

const PROMPT_BYTES = 2048;
const PROMPTS = 200;
/** How often each prompt is redacted in a round. */
const TURNS = 10;
const MEASURE = 'us per 2 kB prompt';
const BAR = { relation: 'atMost', value: 50 } as const;

/** How long the redactor takes for a prompt of two kilobytes, by kind. */
export const measurePrompts = async (redactor: Redactor, options: SuiteOptions): Promise<Part> => {
  const count = options.isSmoke ? 10 : PROMPTS;
  // Safe: every kind gets its prompts here.
  const prompts = Object.fromEntries(
    PROMPT_KINDS.map((kind) => [kind, promptsOf(kind, count, PROMPT_BYTES)]),
  ) as Readonly<Record<PromptKind, readonly string[]>>;
  const judged = PROMPT_KINDS.map((of) => ({ measure: MEASURE, of, as: 'value' }) as const);
  for (const kind of PROMPT_KINDS) timeOf(redactor, prompts[kind], TURNS);
  const rounds = await runRounds<PromptKind>({
    variants: PROMPT_KINDS,
    measure: async (kind) => timeOf(redactor, prompts[kind], options.isSmoke ? 1 : TURNS),
    judged,
    ...{ minRounds: options.minRounds ?? 7, maxRounds: options.maxRounds ?? 30 },
    deadline: performance.now() + (options.minutes * 60_000) / 4,
    now: () => performance.now(),
  });
  return {
    comparisons: judged.map((one) => compare(rounds, one, { model: 'none', case: one.of, bar: BAR })),
    tables: [
      {
        title: 'one-shot, by kind of prompt',
        columns: ['kind', 'MB/s', 'findings per prompt'],
        rows: PROMPT_KINDS.map((kind) => [kind, rateOf(rounds[kind]), findingsPer(redactor, prompts[kind])]),
      },
    ],
    notes: [`prompts of ${PROMPT_BYTES} bytes of UTF-8, ${count} of each kind, none twice`],
  };
};

const timeOf = (redactor: Redactor, prompts: readonly string[], turns: number): Sample => {
  const startedAt = performance.now();
  for (let turn = 0; turn < turns; turn += 1) for (const prompt of prompts) redactor.redact(prompt);
  return { [MEASURE]: ((performance.now() - startedAt) * 1000) / (prompts.length * turns) };
};

const rateOf = (samples: readonly Sample[]): number => {
  const times = samples.map((sample) => sample[MEASURE] ?? Number.NaN).toSorted((a, b) => a - b);
  return PROMPT_BYTES / (times[times.length >> 1] ?? Number.NaN);
};

const findingsPer = (redactor: Redactor, prompts: readonly string[]): number =>
  prompts.reduce((sum, prompt) => sum + redactor.redact(prompt).findings.length, 0) / prompts.length;
