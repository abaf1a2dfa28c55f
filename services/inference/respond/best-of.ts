import type { Answer, ChoiceAnswer } from './answer.ts';
import type { Echo } from './logprobs.ts';

interface Wanted {
  /** Choices written for each prompt, one prompt after another. */
  readonly each: number;
  /** Of them so many are answered. */
  readonly wanted: number;
  /** Whether the log probabilities were asked for, beside being needed here. */
  readonly isTold: boolean;
}

/** Leaves the choices whose tokens are the likeliest on average, the best first; the usage still counts all of them. */
export const keepBest = (answer: Answer, { each, wanted, isTold }: Wanted): Answer => {
  const prompts = Math.ceil(answer.choices.length / each);
  const [first, ...others] = Array.from({ length: prompts }, (_, prompt) =>
    answer.choices
      .slice(prompt * each, (prompt + 1) * each)
      .map((choice) => ({ choice, likelihood: likelihoodOf(choice) }))
      .sort((one, other) => other.likelihood - one.likelihood)
      .slice(0, wanted),
  )
    .flat()
    .map(({ choice: { logprobs, ...choice } }) =>
      isTold && logprobs !== undefined ? { ...choice, logprobs } : choice,
    );
  return first === undefined ? answer : { ...answer, choices: [first, ...others] };
};

/** The echoes of the choices that are left. */
export const echoesFor = (echoes: readonly Echo[], each: number, wanted: number): readonly Echo[] =>
  echoes.filter((_, choice) => choice % each < wanted);

/** Per token, or a short answer would always win; one that says nothing is the worst. */
const likelihoodOf = ({ logprobs = [] }: ChoiceAnswer): number =>
  logprobs.length === 0
    ? Number.NEGATIVE_INFINITY
    : logprobs.reduce((sum, { logprob }) => sum + logprob, 0) / logprobs.length;
