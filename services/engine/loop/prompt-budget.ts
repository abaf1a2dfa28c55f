/** What decides how many prompt tokens one step may compute. */
export interface Situation {
  /** Answers being written that somebody reads along. */
  readonly streaming: number;
  /** Tokens that are left of each prompt being computed. */
  readonly prompts: readonly number[];
  /** What a step without prompts takes at the moment; absent: not measured yet. */
  readonly stepMs: number | undefined;
  /** What one prompt token takes. */
  readonly promptMs: number | undefined;
  /** Most tokens of one step. */
  readonly batchTokens: number;
}

/** By how much prompts may lengthen the steps of those who read along, as a share of what these take anyway. */
const GAP_GROWTH = 0.75;
/** A gap longer by this nobody sees, however short it was. */
const UNSEEN_MS = 25;
/** However many prompts there are, parts of them make gaps grow by no more than this, or to twice what they are. */
const MOST_GROWTH_MS = 200;
/** One stall may be this long for each prompt that it completes, shared by those who read along. */
const STALL_MS = 600;
/** However many it completes. */
const LONGEST_STALL_MS = 1500;
/** The longest step where nobody reads along: whoever comes next waits until it is over. */
const ALONE_MS = 400;
/** The same if it completes several prompts: together they take up to half less than one after another. */
const TOGETHER_MS = 2000;
/** Below this, steps with prompts would never get anywhere. */
const LEAST_TOKENS = 8;
const LEAST_ALONE = 64;
/** Before anything was measured, as shares of a batch. */
const UNMEASURED_SHARE = 1 / 16;
const UNMEASURED_ALONE_SHARE = 1 / 4;

/**
 * Small steps cost long prompts little, since each token costs about the same in any company, so a step holds only as many
 * as those who read along will not notice: the gaps between their tokens grow in proportion to what they are, and to how
 * many wait for their first token for each that has it. Where short prompts come many at once, one stall that completes
 * them is better for all than a row of longer gaps, into each of which one more has come by then. Where nobody reads
 * along, they are computed together too: ggml's attention divides the rows of one sequence among the threads so that
 * nearly half of what it computes is padding, those of eight sequences so that none is.
 */
export const promptBudget = ({ streaming, prompts, stepMs, promptMs, batchTokens }: Situation): number => {
  const isAlone = streaming === 0;
  const least = isAlone ? LEAST_ALONE : LEAST_TOKENS;
  const ms = isAlone ? ALONE_MS : growthMs(stepMs ?? 0, Math.max(1, prompts.length / streaming));
  const untold = batchTokens * (isAlone ? UNMEASURED_ALONE_SHARE : UNMEASURED_SHARE);
  if (promptMs === undefined) return Math.min(batchTokens, Math.max(least, Math.floor(untold)));
  const tokens = Math.floor(ms / Math.max(promptMs, Number.EPSILON));
  return Math.min(batchTokens, Math.max(least, tokens, stallTokens(prompts, streaming, promptMs)));
};

/** What the shortest prompts have left that one step may complete; 0 where these are fewer than two: the end of a long prompt stalls nobody. */
const stallTokens = (prompts: readonly number[], streaming: number, promptMs: number): number => {
  let tokens = 0;
  let most = 0;
  for (const [index, left] of prompts.toSorted((one, other) => one - other).entries()) {
    tokens += left;
    const completed = index + 1;
    if (completed > 1 && tokens * promptMs <= longestStall(completed, streaming)) most = tokens;
  }
  return most;
};

const longestStall = (completed: number, streaming: number): number =>
  streaming === 0 ? TOGETHER_MS : Math.min(LONGEST_STALL_MS, (STALL_MS * completed) / streaming);

const growthMs = (stepMs: number, pressure: number): number =>
  Math.max(UNSEEN_MS, Math.min(GAP_GROWTH * stepMs * pressure, Math.max(MOST_GROWTH_MS, stepMs)));
