import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Priority } from '../protocol/generation.ts';
import { answerOf, answerTo } from './fake-decoder.ts';
import { ask, createStand, promptOf } from './stand.ts';

/** Repeats itself, so that guesses are often right and often wrong. */
const babble = (tokens: readonly number[]): number => answerTo(tokens) % 3;

describe('createStepLoop', () => {
  it('writes the answer of the model, and gives back what it used', () => {
    const stage = createStand();
    const answer = ask(stage, { id: 1, prompt: promptOf(10), limit: 5 });
    stage.settle();
    expect(answer).toMatchObject({ tokens: answerOf(promptOf(10), 5), end: 'length' });
    expect(stage.loop.stats()).toEqual({ running: 0, waiting: 0, usedCells: 0 });
  });

  it('computes all answers in one batch, in the order of their slots', () => {
    const stage = createStand();
    const answers = [1, 2, 3].map((id) => ask(stage, { id, prompt: promptOf(4, id), limit: 6 }));
    stage.settle();
    for (const [index, { tokens }] of answers.entries()) expect(tokens).toEqual(answerOf(promptOf(4, index + 1), 6));
    expect(stage.decoder.batches).toHaveLength(6);
    expect(stage.decoder.batches[3]?.map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    expect(stage.turns()).toBeGreaterThanOrEqual(6);
  });

  it('goes on writing while a long prompt is computed, and lets a short one pass it', () => {
    const stage = createStand({ cells: 256 });
    const writing = ask(stage, { id: 1, prompt: promptOf(2, 1), limit: 60 });
    stage.step();
    const long = ask(stage, { id: 2, prompt: promptOf(120, 2), limit: 2 });
    const short = ask(stage, { id: 3, prompt: promptOf(6, 3), limit: 2 });
    const lengths: number[] = [];
    while (long.tokens.length === 0 && stage.step()) lengths.push(writing.tokens.length);
    expect(lengths.every((length, index) => index === 0 || length === (lengths[index - 1] ?? 0) + 1)).toBe(true);
    expect(short.end).toBe('length');
  });

  it('uses a beginning again that was computed before, but only for the same owner', () => {
    const stage = createStand({ cells: 128, idleCells: 64 });
    const shared = promptOf(20);
    ask(stage, { id: 1, prompt: [...shared, 1, 2], limit: 2, owner: 'a' });
    stage.settle();
    const same = ask(stage, { id: 2, prompt: [...shared, 3, 4], limit: 2, owner: 'a' });
    const other = ask(stage, { id: 3, prompt: [...shared, 3, 4], limit: 2, owner: 'b' });
    stage.settle();
    expect([same.cached, other.cached]).toEqual([20, 0]);
    expect(same.tokens).toEqual(other.tokens);
  });

  it('computes a long beginning once for those that wait for it together', () => {
    const stage = createStand({ cells: 256, batchTokens: 64 });
    const shared = promptOf(50);
    const answers = [1, 2, 3].map((id) => ask(stage, { id, prompt: [...shared, id, id], limit: 3 }));
    stage.settle();
    expect(answers.map(({ cached }) => cached)).toEqual([0, 50, 50]);
    for (const [index, { tokens }] of answers.entries()) {
      expect(tokens).toEqual(answerOf([...shared, index + 1, index + 1], 3));
    }
  });

  it('keeps no more idle cells than it may', () => {
    const stage = createStand({ cells: 128, idleCells: 16 });
    for (let id = 1; id <= 5; id += 1) ask(stage, { id, prompt: promptOf(20, id), limit: 2 });
    stage.settle();
    expect(stage.decoder.usedCells).toBeLessThanOrEqual(16);
  });

  it('preempts the youngest when the pool is full, and loses none of its tokens', () => {
    const stage = createStand({ cells: 40, slots: 4, idleCells: 8 });
    const answers = [1, 2, 3, 4].map((id) => ask(stage, { id, prompt: promptOf(6, id), limit: 20 }));
    stage.settle();
    for (const [index, answer] of answers.entries()) {
      expect(answer).toMatchObject({ end: 'length', tokens: answerOf(promptOf(6, index + 1), 20) });
    }
  });

  it('frees slot and cells of a cancelled answer before the next step', () => {
    const stage = createStand({ slots: 1, idleCells: 0 });
    const cancelled = ask(stage, { id: 1, prompt: promptOf(4, 1), limit: 30 });
    const waiting = ask(stage, { id: 2, prompt: promptOf(4, 2), limit: 30 });
    const next = ask(stage, { id: 3, prompt: promptOf(4, 3), limit: 2 });
    stage.step();
    expect([stage.loop.cancel(1), stage.loop.cancel(2), stage.loop.cancel(9)]).toEqual([true, true, false]);
    expect(stage.decoder.usedCells).toBe(0);
    stage.settle();
    expect(next.end).toBe('length');
    expect([cancelled.end, waiting.end]).toEqual(['running', 'running']);
    expect(waiting.tokens).toEqual([]);
  });

  it('lets only the answer fail that spoils the batch', () => {
    const stage = createStand();
    const good = ask(stage, { id: 1, prompt: promptOf(4, 1), limit: 6 });
    const bad = ask(stage, { id: 2, prompt: promptOf(4, 2), limit: 6 });
    const spoilt = (batch: readonly { sequence: number }[]) =>
      batch.some(({ sequence }) => sequence === 1) ? 'failed' : 'done';
    stage.decoder.outcomes.push(spoilt, spoilt, spoilt);
    stage.settle();
    expect(good).toMatchObject({ end: 'length', tokens: answerOf(promptOf(4, 1), 6) });
    expect(bad.end).toMatchObject({ code: 'ERR_ENGINE_FAILED' });
    expect(stage.loop.stats().usedCells).toBe(0);
  });

  it('tries again when the library finds fewer cells than were counted', () => {
    const stage = createStand();
    const answers = [1, 2].map((id) => ask(stage, { id, prompt: promptOf(4, id), limit: 6 }));
    stage.decoder.outcomes.push(() => 'full');
    stage.settle();
    for (const [index, answer] of answers.entries()) {
      expect(answer).toMatchObject({ end: 'length', tokens: answerOf(promptOf(4, index + 1), 6) });
    }
  });

  it('fails a request for which there is no room even alone', () => {
    const stage = createStand();
    const answer = ask(stage, { id: 1, prompt: promptOf(4), limit: 6 });
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
      more: fc.record({ priority: fc.constantFrom<Priority>('low', 'normal', 'high'), isWhole: fc.boolean() }),
      steps: fc.integer({ min: 0, max: 4 }),
      isCancelled: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 40, max: 90 }),
        fc.integer({ min: 0, max: 4 }),
        (all, cells, guesses) => {
          const speculation = { tokens: guesses, ngram: 3, maxBatch: 3, adaptive: true };
          const answer = guesses > 1 ? babble : undefined;
          const stage = createStand({
            ...{ cells, slots: 3, idleCells: 20, batchTokens: 16, speculation },
            ...(answer === undefined ? {} : { answer }),
          });
          const asked = all.map(({ length, seed, limit, owner, steps, isCancelled, more }, id) => {
            const answered = ask(stage, { id, prompt: promptOf(length, seed), limit, owner, ...more });
            for (let count = 0; count < steps; count += 1) stage.step();
            if (isCancelled) stage.loop.cancel(id);
            return { answer: answered, expected: answerOf(promptOf(length, seed), limit, answer), isCancelled };
          });
          expect(stage.settle()).toBe(true);
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
