import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf } from './fake-decoder.ts';
import { ask, createStand, promptOf, type StandOptions } from './stand.ts';

const STASH = 1_000_000;
const SLOTS = 3;

/** Every slot has its own cells, `context` of them. */
const createStreams = ({ context = 128, slots = SLOTS, ...options }: StandOptions & { context?: number } = {}) =>
  createStand({
    ...{ cells: context * slots, slots, sequences: slots, canShare: false, stashBytes: STASH },
    ...options,
  });

describe('a pool whose slots have cells of their own', () => {
  it('goes on from what a slot still has, without moving a cell', () => {
    const stage = createStreams({ stashBytes: 0 });
    const first = ask(stage, { id: 1, prompt: promptOf(5), limit: 4 });
    stage.settle();
    const prompt = [...promptOf(5), ...first.tokens, 7];
    const next = ask(stage, { id: 2, prompt, limit: 3 });
    stage.settle();
    // The last token of the answer was sampled, but never computed.
    expect(next.cached).toBe(8);
    expect(next.tokens).toEqual(answerOf(prompt, 3));
  });

  it('brings back a prefix whose slot was used for something else, for the same owner only', () => {
    const stage = createStreams();
    const prompt = [...promptOf(60), 3, 4];
    ask(stage, { id: 1, prompt: [...promptOf(60), 1, 2], limit: 2, owner: 'a' });
    stage.settle();
    const stranger = ask(stage, { id: 2, prompt, limit: 2, owner: 'b' });
    stage.settle();
    const same = ask(stage, { id: 3, prompt, limit: 2, owner: 'a' });
    stage.settle();
    expect([stranger.cached, same.cached]).toEqual([0, 60]);
    expect([stranger.tokens, same.tokens]).toEqual([answerOf(prompt, 2), answerOf(prompt, 2)]);
  });

  it('gives the beginning that one computes to those that wait for it', () => {
    const stage = createStreams({ batchTokens: 16, stashBytes: 0 });
    const prompts = [1, 2, 3].map((seed) => [...promptOf(80), ...promptOf(4, 10 + seed)]);
    const answers = prompts.map((prompt, id) => ask(stage, { id, prompt, limit: 30 }));
    stage.settle();
    expect(answers[0]?.cached).toBe(0);
    for (const answer of answers.slice(1)) expect(answer.cached).toBeGreaterThan(80 - 32);
    expect(answers.map(({ tokens }) => tokens)).toEqual(prompts.map((prompt) => answerOf(prompt, 30)));
    const computed = stage.decoder.batches.flat().length;
    expect(computed).toBeLessThan(80 + 2 * 32 + 3 * (4 + 30));
  });

  it('keeps nothing in slots where nothing may stay in the key-value memory', () => {
    const stage = createStreams({ idleCells: 0 });
    ask(stage, { id: 1, prompt: promptOf(60), limit: 2 });
    stage.settle();
    expect(stage.decoder.usedCells).toBe(0);
    const again = ask(stage, { id: 2, prompt: [...promptOf(60), 1], limit: 2 });
    stage.settle();
    expect(again.cached).toBe(60);
  });

  it('counts the cells of those that run, and gives a cancelled one back', () => {
    const stage = createStreams();
    ask(stage, { id: 1, prompt: promptOf(20), limit: 50 });
    stage.step();
    expect(stage.loop.stats().usedCells).toBe(20);
    stage.loop.cancel(1);
    expect(stage.loop.stats()).toEqual({ running: 0, waiting: 0, usedCells: 0 });
    const again = ask(stage, { id: 2, prompt: promptOf(30), limit: 2 });
    stage.settle();
    expect(again.cached).toBe(20);
    expect(again.tokens).toEqual(answerOf(promptOf(30), 2));
  });

  it('trusts nothing that a failed batch may have left', () => {
    const stage = createStreams();
    stage.decoder.outcomes.push(() => 'failed');
    const failed = ask(stage, { id: 1, prompt: promptOf(20), limit: 2 });
    stage.settle();
    const again = ask(stage, { id: 2, prompt: promptOf(20), limit: 2 });
    stage.settle();
    expect(failed.end).toMatchObject({ code: 'ERR_ENGINE_FAILED' });
    expect([again.cached, again.tokens]).toEqual([0, answerOf(promptOf(20), 2)]);
  });

  it('forgets the middle of an answer that goes on past its context', () => {
    const stage = createStreams({ context: 24, slots: 2 });
    const prompt = promptOf(10);
    const shifting = ask(stage, { id: 1, prompt, limit: 100, shiftAt: 24 });
    expect(stage.settle()).toBe(true);
    expect([shifting.end, shifting.tokens.length]).toEqual(['length', 100]);
    expect(shifting.tokens.slice(0, 14)).toEqual(answerOf(prompt, 14));
  });
});

describe('answers over cells of their own', () => {
  const request = fc.record({
    family: fc.integer({ min: 1, max: 3 }),
    common: fc.integer({ min: 1, max: 90 }),
    own: fc.integer({ min: 1, max: 6 }),
    limit: fc.integer({ min: 1, max: 8 }),
    steps: fc.integer({ min: 0, max: 6 }),
    owner: fc.constantFrom('a', 'b'),
    fate: fc.constantFrom('ends', 'ends', 'ends', 'cancelled', 'starved', 'failed'),
  });

  it('never change, whatever comes and goes', () => {
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 14 }),
        fc.constantFrom(0, 20),
        fc.constantFrom(0, 3000, STASH),
        fc.constantFrom(0, 3),
        (requests, idleCells, stashBytes, tokens) => {
          const speculation = { tokens, ngram: 2, maxBatch: 2, adaptive: true };
          const stage = createStreams({ batchTokens: 48, idleCells, stashBytes, speculation });
          const computed = new Map<string, number[][]>();
          const asked = requests.map(({ family, common, own, limit, steps, owner, fate }, id) => {
            const prompt = [...promptOf(common, family), ...promptOf(own, 100 + id)];
            const answer = ask(stage, { id, prompt, limit, owner });
            if (fate === 'starved') stage.decoder.outcomes.push(() => 'full');
            if (fate === 'failed') stage.decoder.outcomes.push(() => 'failed');
            for (let count = 0; count < steps; count += 1) stage.step();
            if (fate === 'cancelled') stage.loop.cancel(id);
            computed.set(owner, [...(computed.get(owner) ?? []), prompt]);
            return { answer, expected: answerOf(prompt, limit), owner, prompt };
          });
          expect(stage.settle()).toBe(true);
          expect(stage.loop.stats()).toEqual({ running: 0, waiting: 0, usedCells: 0 });
          for (const { answer, expected, owner, prompt } of asked) {
            expect(answer.tokens).toEqual(expected.slice(0, answer.tokens.length));
            if (answer.end === 'length') expect(answer.tokens).toEqual(expected);
            const same = (computed.get(owner) ?? []).filter((other) => other !== prompt);
            expect(answer.cached).toBeLessThanOrEqual(Math.max(0, ...same.map((other) => commonOf(prompt, other))));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

const commonOf = (one: readonly number[], other: readonly number[]): number => {
  const end = one.findIndex((token, at) => token !== other[at]);
  return end === -1 ? one.length : end;
};
