/** What the plan of a step must know of one running answer. */
export interface Demand {
  /** Tokens not computed yet: 1 where only the last sampled one is missing, more while the prompt is. */
  readonly left: number;
  /** Smaller for those that came earlier. */
  readonly order: number;
  /** 0 for the highest priority. */
  readonly level: number;
}

export interface StepLimits {
  /** Most tokens of one step. */
  readonly batchTokens: number;
  /** Most prompt tokens of one step. */
  readonly promptTokens: number;
}

/** The share of the prompt tokens that goes to the prompt that came first, so that short ones cannot starve it. */
const SHARE_OF_FIRST = 0.25;
/** A prompt of one priority counts as so many times shorter than one of the next. */
const PRIORITY_FACTOR = 4;

/**
 * How many tokens each answer may compute in the next step, in the order given. Answers that are being written always
 * get their one; prompts share what is left, the shortest first, because a short one should not wait for a long one.
 */
export const planStep = (demands: readonly Demand[], { batchTokens, promptTokens }: StepLimits): number[] => {
  const plan = demands.map(({ left }): number => (left === 1 ? 1 : 0));
  const writing = plan.filter((count) => count === 1).length;
  if (writing === demands.length) return plan;
  let room = Math.min(batchTokens - writing, Math.max(1, promptTokens));
  const prompts = demands.map((demand, index) => ({ ...demand, index })).filter(({ left }) => left > 1);

  const give = (index: number, most: number): void => {
    const left = (demands[index]?.left ?? 0) - (plan[index] ?? 0);
    const share = Math.max(0, Math.min(left, most, room));
    plan[index] = (plan[index] ?? 0) + share;
    room -= share;
  };

  const first = prompts.reduce<(typeof prompts)[number] | undefined>(
    (oldest, prompt) => (oldest === undefined || prompt.order < oldest.order ? prompt : oldest),
    undefined,
  );
  if (first !== undefined) give(first.index, Math.ceil(room * SHARE_OF_FIRST));
  for (const { index } of prompts.sort((one, other) => lengthOf(one) - lengthOf(other) || one.order - other.order)) {
    give(index, room);
  }
  return plan;
};

const lengthOf = ({ left, level }: Demand): number => left * PRIORITY_FACTOR ** level;
