import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { FinishReason, Usage } from '../protocol/generation.ts';
import type { BatchToken } from './decoder.ts';
import { createFakeDecoder, type FakeDecoder } from './fake-decoder.ts';
import { createStepLoop, type StepLoop } from './loop.ts';
import type { SpeculationOptions } from './speculation.ts';
import type { Work } from './task.ts';

/** What became of one request. */
export interface Answer {
  readonly tokens: number[];
  cached: number;
  end: FinishReason | 'running' | ServiceError;
  usage: Partial<Usage> | undefined;
}

export interface StandOptions {
  readonly cells?: number;
  readonly slots?: number;
  readonly idleCells?: number;
  readonly stashBytes?: number;
  readonly mixedTokens?: number;
  readonly batchTokens?: number;
  readonly maxOutputs?: number;
  readonly sequences?: number;
  readonly canShare?: boolean;
  readonly speculation?: SpeculationOptions;
  readonly answer?: (tokens: readonly number[]) => number;
  /** What a batch takes on the clock of this stand; nothing, unless said. */
  readonly costMs?: (batch: readonly BatchToken[]) => number;
}

/** A loop over a decoder without a model, that takes its steps when told, with a clock of its own. */
export interface Stand {
  readonly decoder: FakeDecoder;
  readonly loop: StepLoop;
  /** False when there was nothing to do. */
  step(): boolean;
  /** Takes steps until there is nothing left to do; false when that took too many. */
  settle(): boolean;
  turns(): number;
  wait(ms: number): void;
}

const MOST_STEPS = 5000;

/** A stand for tests. */
export const createStand = (options: StandOptions = {}): Stand => {
  const { slots = 4, idleCells = 32, stashBytes = 0, costMs = () => 0, speculation } = options;
  let clock = 0;
  let turns = 0;
  const decoder = createFakeDecoder({
    ...options,
    onBatch: (batch) => {
      clock += costMs(batch);
    },
  });
  const pending: (() => void)[] = [];
  const loop = createStepLoop({
    ...{ decoder, slots, threads: 2, idleCells, stashBytes },
    ...(speculation === undefined ? {} : { speculation }),
    turn: () => {
      turns += 1;
    },
    schedule: (step) => pending.push(step),
    now: () => clock,
  });
  const step = (): boolean => {
    const next = pending.shift();
    next?.();
    return next !== undefined;
  };
  const settle = (): boolean => {
    for (let count = 0; count < MOST_STEPS && step(); count += 1);
    return pending.length === 0;
  };
  const wait = (ms: number): void => {
    clock += ms;
  };
  return { decoder, loop, step, settle, turns: () => turns, wait };
};

/** Sends a request; the answer fills as steps are taken. */
export const ask = ({ loop, decoder }: Stand, work: Pick<Work, 'id' | 'prompt' | 'limit'> & Partial<Work>): Answer => {
  const answer: Answer = { tokens: [], cached: 0, end: 'running', usage: undefined };
  loop.add({
    owner: '',
    sampler: decoder.sampler(),
    text: {
      push: (token) => {
        answer.tokens.push(token);
        return { text: 'x', isEnd: false };
      },
      end: () => ({ text: '' }),
    },
    sink: {
      accepted: () => {},
      started: (cached = 0) => {
        answer.cached = cached;
      },
      tokens: () => true,
      finished: (reason, usage) => {
        answer.end = reason;
        answer.usage = usage;
      },
      failed: (error) => {
        answer.end = error;
      },
    },
    ...work,
  });
  return answer;
};

/** A prompt like no other of another seed. */
export const promptOf = (length: number, seed = 1): number[] =>
  Array.from({ length }, (_, index) => seed * 10_000 + index);
