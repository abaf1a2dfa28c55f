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

const body = { model: 'echo', messages: [{ role: 'user' as const, content: 'likely or not' }], seed: 3 };

describe('log probabilities', () => {
  it('come with each token of a chat, with as many alternatives as asked, 0 included', async () => {
    for (const top of [undefined, 0, 2, 20]) {
      const answer = await client.chat.completions.create({
        ...body,
        logprobs: true,
        ...(top === undefined ? {} : { top_logprobs: top }),
      });
      const content = answer.choices[0]?.logprobs?.content ?? [];
      expect(content.map(({ token }) => token).join('')).toBe('likely or not');
      expect(content.length).toBe(answer.usage?.completion_tokens);
      for (const { top_logprobs: others, logprob, bytes, token } of content) {
        expect([others.length, Buffer.from(bytes ?? []).toString()]).toEqual([top ?? 0, token]);
        expect(logprob).toBeLessThanOrEqual(0);
      }
    }
  });

  it('are null where they were not asked for', async () => {
    expect((await client.chat.completions.create(body)).choices[0]?.logprobs).toBeNull();
    expect((await client.chat.completions.create({ ...body, logprobs: false })).choices[0]?.logprobs).toBeNull();
  });

  it('stream with the tokens they belong to', async () => {
    const whole = await client.chat.completions.create({ ...body, logprobs: true, top_logprobs: 1 });
    const chunks = await readAll(
      await client.chat.completions.create({ ...body, logprobs: true, top_logprobs: 1, stream: true }),
    );
    for (const { choices } of chunks) {
      const said = choices[0]?.delta.content ?? '';
      const tokens = choices[0]?.logprobs?.content?.map(({ token }) => token) ?? [];
      if (said !== '') expect(tokens.join('')).toBe(said);
    }
    expect(chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? [])).toEqual(
      whole.choices[0]?.logprobs?.content,
    );
  });

  it('come in the legacy shape, with the place of each token', async () => {
    const answer = await client.completions.create({ model: 'echo', prompt: 'likely or not', logprobs: 2 });
    const logprobs = answer.choices[0]?.logprobs;
    let at = 0;
    for (const [index, token] of (logprobs?.tokens ?? []).entries()) {
      expect(logprobs?.text_offset?.[index]).toBe(at);
      expect(logprobs?.top_logprobs?.[index]?.[token]).toBe(logprobs?.token_logprobs?.[index]);
      at += token.length;
    }
    expect(at).toBe('likely or not'.length);
  });

  it.each([
    ['top_logprobs', { logprobs: true, top_logprobs: 21 }],
    ['top_logprobs', { logprobs: true, top_logprobs: -1 }],
    ['top_logprobs', { top_logprobs: 2 }],
  ])('are refused where %s is wrong: %j', async (param, extra) => {
    await expect(client.chat.completions.create({ ...body, ...extra })).rejects.toMatchObject({ status: 400, param });
  });
});
