import type { StepStats } from '../protocol/messages.ts';

/** What one step did. */
export interface StepRecord {
  readonly sequences: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
  readonly ms: number;
}

/** Adds up what steps do, until somebody reads it. */
export interface StepCounter {
  step(record: StepRecord): void;
  /** A prompt got its slot: so many of its tokens were kept from before, so many were not. */
  began(cachedTokens: number, missedTokens: number): void;
  preempted(): void;
  guessed(accepted: number, rejected: number): void;
  /** The sums since the last time. */
  take(): StepStats;
}

/** As many steps as are told one by one. */
const MOST_SEQUENCES = 256;

const newSums = () => ({
  count: 0,
  sequences: [] as number[],
  prefillMs: 0,
  decodeMs: 0,
  prefillTokens: 0,
  decodeTokens: 0,
  cachedTokens: 0,
  missedTokens: 0,
  preemptions: 0,
  acceptedTokens: 0,
  rejectedTokens: 0,
});

/** Nothing happened yet. */
export const createStepCounter = (): StepCounter => {
  let sums = newSums();
  return {
    step({ sequences, promptTokens, answerTokens, ms }) {
      const tokens = Math.max(1, promptTokens + answerTokens);
      // A ring: the latest are told.
      sums.sequences[sums.count % MOST_SEQUENCES] = sequences;
      sums.count += 1;
      sums.prefillMs += (ms * promptTokens) / tokens;
      sums.decodeMs += (ms * answerTokens) / tokens;
      sums.prefillTokens += promptTokens;
      sums.decodeTokens += answerTokens;
    },
    began(cachedTokens, missedTokens) {
      sums.cachedTokens += cachedTokens;
      sums.missedTokens += missedTokens;
    },
    preempted() {
      sums.preemptions += 1;
    },
    guessed(accepted, rejected) {
      sums.acceptedTokens += accepted;
      sums.rejectedTokens += rejected;
    },
    take() {
      const taken = sums;
      sums = newSums();
      return taken;
    },
  };
};
