import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accepted, finished, likely, readAll, startTestTarget, type TestTarget, text } from './test-target.ts';

let target: TestTarget;
let client: OpenAI;
beforeAll(async () => {
  target = await startTestTarget();
  client = new OpenAI(target.clientOptions);
});
afterAll(() => target?.stop());
beforeEach(() => target.service.script(undefined));

describe('an echo with log probabilities', () => {
  const PROMPT = ['h', 'é'];
  const answer = [accepted(), text('yo', { logprobs: [likely('yo', -0.25)] }), finished()];

  it('tells those of the prompt before those of the answer, none for the first token', async () => {
    target.play(...answer);
    const { choices, usage } = await client.completions.create({
      ...{ model: 'tiny', prompt: 'hé', echo: true, logprobs: 1 },
    });
    expect(choices[0]?.text).toBe('héyo');
    expect(choices[0]?.logprobs).toEqual({
      tokens: [...PROMPT, 'yo'],
      token_logprobs: [null, -0.5, -0.25],
      top_logprobs: [null, { é: -0.5 }, { yo: -0.25, '?': -1.25 }],
      text_offset: [0, 1, 2],
    });
    expect(usage?.prompt_tokens).toBe(7);
  });

  it('streams them with the prompt', async () => {
    target.play(...answer);
    const chunks = await readAll(
      await client.completions.create({ model: 'tiny', prompt: 'hé', echo: true, logprobs: 0, stream: true }),
    );
    expect(chunks.map(({ choices }) => choices[0]?.logprobs?.tokens)).toEqual([PROMPT, ['yo'], undefined]);
    expect(chunks.map(({ choices }) => choices[0]?.logprobs?.text_offset)).toEqual([[0, 1], [2], undefined]);
  });

  it('judges a prompt without writing a token', async () => {
    const calls = target.service.calls.length;
    const { choices } = await client.completions.create({
      ...{ model: 'tiny', prompt: ['ab', [99, 100]] as unknown as string[], echo: true, logprobs: 2, max_tokens: 0 },
    });
    expect(choices.map((choice) => [choice.text, choice.logprobs?.tokens, choice.logprobs?.token_logprobs])).toEqual([
      ['ab', ['a', 'b'], [null, -0.5]],
      ['cd', ['c', 'd'], [null, -0.5]],
    ]);
    expect(target.service.calls.length).toBe(calls);
  });
});

describe('best_of', () => {
  const of = (choice: number, word: string, ...values: readonly number[]) =>
    text(word, { choice, logprobs: values.map((value) => likely(word, value)) });
  const THREE = [
    accepted(),
    of(0, 'long', -0.1, -0.9),
    of(1, 'best', -0.2),
    of(2, 'worst', -3),
    ...[0, 1, 2].map((choice) => ({ type: 'ended', choice, reason: 'stop' }) as const),
    finished('stop', { completionTokens: 4 }),
  ];

  it('answers the likeliest by token of so many, and counts all of them', async () => {
    target.play(...THREE);
    const answer = await client.completions.create({ model: 'tiny', prompt: 'x', n: 2, best_of: 3 });
    expect([target.lastCall()?.choices, target.lastCall()?.request.logprobs]).toEqual([3, 0]);
    expect(answer.choices.map(({ index, text: said, logprobs }) => [index, said, logprobs])).toEqual([
      [0, 'best', null],
      [1, 'long', null],
    ]);
    expect(answer.usage?.completion_tokens).toBe(4);
  });

  it('chooses for each prompt, and keeps the log probabilities that were asked for', async () => {
    target.play(...THREE);
    const answer = await client.completions.create({
      ...{ model: 'tiny', prompt: ['a', 'b'], best_of: 3, logprobs: 1, echo: true },
    });
    expect(answer.choices.map(({ text: said, logprobs }) => [said, logprobs?.tokens])).toEqual([
      ['abest', ['a', 'best']],
      ['bbest', ['b', 'best']],
    ]);
  });
});
