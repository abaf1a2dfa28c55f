import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceError } from '../../../core/errors/service-error.ts';
import { answerOf, createFakeDecoder, type FakeDecoder } from './fake-decoder.ts';
import { createStepLoop, type StepLoop } from './loop.ts';

interface Answer {
  readonly tokens: number[];
  cached: number;
  end: 'running' | 'stop' | 'length' | ServiceError;
}

const LIMIT = 1000;

/** A loop that takes its steps when told. */
const stand = (options: { cells?: number; slots?: number; idleCells?: number; batchTokens?: number } = {}) => {
  const { slots = 4, idleCells = 32 } = options;
  const decoder = createFakeDecoder(options);
  const pending: (() => void)[] = [];
  let turns = 0;
  const loop = createStepLoop({
    decoder,
    slots,
    threads: 2,
    idleCells,
    turn: () => {
      turns += 1;
    },
    schedule: (step) => pending.push(step),
    now: () => 0,
  });
  const step = (): boolean => {
    const next = pending.shift();
    next?.();
    return next !== undefined;
  };
  const settle = (): void => {
    for (let count = 0; count < LIMIT && step(); count += 1);
    expect(pending).toHaveLength(0);
  };
  return { decoder, loop, step, settle, turns: () => turns };
};

const ask = (
  { loop, decoder }: { loop: StepLoop; decoder: FakeDecoder },
  id: number,
  prompt: readonly number[],
  limit: number,
  owner = '',
): Answer => {
  const answer: Answer = { tokens: [], cached: 0, end: 'running' };
  loop.add({
    id,
    owner,
    prompt,
    limit,
    sampler: decoder.sampler(),
    text: {
      push: (token) => {
        answer.tokens.push(token);
        return { text: 'x', isEnd: false };
      },
      end: () => '',
    },
    sink: {
      accepted: () => {},
      started: (cached = 0) => {
        answer.cached = cached;
      },
      tokens: () => true,
      finished: (reason) => {
        answer.end = reason;
      },
      failed: (error) => {
        answer.end = error;
      },
    },
  });
  return answer;
};

const promptOf = (length: number, seed = 1): number[] => Array.from({ length }, (_, index) => seed * 1000 + index);

describe('createStepLoop', () => {
  it('writes the answer of the model, and gives back what it used', () => {
    const stage = stand();
    const answer = ask(stage, 1, promptOf(10), 5);
    stage.settle();
    expect(answer).toMatchObject({ tokens: answerOf(promptOf(10), 5), end: 'length' });
    expect(stage.loop.stats()).toEqual({ running: 0, waiting: 0, usedCells: 0 });
  });

  it('computes all answers in one batch, in the order of their slots', () => {
    const stage = stand();
    const answers = [1, 2, 3].map((id) => ask(stage, id, promptOf(4, id), 6));
    stage.settle();
    for (const [index, { tokens }] of answers.entries()) expect(tokens).toEqual(answerOf(promptOf(4, index + 1), 6));
    expect(stage.decoder.batches).toHaveLength(6);
    expect(stage.decoder.batches[3]?.map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    expect(stage.turns()).toBeGreaterThanOrEqual(6);
  });

  it('goes on writing while a long prompt is computed, and lets a short one pass it', () => {
    const stage = stand({ cells: 256 });
    const writing = ask(stage, 1, promptOf(2, 1), 60);
    stage.step();
    const long = ask(stage, 2, promptOf(120, 2), 2);
    const short = ask(stage, 3, promptOf(6, 3), 2);
    const lengths: number[] = [];
    while (long.tokens.length === 0 && stage.step()) lengths.push(writing.tokens.length);
    expect(lengths.every((length, index) => index === 0 || length === (lengths[index - 1] ?? 0) + 1)).toBe(true);
    expect(short.end).toBe('length');
  });

  it('uses a beginning again that was computed before, but only for the same owner', () => {
    const stage = stand({ cells: 128, idleCells: 64 });
    const shared = promptOf(20);
    ask(stage, 1, [...shared, 1, 2], 2, 'a');
    stage.settle();
    const same = ask(stage, 2, [...shared, 3, 4], 2, 'a');
    const other = ask(stage, 3, [...shared, 3, 4], 2, 'b');
    stage.settle();
    expect([same.cached, other.cached]).toEqual([20, 0]);
    expect(same.tokens).toEqual(other.tokens);
  });

  it('computes a long beginning once for those that wait for it together', () => {
    const stage = stand({ cells: 256, batchTokens: 64 });
    const shared = promptOf(50);
    const answers = [1, 2, 3].map((id) => ask(stage, id, [...shared, id, id], 3));
    stage.settle();
    expect(answers.map(({ cached }) => cached)).toEqual([0, 50, 50]);
    for (const [index, { tokens }] of answers.entries()) {
      expect(tokens).toEqual(answerOf([...shared, index + 1, index + 1], 3));
    }
  });

  it('keeps no more idle cells than it may', () => {
    const stage = stand({ cells: 128, idleCells: 16 });
    for (let id = 1; id <= 5; id += 1) ask(stage, id, promptOf(20, id), 2);
    stage.settle();
    expect(stage.decoder.usedCells).toBeLessThanOrEqual(16);
  });

  it('preempts the youngest when the pool is full, and loses none of its tokens', () => {
    const stage = stand({ cells: 40, slots: 4, idleCells: 8 });
    const answers = [1, 2, 3, 4].map((id) => ask(stage, id, promptOf(6, id), 20));
    stage.settle();
    for (const [index, answer] of answers.entries()) {
      expect(answer).toMatchObject({ end: 'length', tokens: answerOf(promptOf(6, index + 1), 20) });
    }
  });

  it('frees slot and cells of a cancelled answer before the next step', () => {
    const stage = stand({ slots: 1, idleCells: 0 });
    const cancelled = ask(stage, 1, promptOf(4, 1), 30);
    const waiting = ask(stage, 2, promptOf(4, 2), 30);
    const next = ask(stage, 3, promptOf(4, 3), 2);
    stage.step();
    expect([stage.loop.cancel(1), stage.loop.cancel(2), stage.loop.cancel(9)]).toEqual([true, true, false]);
    expect(stage.decoder.usedCells).toBe(0);
    stage.settle();
    expect(next.end).toBe('length');
    expect([cancelled.end, waiting.end]).toEqual(['running', 'running']);
    expect(waiting.tokens).toEqual([]);
  });

  it('lets only the answer fail that spoils the batch', () => {
    const stage = stand();
    const good = ask(stage, 1, promptOf(4, 1), 6);
    const bad = ask(stage, 2, promptOf(4, 2), 6);
    const spoilt = (batch: readonly { sequence: number }[]) =>
      batch.some(({ sequence }) => sequence === 1) ? 'failed' : 'done';
    stage.decoder.outcomes.push(spoilt, spoilt, spoilt);
    stage.settle();
    expect(good).toMatchObject({ end: 'length', tokens: answerOf(promptOf(4, 1), 6) });
    expect(bad.end).toMatchObject({ code: 'ERR_ENGINE_FAILED' });
    expect(stage.loop.stats().usedCells).toBe(0);
  });

  it('tries again when the library finds fewer cells than were counted', () => {
    const stage = stand();
    const answers = [1, 2].map((id) => ask(stage, id, promptOf(4, id), 6));
    stage.decoder.outcomes.push(() => 'full');
    stage.settle();
    for (const [index, answer] of answers.entries()) {
      expect(answer).toMatchObject({ end: 'length', tokens: answerOf(promptOf(4, index + 1), 6) });
    }
  });

  it('fails a request for which there is no room even alone', () => {
    const stage = stand();
    const answer = ask(stage, 1, promptOf(4), 6);
    stage.decoder.outcomes.push(() => 'full');
    stage.settle();
    expect(answer.end).toMatchObject({ code: 'ERR_ENGINE_FAILED' });
  });

  it('answers right whatever comes and goes', () => {
    const request = fc.record({
      length: fc.integer({ min: 1, max: 24 }),
      seed: fc.integer({ min: 1, max: 3 }),
      limit: fc.integer({ min: 1, max: 12 }),
      owner: fc.constantFrom('a', 'b'),
      steps: fc.integer({ min: 0, max: 4 }),
      isCancelled: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 40, max: 90 }),
        (all, cells) => {
          const stage = stand({ cells, slots: 3, idleCells: 20, batchTokens: 16 });
          const asked = all.map(({ length, seed, limit, owner, steps, isCancelled }, id) => {
            const answer = ask(stage, id, promptOf(length, seed), limit, owner);
            for (let count = 0; count < steps; count += 1) stage.step();
            if (isCancelled) stage.loop.cancel(id);
            return { answer, expected: answerOf(promptOf(length, seed), limit), isCancelled };
          });
          stage.settle();
          for (const { answer, expected, isCancelled } of asked) {
            if (isCancelled) expect(expected.slice(0, answer.tokens.length)).toEqual(answer.tokens);
            else expect(answer).toMatchObject({ tokens: expected, end: 'length' });
          }
          expect(stage.loop.stats()).toEqual({ running: 0, waiting: 0, usedCells: 0 });
          expect(stage.decoder.usedCells).toBeLessThanOrEqual(20);
        },
      ),
      { numRuns: 300 },
    );
  });
});
