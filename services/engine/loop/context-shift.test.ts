import { describe, expect, it } from 'vitest';
import { answerOf } from './fake-decoder.ts';
import { ask, createStand, promptOf } from './stand.ts';

const CONTEXT = 24;

describe('an answer that is to go on past its context', () => {
  const stand = createStand({ cells: 128, slots: 2 });
  const prompt = promptOf(10);
  const shifting = ask(stand, { id: 1, prompt, limit: 100, shiftAt: CONTEXT });
  const beside = ask(stand, { id: 2, prompt: promptOf(5, 2), limit: 60 });
  const isSettled = stand.settle();

  it('is written to its end, within its context', () => {
    expect(isSettled).toBe(true);
    expect(shifting.end).toBe('length');
    expect(shifting.tokens).toHaveLength(100);
    const positions = stand.decoder.batches.flatMap((batch) => batch.map(({ position }) => position));
    // Only the other one, which has room for all of it, comes further.
    expect(Math.max(...positions)).toBe(5 + 60 - 2);
    expect(positions.filter((position) => position >= CONTEXT)).toHaveLength(5 + 60 - 1 - CONTEXT);
  });

  it('goes on from the beginning of its prompt and the newer half of the rest', () => {
    // 14 tokens fill the context; a quarter of it is kept, and half of the 18 others are forgotten.
    const first = answerOf(prompt, 14);
    expect(shifting.tokens.slice(0, 14)).toEqual(first);
    const left = [...prompt.slice(0, 6), ...[...prompt, ...first].slice(6 + 9)];
    expect(shifting.tokens.slice(14, 20)).toEqual(answerOf(left, 6));
  });

  it('changes nothing for those beside it', () => {
    expect(beside.tokens).toEqual(answerOf(promptOf(5, 2), 60));
  });
});
