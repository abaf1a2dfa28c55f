import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REAL_MODEL, readAll } from '../target.ts';
import { type EmbeddedTarget, QUESTION, SHORT, startEmbedded } from './target.ts';

let embedded: EmbeddedTarget;
beforeAll(async () => {
  embedded = await startEmbedded();
}, 600_000);
afterAll(() => embedded?.target.stop());

type Extra = Partial<Parameters<EmbeddedTarget['client']['chat']['completions']['create']>[0]>;
const ask = (extra: Extra = {}) => embedded.client.chat.completions.create({ ...SHORT, ...extra, stream: false });
const stream = async (extra: Extra = {}) =>
  readAll(await embedded.client.chat.completions.create({ ...SHORT, ...extra, stream: true }));
const textOf = (chunks: Awaited<ReturnType<typeof stream>>, index = 0): string =>
  chunks
    .flatMap(({ choices }) => choices.filter((choice) => choice.index === index))
    .reduce((sum, { delta }) => sum + (delta.content ?? ''), '');

const YES_OR_NO = { name: 'x', schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] } };

// Computing takes as long as the machine needs, whatever else runs on it.
describe('a chat completion of the embedded model', { timeout: 600_000 }, () => {
  it('has every field of the shape', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-\w+$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: REAL_MODEL,
      system_fingerprint: expect.stringMatching(/^fp_\w+$/),
      choices: [{ index: 0, logprobs: null, finish_reason: 'length' }],
      usage: {
        prompt_tokens: expect.any(Number),
        completion_tokens: 6,
        prompt_tokens_details: { cached_tokens: expect.any(Number) },
      },
    });
    expect(answer.choices[0]?.message).toEqual({ role: 'assistant', content: expect.any(String), refusal: null });
    expect(answer.usage?.total_tokens).toBe((answer.usage?.prompt_tokens ?? 0) + 6);
    expect(Math.abs(answer.created - Date.now() / 1000)).toBeLessThan(3600);
    expect(answer._request_id).toMatch(/\w/);
  });

  it('streams the role, the text, the reason and the usage, one id throughout', async () => {
    const [whole, chunks] = [await ask(), await stream({ stream_options: { include_usage: true } })];
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: 'assistant', content: '' });
    expect(textOf(chunks)).toBe(whole.choices[0]?.message.content);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(new Set(chunks.map(({ created }) => created)).size).toBe(1);
    const reasons = chunks.flatMap(({ choices }) => choices.map(({ finish_reason }) => finish_reason));
    expect([reasons.filter((reason) => reason !== null), reasons.at(-1)]).toEqual([['length'], 'length']);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 6 } });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect((await stream()).every(({ usage }) => usage === undefined)).toBe(true);
  });

  it('counts with either name of the limit, and ends by itself', async () => {
    const { max_tokens: _, ...rest } = SHORT;
    const limited = await embedded.client.chat.completions.create({ ...rest, max_completion_tokens: 3 });
    expect([limited.choices[0]?.finish_reason, limited.usage?.completion_tokens]).toEqual(['length', 3]);
    const one = await ask({ max_tokens: 1 });
    expect(one.usage?.completion_tokens).toBe(1);
    const free = await ask({ max_tokens: 60, response_format: { type: 'json_schema', json_schema: YES_OR_NO } });
    expect(free.choices[0]?.finish_reason).toBe('stop');
  });

  it.each([false, true])(
    'ends before the first of several stops, and not at a near miss (stream: %s)',
    async (isStream) => {
      const said = (await ask({ max_tokens: 12 })).choices[0]?.message.content ?? '';
      const word = said.slice(4, 9);
      const answer = async (stop: string | string[]) => {
        if (isStream) {
          const chunks = await stream({ max_tokens: 12, stop });
          return [textOf(chunks), chunks.at(-1)?.choices[0]?.finish_reason];
        }
        const { choices } = await ask({ max_tokens: 12, stop });
        return [choices[0]?.message.content, choices[0]?.finish_reason];
      };
      expect(await answer(word)).toEqual([said.slice(0, said.indexOf(word)), 'stop']);
      expect(await answer([`${said.slice(4, 7)}#`, 'never', word])).toEqual([
        said.slice(0, said.indexOf(word)),
        'stop',
      ]);
      // The beginning of a stop that never comes is text like any other, and none of it is lost.
      expect((await answer([`${said.slice(-3)}#`, `${said}?`]))[0]).toBe(said);
    },
  );

  it('answers n times, whole and streamed, and counts all of it', async () => {
    const random = { n: 3, temperature: 1.5, seed: 3, logprobs: true } as const;
    const whole = await ask(random);
    expect(whole.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    const count = whole.choices.reduce((sum, { logprobs }) => sum + (logprobs?.content?.length ?? 0), 0);
    expect(whole.usage?.completion_tokens).toBe(count);
    const chunks = await stream({ ...random, stream_options: { include_usage: true } });
    for (const index of [0, 1, 2]) {
      const own = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
      expect(own[0]?.delta.role).toBe('assistant');
      expect(own.filter(({ finish_reason }) => finish_reason !== null)).toHaveLength(1);
    }
    expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThanOrEqual(3);
    expect((await ask({ n: 2 })).usage?.completion_tokens).toBe(12);
  });

  it('tells the likelihood of each token, also with no alternatives', async () => {
    for (const top of [0, 1, 5, 20]) {
      const { choices } = await ask({ logprobs: true, top_logprobs: top, max_tokens: 3 });
      expect(choices[0]?.logprobs?.content?.map(({ top_logprobs: others }) => others.length)).toEqual([top, top, top]);
    }
    expect((await ask({ logprobs: false })).choices[0]?.logprobs).toBeNull();
  });

  it('repeats itself for the same seed under the same fingerprint, and not for another', async () => {
    const once = (seed: number) => ask({ seed, temperature: 1.3, max_tokens: 8 });
    const [first, second, other] = [await once(7), await once(7), await once(8)];
    expect(second.choices[0]?.message.content).toBe(first.choices[0]?.message.content);
    expect(second.system_fingerprint).toBe(first.system_fingerprint);
    expect(other.choices[0]?.message.content).not.toBe(first.choices[0]?.message.content);
  });

  it('obeys penalties, a bias and the other samplers', async () => {
    for (const extra of [
      { frequency_penalty: 2 },
      { presence_penalty: -2 },
      { top_p: 0.1, temperature: 1 },
      { top_k: 1, temperature: 2 },
      { min_p: 1, temperature: 2 },
      { repeat_penalty: 1.3 },
      { logit_bias: {} },
    ]) {
      expect((await ask(extra)).choices[0]?.message.content).not.toBe('');
    }
    const likeliest = (await ask()).choices[0]?.message.content;
    expect((await ask({ top_k: 1, temperature: 2 } as Extra)).choices[0]?.message.content).toBe(likeliest);
  });

  it('takes every role, names, parts, nulls and empty texts', async () => {
    const answer = await ask({
      messages: [
        { role: 'system', content: 'Be brief.', name: 'boss' },
        {
          role: 'developer',
          content: [
            { type: 'text', text: 'Be' },
            { type: 'text', text: ' kind.' },
          ],
        },
        { role: 'user', content: '', name: 'ann' },
        { role: 'assistant', content: null },
        { role: 'assistant', content: [{ type: 'text', text: 'Hi' }], refusal: null },
        { role: 'user', content: [{ type: 'text', text: 'Say yes.' }] },
      ],
    });
    expect(answer.choices[0]?.message.content).not.toBe('');
    expect((await ask({ messages: [{ role: 'system', content: 'Only a system message.' }] })).choices).toHaveLength(1);
    expect((await ask({ messages: [...QUESTION, { role: 'assistant', content: 'The' }] })).choices).toHaveLength(1);
  });

  it('takes what changes nothing: user, metadata, null and default values', async () => {
    const answer = await ask({
      user: 'ann',
      metadata: { a: 'b' },
      store: false,
      service_tier: 'auto',
      stop: null,
      n: null,
      seed: null,
      logit_bias: null,
      frequency_penalty: null,
      response_format: { type: 'text' },
      parallel_tool_calls: true,
      prompt_cache_key: 'x',
      safety_identifier: 'x',
      modalities: ['text'],
    });
    expect(answer.choices[0]?.finish_reason).toBe('length');
  });

  it('answers in JSON, of any shape or of a strict schema, streamed too', async () => {
    const schema = {
      type: 'object',
      properties: { city: { enum: ['Paris', 'Rome'] }, big: { type: 'boolean' } },
      required: ['city', 'big'],
      additionalProperties: false,
    };
    const format = { type: 'json_schema', json_schema: { name: 'city', strict: true, schema } } as const;
    const { choices } = await ask({ response_format: format, max_tokens: 40 });
    const said = choices[0]?.message.content ?? '';
    expect([Object.keys(JSON.parse(said)), choices[0]?.finish_reason]).toEqual([['city', 'big'], 'stop']);
    expect(JSON.parse(textOf(await stream({ response_format: format, max_tokens: 40 })))).toEqual(JSON.parse(said));
    const any = (await ask({ response_format: { type: 'json_object' }, max_tokens: 40 })).choices[0];
    if (any?.finish_reason === 'stop') expect(typeof JSON.parse(any.message.content ?? '')).toBe('object');
    expect(any?.message.content?.trimStart()).toMatch(/^\{/);
  });

  it('ends when its reader leaves, and the service goes on', async () => {
    const running = await embedded.client.chat.completions.create({ ...SHORT, max_tokens: 400, stream: true });
    for await (const _ of running) break;
    running.controller.abort();
    const controller = new AbortController();
    const whole = embedded.client.chat.completions.create({ ...SHORT, max_tokens: 400 }, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(whole).rejects.toThrow(/abort/i);
    expect((await ask()).choices[0]?.message.content).not.toBe('');
  });

  it('tells how much of a repeated prompt it took from its cache', async () => {
    const messages = [{ role: 'system' as const, content: 'You are a careful librarian. '.repeat(12) }, ...QUESTION];
    await ask({ messages });
    const { usage } = await ask({ messages });
    expect(usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(40);
    expect(usage?.prompt_tokens_details?.cached_tokens).toBeLessThan(usage?.prompt_tokens ?? 0);
  });
});
