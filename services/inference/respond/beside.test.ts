import { describe, expect, it } from 'vitest';
import type { Usage } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import type { Finished } from './answer.ts';
import { stepsOf, totalOf } from './beside.ts';

const text = (piece: string): GenerationEvent => ({ type: 'text', text: piece, tokens: 1 });
const finished = (usage: Partial<Usage>): Finished => ({
  ...{ type: 'finished', reason: 'stop', timings: { queueMs: 1, prefillMs: 2, decodeMs: 3 } },
  usage: { promptTokens: 5, completionTokens: 2, cachedTokens: 1, ...usage },
});

describe('generations beside each other', () => {
  it('give back what they hold when one of them fails, also those that nobody asks any more', async () => {
    const ended: string[] = [];
    async function* endless(name: string): AsyncGenerator<GenerationEvent> {
      try {
        for (;;) yield text(name);
      } finally {
        ended.push(name);
      }
    }
    async function* failing(): AsyncGenerator<GenerationEvent> {
      yield text('x');
      throw new Error('no');
    }
    const read = async () => {
      for await (const _ of stepsOf([endless('a'), failing(), endless('b')]));
    };
    await expect(read()).rejects.toThrow('no');
    await new Promise(setImmediate);
    expect(ended.sort()).toEqual(['a', 'b']);
  });

  it('are read no further than one event ahead', async () => {
    let made = 0;
    async function* counting(): AsyncGenerator<GenerationEvent> {
      for (; made < 100; made += 1) yield text('x');
    }
    const steps = stepsOf([counting()]);
    await steps.next();
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    // The generator has gone on to its second event, and waits there.
    expect(made).toBe(1);
    await steps.return(undefined);
  });

  it('count a prompt they share once, and several prompts each', () => {
    const ends = [finished({ acceptedTokens: 1 }), finished({ reasoningTokens: 2, rejectedTokens: 1 })];
    const counts = { completionTokens: 4, acceptedTokens: 1, rejectedTokens: 1, reasoningTokens: 2 };
    expect(totalOf(ends, 2, 'one prompt').usage).toEqual({ promptTokens: 5, cachedTokens: 1, ...counts });
    expect(totalOf(ends, 2, 'several prompts').usage).toEqual({ promptTokens: 10, cachedTokens: 2, ...counts });
    expect(() => totalOf(ends, 3, 'one prompt')).toThrow(expect.objectContaining({ code: 'ERR_ENGINE_FAILED' }));
  });
});
