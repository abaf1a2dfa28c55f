import { describe, expect, it } from 'vitest';
import { answerOf } from './fake-decoder.ts';
import { ask, createStand, promptOf } from './stand.ts';

describe('requests with different adapters', () => {
  it('run at the same time but never in the same batch', () => {
    const stand = createStand({ slots: 4 });
    const variants = ['', 'one', '', 'other'];
    const prompts = variants.map((_, index) => promptOf(6, index + 1));
    const answers = variants.map((variant, id) =>
      ask(stand, { id, owner: variant, variant, prompt: prompts[id] ?? [], limit: 5 }),
    );
    expect(stand.settle()).toBe(true);
    for (const [id, { tokens, end }] of answers.entries()) {
      expect(tokens).toEqual(answerOf(prompts[id] ?? [], 5));
      expect(end).toBe('length');
    }
    const { batches, variants: used } = stand.decoder;
    expect(new Set(used)).toEqual(new Set(variants));
    // A sequence belongs to one request here: none is ever computed with the adapters of another.
    const seen = new Map<number, Set<string>>();
    for (const [index, batch] of batches.entries()) {
      for (const { sequence } of batch) seen.set(sequence, (seen.get(sequence) ?? new Set()).add(used[index] ?? ''));
    }
    expect([...seen.values()].every((set) => set.size === 1)).toBe(true);
    // Those without adapters share their steps, each of the others takes its own beside them: 5 steps of 3 batches.
    expect(batches).toHaveLength(15);
  });
});
