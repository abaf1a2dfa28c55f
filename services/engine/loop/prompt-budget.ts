/** What decides how many prompt tokens one step may compute. */
export interface Situation {
  /** Answers being written that somebody reads along. */
  readonly streaming: number;
  /** Prompts being computed. */
  readonly prompts: number;
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
/** However many prompts there are, gaps grow by no more than this, or to twice what they are. */
const MOST_GROWTH_MS = 200;
/** The longest step where nobody reads along: whoever comes next waits until it is over. */
const ALONE_MS = 400;
/** Below this, steps with prompts would never get anywhere. */
const LEAST_TOKENS = 8;
const LEAST_ALONE = 64;
/** Before anything was measured, as shares of a batch. */
const UNMEASURED_SHARE = 1 / 16;
const UNMEASURED_ALONE_SHARE = 1 / 4;

/**
 * Small steps cost prompts nothing, since each token costs about the same in any company, so a step holds only as many
 * as those who read along will not notice: the gaps between their tokens grow in proportion to what they are, and to how
 * many wait for their first token for each that has it.
 */
export const promptBudget = ({ streaming, prompts, stepMs, promptMs, batchTokens }: Situation): number => {
  const isAlone = streaming === 0;
  const least = isAlone ? LEAST_ALONE : LEAST_TOKENS;
  const ms = isAlone ? ALONE_MS : growthMs(stepMs ?? 0, Math.max(1, prompts / streaming));
  const untold = batchTokens * (isAlone ? UNMEASURED_ALONE_SHARE : UNMEASURED_SHARE);
  const tokens = promptMs === undefined ? untold : ms / Math.max(promptMs, Number.EPSILON);
  return Math.min(batchTokens, Math.max(least, Math.floor(tokens)));
};

const growthMs = (stepMs: number, pressure: number): number =>
  Math.max(UNSEEN_MS, Math.min(GAP_GROWTH * stepMs * pressure, Math.max(MOST_GROWTH_MS, stepMs)));
