import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAll, SCRIPTED_CONFIG, startTarget, type Target } from './target.ts';

let target: Target;
let client: OpenAI;
beforeAll(async () => {
  target = await startTarget(SCRIPTED_CONFIG);
  client = await target.client();
});
afterAll(() => target?.stop());

const messages = [{ role: 'user' as const, content: 'say it again' }];

describe('n', () => {
  it('answers as many choices, by index, and counts the prompt once', async () => {
    const one = await client.chat.completions.create({ model: 'echo', messages, seed: 1 });
    const three = await client.chat.completions.create({ model: 'echo', messages, n: 3, seed: 1 });
    expect(three.choices.map(({ index, message, finish_reason }) => [index, message.content, finish_reason])).toEqual(
      [0, 1, 2].map((index) => [index, 'say it again', 'stop']),
    );
    expect(three.usage?.prompt_tokens).toBe(one.usage?.prompt_tokens);
    expect(three.usage?.completion_tokens).toBeGreaterThanOrEqual(3);
    expect(three.usage?.total_tokens).toBe((three.usage?.prompt_tokens ?? 0) + (three.usage?.completion_tokens ?? 0));
  });

  it('streams each choice with a role, its text and one end', async () => {
    const chunks = await readAll(
      await client.chat.completions.create({
        model: 'echo',
        messages,
        n: 2,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    for (const index of [0, 1]) {
      const own = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
      expect(own[0]?.delta.role).toBe('assistant');
      expect(own.map(({ delta }) => delta.content ?? '').join('')).toBe('say it again');
      expect(own.filter(({ finish_reason }) => finish_reason !== null).length).toBe(1);
    }
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3 } });
  });

  it('works for legacy completions, several prompts and token ids at once', async () => {
    const answer = await client.completions.create({ model: 'echo', prompt: ['one', 'two'], n: 2, echo: true });
    expect(answer.choices.map(({ index, text }) => [index, text])).toEqual([
      [0, 'oneone'],
      [1, 'oneone'],
      [2, 'twotwo'],
      [3, 'twotwo'],
    ]);
    const ids = await client.completions.create({ model: 'echo', prompt: [[104, 105], [33]] });
    expect(ids.choices.map(({ text }) => text)).toEqual(['hi', '!']);
    const chunks = await readAll(
      await client.completions.create({
        model: 'echo',
        prompt: ['one', 'two'],
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    const textOf = (index: number) =>
      chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index).map(({ text }) => text));
    expect([textOf(0).join(''), textOf(1).join('')]).toEqual(['one', 'two']);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2 } });
  });

  it('fails as one where one fails', async () => {
    await target.gateway.report('model', ({ id, phase }) => id === 'failing' && phase === 'ready');
    await expect(
      client.chat.completions.create({ model: 'failing', messages: [{ role: 'user', content: 'abcdefgh' }], n: 2 }),
    ).rejects.toMatchObject({ status: 503, code: 'engine_failed' });
  });
});
