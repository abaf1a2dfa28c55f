import { describe, expect, it } from 'vitest';
import { answerOf, answerTo } from './fake-decoder.ts';
import { createPace } from './pace.ts';
import { createSpeculator, lookUp, paysOff } from './speculation.ts';
import { ask, createStand, promptOf } from './stand.ts';

const SPECULATION = { tokens: 4, ngram: 3, maxBatch: 2, adaptive: true };
/** Counts to twelve again and again, and now and then loses count. */
const chant = (tokens: readonly number[]): number => {
  const last = tokens.at(-1) ?? 0;
  return tokens.length % 31 === 0 ? answerTo(tokens) % 12 : (last + 1) % 12;
};
const ROOMY = { cells: 512, sequences: 64, answer: chant };

describe('lookUp', () => {
  it('finds what followed the longest run that ends the text, the last time it occurred', () => {
    expect(lookUp([1, 2, 3, 9, 2, 3, 4, 7, 1, 2, 3], 3, 4)).toEqual([9, 2, 3, 4]);
    expect(lookUp([1, 2, 3, 9, 2, 3, 4, 7, 1, 2, 3], 2, 2)).toEqual([4, 7]);
  });

  it('tries shorter runs, but no single token', () => {
    expect(lookUp([5, 6, 8, 1, 5, 6], 4, 9)).toEqual([8, 1, 5, 6]);
    expect(lookUp([6, 8, 1, 6], 4, 9)).toEqual([]);
    expect(lookUp([], 4, 9)).toEqual([]);
  });
});

describe('paysOff', () => {
  const pace = (alone: number | undefined, together: number | undefined) => ({
    measuredMs: (outputs: number) => (outputs === 1 ? alone : together),
  });
  const guess = { writing: 1, guessed: 4, rightShare: 0.5 };

  it('compares tokens per millisecond of the steps that were measured', () => {
    expect([paysOff(guess, pace(10, 29)), paysOff(guess, pace(10, 31))]).toEqual([true, false]);
  });

  it('tries what was not measured', () => {
    expect([paysOff(guess, pace(10, undefined)), paysOff(guess, pace(undefined, 30))]).toEqual([true, true]);
  });
});

describe('speculation', () => {
  it('writes the same answer in fewer steps', () => {
    const stepsWith = (tokens: number): number => {
      const stage = createStand({ ...ROOMY, speculation: { ...SPECULATION, tokens } });
      const answer = ask(stage, { id: 1, prompt: promptOf(5), limit: 200 });
      expect(stage.settle()).toBe(true);
      expect(answer).toMatchObject({ tokens: answerOf(promptOf(5), 200, chant), end: 'length' });
      expect(stage.loop.stats().usedCells).toBe(0);
      return stage.decoder.batches.length;
    };
    expect(stepsWith(4)).toBeLessThan(0.7 * stepsWith(0));
  });

  it('counts what was right and what was not, for the answer and for the engine', () => {
    const stage = createStand({ ...ROOMY, speculation: SPECULATION });
    const answer = ask(stage, { id: 1, prompt: promptOf(5), limit: 100 });
    stage.settle();
    const { acceptedTokens, rejectedTokens } = stage.loop.takeSteps();
    expect(answer.usage).toEqual({ acceptedTokens, rejectedTokens });
    expect([acceptedTokens > 30, rejectedTokens > 0]).toEqual([true, true]);
  });

  it('says nothing of guesses where none were made', () => {
    const stage = createStand({ ...ROOMY });
    const answer = ask(stage, { id: 1, prompt: promptOf(5), limit: 20 });
    stage.settle();
    expect(answer.usage).toEqual({});
  });

  it('guesses in no step with more answers than it may, nor beside a prompt', () => {
    const stage = createStand({ ...ROOMY, speculation: SPECULATION });
    const answers = [1, 2, 3].map((id) => ask(stage, { id, prompt: promptOf(5, id), limit: 60 }));
    stage.settle();
    for (const [index, { tokens, usage }] of answers.entries()) {
      expect(tokens).toEqual(answerOf(promptOf(5, index + 1), 60, chant));
      expect(usage).toEqual({});
    }
  });

  it('asks for no more outputs than the decoder has, and no more cells than are free', () => {
    const stage = createStand({ ...ROOMY, cells: 80, slots: 2, maxOutputs: 4, speculation: SPECULATION });
    const answers = [1, 2].map((id) => ask(stage, { id, prompt: promptOf(5, id), limit: 60 }));
    expect(stage.settle()).toBe(true);
    for (const [index, { tokens }] of answers.entries()) {
      expect(tokens).toEqual(answerOf(promptOf(5, index + 1), 60, chant));
    }
  });

  it('ends where the answer ends, in the middle of right guesses', () => {
    const stage = createStand({ ...ROOMY, speculation: SPECULATION });
    const inner = stage.decoder.sampler();
    let left = 50;
    const sampler = {
      sample: (place: number) => {
        left -= 1;
        return left < 0 ? ({ kind: 'end' } as const) : inner.sample(place);
      },
      free: inner.free,
    };
    const answer = ask(stage, { id: 1, prompt: promptOf(5), limit: 200, sampler });
    stage.settle();
    expect([answer.end, answer.tokens]).toEqual(['stop', answerOf(promptOf(5), 50, chant)]);
    expect(stage.decoder.usedCells).toBeLessThanOrEqual(32);
  });

  it('guesses less after wrong guesses, and not at all for a while when all were wrong', () => {
    const speculator = createSpeculator({ tokens: 8, ngram: 2, maxBatch: 1, adaptive: true }, createPace());
    const task = {
      ...{ tokens: [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2], limit: 100, written: 5 },
      guesses: { pausedUntil: 0, accepted: 0, rejected: 0 },
    };
    expect(speculator.guess(task, 1)).toEqual([3, 4, 5, 6, 7, 8, 9, 1]);
    speculator.learn(task, 8, 2);
    expect(speculator.guess(task, 1)).toEqual([3, 4]);
    speculator.learn(task, 2, 2);
    expect(speculator.guess(task, 1)).toEqual([3, 4, 5, 6]);
    speculator.learn(task, 4, 0);
    expect(speculator.guess(task, 1)).toEqual([]);
    expect(speculator.guess({ ...task, written: 40 }, 1)).toEqual([3]);
  });
});
