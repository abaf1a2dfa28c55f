import type { GenerationSink } from '../engine.ts';
import type { FinishReason, Priority, TokenDetails, TokenLogprob } from '../protocol/generation.ts';
import type { Holding } from './cell-pool.ts';
import type { Sampler } from './decoder.ts';

/** What some tokens have come to. */
export interface AnswerStep {
  readonly text: string;
  /** Thoughts, tool calls and probabilities, which are no text. */
  readonly details?: TokenDetails;
  readonly isEnd: boolean;
}

/** Turns the tokens of one answer into text. */
export interface AnswerText {
  /** What this token completes; `isEnd` where it completes the whole answer. */
  push(token: number, logprob?: TokenLogprob): AnswerStep;
  /** What is left when no more tokens come; `reason` why an answer ended that ended by itself, if not with `stop`. */
  end(): Omit<AnswerStep, 'isEnd'> & { readonly reason?: FinishReason };
}

/** One request as the loop is given it. */
export interface Work {
  readonly id: number;
  /** Whose prompts it may share cells with. */
  readonly owner: string;
  /** With which adapters it is computed; absent or empty: with none. Different ones never share a batch, nor cells. */
  readonly variant?: string;
  readonly prompt: readonly number[];
  /** Most tokens of the answer. */
  readonly limit: number;
  readonly sampler: Sampler;
  readonly text: AnswerText;
  readonly sink: GenerationSink;
  /** Among whom time is shared out fairly; absent: as the owner. */
  readonly keyId?: string;
  /** Absent: normal. */
  readonly priority?: Priority;
  /** Milliseconds from now; absent: it may take as long as it takes. */
  readonly deadlineMs?: number;
  /** Tokens at which its middle is forgotten, so that it can go on; absent: it ends at `limit`, which fits. */
  readonly shiftAt?: number;
  /** Nobody reads along: its tokens may come in bursts. */
  readonly isWhole?: boolean;
}

/** One request on its way; its tokens survive when its cells are taken from it. */
export interface Task extends Work {
  /** The prompt and what was answered so far; the last one sampled is not computed yet. */
  readonly tokens: number[];
  /** Smaller for those that came earlier. */
  readonly order: number;
  /** Infinite without a deadline. */
  readonly deadlineAt: number;
  /** 0 for the highest priority. */
  readonly level: number;
  written: number;
  /** When it got its first slot. */
  startedAt: number | undefined;
  /** What was guessed ahead for it. */
  readonly guesses: Guesses;
}

/** How well the tokens of one answer can be guessed. */
export interface Guesses {
  /** How many to guess next time; absent before the first time. */
  length?: number;
  /** None before so many tokens are written. */
  pausedUntil: number;
  accepted: number;
  rejected: number;
}

/** A task that has a slot and cells. */
export interface Running {
  readonly task: Task;
  readonly holding: Holding;
}

const LEVELS = { high: 0, normal: 1, low: 2 } as const satisfies Record<Priority, number>;
/** How many priorities there are. */
export const LEVEL_COUNT = Object.keys(LEVELS).length;

/** `order` grows with every task; `now` is when it came. */
export const createTask = (work: Work, { order, now }: { readonly order: number; readonly now: number }): Task => ({
  ...work,
  tokens: [...work.prompt],
  order,
  deadlineAt: now + (work.deadlineMs ?? Number.POSITIVE_INFINITY),
  level: LEVELS[work.priority ?? 'normal'],
  written: 0,
  startedAt: undefined,
  guesses: { pausedUntil: 0, accepted: 0, rejected: 0 },
});

/** Of what an answer goes on from, so much of its beginning is never forgotten. */
const KEPT_SHARE = 0.25;

/** Forgets half of what lies between the beginning of the prompt and now; what is left must be computed again. */
export const forgetMiddle = ({ tokens, prompt, shiftAt = tokens.length }: Task): void => {
  const kept = Math.min(prompt.length, Math.floor(shiftAt * KEPT_SHARE));
  tokens.splice(kept, Math.ceil((tokens.length - kept) / 2));
};

/** Tokens whose cells are missing. */
export const leftOf = ({ task, holding }: Running): number => task.tokens.length - holding.length;
