import type { GenerationSink } from '../engine.ts';
import type { Holding } from './cell-pool.ts';
import type { Sampler } from './decoder.ts';

/** Turns the tokens of one answer into text. */
export interface AnswerText {
  /** The text this token completes; `isEnd` where it completes the whole answer. */
  push(token: number): { readonly text: string; readonly isEnd: boolean };
  /** What is left when no more tokens come. */
  end(): string;
}

/** One request as the loop is given it. */
export interface Work {
  readonly id: number;
  /** Whose prompts it may share cells with. */
  readonly owner: string;
  readonly prompt: readonly number[];
  /** Most tokens of the answer. */
  readonly limit: number;
  readonly sampler: Sampler;
  readonly text: AnswerText;
  readonly sink: GenerationSink;
}

/** One request on its way; its tokens survive when its cells are taken from it. */
export interface Task extends Work {
  /** The prompt and what was answered so far; the last one sampled is not computed yet. */
  readonly tokens: number[];
  written: number;
  isStarted: boolean;
}

/** A task that has a slot and cells. */
export interface Running {
  readonly task: Task;
  readonly holding: Holding;
  /** Smaller for those that were admitted earlier. */
  readonly order: number;
}

export const createTask = (work: Work): Task => ({
  ...work,
  tokens: [...work.prompt],
  written: 0,
  isStarted: false,
});

/** Tokens whose cells are missing. */
export const leftOf = ({ task, holding }: Running): number => task.tokens.length - holding.length;
