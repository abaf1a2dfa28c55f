import { describe, expect, it } from 'vitest';
import type { Answer, ChoiceAnswer } from './answer.ts';
import { echoesFor, keepBest } from './best-of.ts';

const choice = (text: string, ...logprobs: readonly number[]): ChoiceAnswer => ({
  ...{ text, reasoning: '', toolCalls: [], reason: 'stop' },
  logprobs: logprobs.map((logprob) => ({ token: 'x', bytes: [120], logprob, top: [] })),
});

const answerOf = (first: ChoiceAnswer, ...others: readonly ChoiceAnswer[]): Answer => ({
  model: 'tiny',
  choices: [first, ...others],
  finished: {
    ...{ type: 'finished', reason: 'stop', timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 } },
    usage: { promptTokens: 1, completionTokens: 1, cachedTokens: 0 },
  },
});

describe('the best of several choices', () => {
  it('are the likeliest by token, so that a long answer is no worse for its length', () => {
    const { choices } = keepBest(answerOf(choice('short', -1), choice('long', -0.5, -0.5, -0.5)), {
      ...{ each: 2, wanted: 1, isTold: false },
    });
    expect(choices).toEqual([{ text: 'long', reasoning: '', toolCalls: [], reason: 'stop' }]);
  });

  it('put those last that say nothing', () => {
    const { choices } = keepBest(answerOf(choice(''), choice('unlikely', -9), choice('')), {
      ...{ each: 3, wanted: 2, isTold: true },
    });
    expect(choices.map(({ text }) => text)).toEqual(['unlikely', '']);
  });

  it('keep as many echoes', () => {
    const echoes = ['a', 'a', 'a', 'b', 'b', 'b'].map((text) => ({ text }));
    expect(echoesFor(echoes, 3, 1).map(({ text }) => text)).toEqual(['a', 'b']);
  });
});
