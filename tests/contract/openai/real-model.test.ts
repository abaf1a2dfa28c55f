import type OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { REAL_MODEL, readAll, startTarget, type Target } from './target.ts';

let target: Target;
let client: OpenAI;
beforeAll(async () => {
  // One compute thread: two of them starve each other on a machine whose cores are busy.
  target = await startTarget({ engines: { threads: 1 } });
  client = await target.client();
});
afterAll(() => target?.stop());

const question = [{ role: 'user' as const, content: 'What is the capital of France? Answer in one sentence.' }];

// Computing takes as long as the machine needs, whatever else runs on it.
describe('the embedded model', { timeout: 600_000 }, () => {
  it('knows the capital of France', async () => {
    const answer = await client.chat.completions.create({
      model: REAL_MODEL,
      messages: question,
      temperature: 0,
      max_tokens: 12,
    });
    expect(answer.choices[0]?.message.content).toContain('Paris');
    expect(answer.usage?.prompt_tokens).toBeGreaterThan(10);
  });

  it('streams the same text it answers whole', async () => {
    const body = { model: REAL_MODEL, messages: question, temperature: 0, max_tokens: 10 };
    const whole = await client.chat.completions.create(body);
    const stream = await client.chat.completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await readAll(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      whole.choices[0]?.message.content,
    );
    const { usage } = chunks.at(-1) ?? {};
    expect([usage?.prompt_tokens, usage?.completion_tokens]).toEqual([
      whole.usage?.prompt_tokens,
      whole.usage?.completion_tokens,
    ]);
  });

  it('stops before a stop text and counts to its limit', async () => {
    const body = { model: REAL_MODEL, messages: question, temperature: 0 };
    const stopped = await client.chat.completions.create({ ...body, stop: 'Paris', max_tokens: 16 });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop' });
    expect(stopped.choices[0]?.message.content).not.toContain('Paris');
    const cut = await client.chat.completions.create({ ...body, max_tokens: 2 });
    expect([cut.choices[0]?.finish_reason, cut.usage?.completion_tokens]).toEqual(['length', 2]);
  });

  it('answers the same to the same seed', async () => {
    const once = async () =>
      (
        await client.chat.completions.create({
          model: REAL_MODEL,
          messages: [{ role: 'user', content: 'Invent a name for a ship.' }],
          temperature: 1,
          seed: 42,
          max_tokens: 8,
        })
      ).choices[0]?.message.content;
    expect(await once()).toBe(await once());
  });

  const cat = [{ role: 'user' as const, content: 'Describe a cat as JSON with the fields name and age.' }];

  it('answers in JSON', async () => {
    const answer = await client.chat.completions.create({
      model: REAL_MODEL,
      messages: cat,
      temperature: 0,
      max_tokens: 24,
      response_format: { type: 'json_object' },
    });
    const [choice] = answer.choices;
    expect(choice?.message.content?.trimStart()).toMatch(/^\{/);
    // A small model may go on until it is cut.
    if (choice?.finish_reason === 'stop') expect(typeof JSON.parse(choice.message.content ?? '')).toBe('object');
  });

  it('answers in JSON of a schema', async () => {
    const Cat = z.object({ name: z.enum(['Tom', 'Felix']), isOld: z.boolean() });
    const answer = await client.chat.completions.parse({
      model: REAL_MODEL,
      messages: cat,
      temperature: 0,
      max_tokens: 40,
      response_format: zodResponseFormat(Cat, 'cat'),
    });
    expect(Cat.safeParse(answer.choices[0]?.message.parsed).success).toBe(true);
  });

  it('continues a text and refuses a prompt that does not fit', async () => {
    const text = await client.completions.create({
      model: REAL_MODEL,
      prompt: 'One, two, three, four, five,',
      temperature: 0,
      max_tokens: 8,
    });
    expect(text.choices[0]?.text).toContain('six');
    await expect(
      client.completions.create({ model: REAL_MODEL, prompt: 'word '.repeat(20_000) }),
    ).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
  });
});
