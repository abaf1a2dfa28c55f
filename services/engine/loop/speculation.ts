import type { Pace } from './pace.ts';
import type { Task } from './task.ts';

/** What is to be known of an answer to guess how it goes on. */
export type Guessable = Pick<Task, 'tokens' | 'limit' | 'written' | 'guesses'>;

/** How tokens are guessed ahead. */
export interface SpeculationOptions {
  /** Most tokens guessed at a time; 0: none. */
  readonly tokens: number;
  /** Longest run of tokens that is looked for in what was said before. */
  readonly ngram: number;
  /** Most answers in a step beside which guesses may pay. */
  readonly maxBatch: number;
  /** Only where the steps measured so far say that it pays. */
  readonly adaptive: boolean;
}

/** Guesses what an answer goes on with, and learns from what came of it. */
export interface Speculator {
  /** The next tokens of this answer, perhaps; it is one of `writing` in a step without prompts. */
  guess(task: Guessable, writing: number): readonly number[];
  learn(task: Guessable, guessed: number, accepted: number): void;
}

export const NO_SPECULATION: SpeculationOptions = { tokens: 0, ngram: 3, maxBatch: 2, adaptive: true };

/** A single token recurs too often to say anything. */
const LEAST_NGRAM = 2;
/** After guesses that were all wrong, none for so many tokens. */
const PAUSE_TOKENS = 16;
/** How much a new measurement counts against those before it. */
const NEW_WEIGHT = 0.1;
/** What every guess that was not made forgives those that were wrong, so that others are tried some time. */
const RECOVERY = 0.01;
/** The share of guesses taken to be right before any was made. */
const FIRST_SHARE = 0.5;

/** What followed the last time the end of these tokens occurred, the longest run first; at most `most` tokens. */
export const lookUp = (tokens: readonly number[], ngram: number, most: number): readonly number[] => {
  for (let length = ngram; length >= LEAST_NGRAM; length -= 1) {
    const at = lastOccurrence(tokens, length);
    if (at !== undefined) return tokens.slice(at + length, at + length + most);
  }
  return [];
};

const lastOccurrence = (tokens: readonly number[], length: number): number | undefined => {
  const end = tokens.length - length;
  for (let at = end - 1; at >= 0; at -= 1) {
    let same = 0;
    while (same < length && tokens[at + same] === tokens[end + same]) same += 1;
    if (same === length) return at;
  }
  return undefined;
};

/** Whether a step with guesses gives more tokens per millisecond than one without, by the steps measured so far. */
export const paysOff = (
  { writing, guessed, rightShare }: { readonly writing: number; readonly guessed: number; readonly rightShare: number },
  { measuredMs }: Pick<Pace, 'measuredMs'>,
): boolean => {
  const [without, together] = [measuredMs(writing), measuredMs(writing + guessed)];
  if (without === undefined || together === undefined) return true;
  return (writing + rightShare * guessed) * without >= writing * together;
};

/** Guesses by the text so far; nothing where the width of the batch, or experience, says that it does not pay. */
export const createSpeculator = (
  { tokens, ngram, maxBatch, adaptive }: SpeculationOptions,
  pace: Pick<Pace, 'measuredMs'>,
): Speculator => {
  let rightShare = FIRST_SHARE;
  return {
    guess(task, writing) {
      const { guesses, written, limit } = task;
      if (tokens === 0 || writing > maxBatch || written < guesses.pausedUntil) return [];
      // The step gives one token beyond those that were guessed right.
      const most = Math.min(guesses.length ?? tokens, tokens, limit - written - 1);
      const guessed = most < 1 ? [] : lookUp(task.tokens, ngram, most);
      if (guessed.length === 0 || !adaptive) return guessed;
      if (paysOff({ writing, guessed: guessed.length, rightShare }, pace)) return guessed;
      rightShare += (FIRST_SHARE - rightShare) * RECOVERY;
      return [];
    },
    learn({ guesses, written }, guessed, accepted) {
      rightShare += (accepted / guessed - rightShare) * NEW_WEIGHT;
      if (accepted === 0) guesses.pausedUntil = written + PAUSE_TOKENS;
      const length = accepted === guessed ? guessed * 2 : Math.max(1, accepted);
      guesses.length = Math.min(tokens, length);
    },
  };
};
