import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf } from './fake-decoder.ts';
import { ask, createStand, promptOf } from './stand.ts';

const STASH = 1_000_000;

describe('prefixes that left the pool', () => {
  it('are put back instead of computed, for the same owner only', () => {
    const stage = createStand({ cells: 256, idleCells: 0, stashBytes: STASH, sequences: 32 });
    const shared = promptOf(60);
    ask(stage, { id: 1, prompt: [...shared, 1, 2], limit: 2, owner: 'a' });
    stage.settle();
    expect(stage.decoder.usedCells).toBe(0);
    const same = ask(stage, { id: 2, prompt: [...shared, 3, 4], limit: 2, owner: 'a' });
    stage.settle();
    const other = ask(stage, { id: 3, prompt: [...shared, 3, 4], limit: 2, owner: 'b' });
    stage.settle();
    expect([same.cached, other.cached]).toEqual([60, 0]);
    expect(same.tokens).toEqual(answerOf([...shared, 3, 4], 2));
    expect(other.tokens).toEqual(same.tokens);
  });

  it('go on from what the pool still has', () => {
    const stage = createStand({ cells: 256, idleCells: 50, stashBytes: STASH, sequences: 32 });
    const prompt = promptOf(150);
    ask(stage, { id: 1, prompt, limit: 2 });
    stage.settle();
    expect(stage.decoder.usedCells).toBe(50);
    const again = ask(stage, { id: 2, prompt: [...prompt, 7], limit: 2 });
    stage.settle();
    expect(again.cached).toBe(150);
    expect(again.tokens).toEqual(answerOf([...prompt, 7], 2));
  });

  it('are computed again where the pool has no room to put them back', () => {
    const stage = createStand({ cells: 128, idleCells: 0, stashBytes: STASH, sequences: 32 });
    const prompt = promptOf(100);
    ask(stage, { id: 1, prompt, limit: 2 });
    stage.settle();
    const beside = ask(stage, { id: 2, prompt: promptOf(30, 2), limit: 60 });
    stage.step();
    const again = ask(stage, { id: 3, prompt: [...prompt.slice(0, 40), 5], limit: 4 });
    stage.settle();
    expect(again.tokens).toEqual(answerOf([...prompt.slice(0, 40), 5], 4));
    expect(beside.tokens).toEqual(answerOf(promptOf(30, 2), 60));
  });

  it('never change an answer, whatever comes and goes', () => {
    const request = fc.record({
      family: fc.integer({ min: 1, max: 3 }),
      common: fc.integer({ min: 1, max: 90 }),
      own: fc.integer({ min: 1, max: 6 }),
      limit: fc.integer({ min: 1, max: 8 }),
      steps: fc.integer({ min: 0, max: 6 }),
    });
    const stages = { cells: 220, slots: 3, sequences: 12, batchTokens: 48 };
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 14 }),
        fc.constantFrom(0, 20, 100),
        fc.constantFrom(3000, STASH),
        (requests, idleCells, stashBytes) => {
          const stage = createStand({ ...stages, idleCells, stashBytes });
          const asked = requests.map(({ family, common, own, limit, steps }, id) => {
            const prompt = [...promptOf(common, family), ...promptOf(own, 100 + id)];
            const answer = ask(stage, { id, prompt, limit });
            for (let count = 0; count < steps; count += 1) stage.step();
            return { answer, expected: answerOf(prompt, limit) };
          });
          expect(stage.settle()).toBe(true);
          for (const { answer, expected } of asked) expect(answer.tokens).toEqual(expected);
          expect(stage.decoder.usedCells).toBeLessThanOrEqual(idleCells);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('batches with many answers and much of a prompt', () => {
  it('are computed apart, answers first', () => {
    const stage = createStand({ cells: 512, batchTokens: 64, mixedTokens: 16 });
    const writing = [1, 2].map((id) => ask(stage, { id, prompt: promptOf(3, id), limit: 20 }));
    stage.step();
    const late = ask(stage, { id: 3, prompt: promptOf(60, 3), limit: 2 });
    stage.settle();
    const mixed = stage.decoder.batches.filter((batch) => new Set(batch.map(({ sequence }) => sequence)).size > 1);
    expect(mixed.length).toBeGreaterThan(0);
    for (const batch of mixed) expect(batch.length).toBeLessThanOrEqual(16);
    expect(late.tokens).toEqual(answerOf(promptOf(60, 3), 2));
    expect(writing.map(({ tokens }) => tokens)).toEqual([1, 2].map((id) => answerOf(promptOf(3, id), 20)));
  });

  it('never hold more answers than that', () => {
    const stage = createStand({ cells: 512, slots: 10, mixedTokens: 4, sequences: 32 });
    const answers = Array.from({ length: 10 }, (_, id) => ask(stage, { id, prompt: promptOf(2, id), limit: 12 }));
    stage.step();
    const prompts = stage.decoder.batches.length;
    stage.settle();
    const writing = stage.decoder.batches.slice(prompts);
    const sizes = writing.map((batch) => new Set(batch.map(({ sequence }) => sequence)).size);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
    for (const [id, { tokens }] of answers.entries()) expect(tokens).toEqual(answerOf(promptOf(2, id), 12));
  });
});
