import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAll, SCRIPTED_CONFIG, startTarget, type Target } from './target.ts';

let target: Target;
let client: OpenAI;
beforeAll(async () => {
  target = await startTarget(SCRIPTED_CONFIG);
  client = await target.client();
  await target.gateway.report('model', ({ id, phase }) => id === 'failing' && phase === 'ready');
});
afterAll(() => target?.stop());

describe('a response', () => {
  it('answers a text and a conversation', async () => {
    const text = await client.responses.create({ model: 'echo', input: 'hello there', store: false });
    expect([text.output_text, text.status, text.model]).toEqual(['hello there', 'completed', 'echo']);
    const conversation = await client.responses.create({
      model: 'echo',
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: text.output_text },
        { role: 'user', content: [{ type: 'input_text', text: 'second' }] },
      ],
    });
    expect(conversation.output_text).toBe('second');
    expect(conversation.usage?.total_tokens).toBe(
      (conversation.usage?.input_tokens ?? 0) + (conversation.usage?.output_tokens ?? 0),
    );
  });

  it('streams what it answers whole', async () => {
    const all = await readAll(await client.responses.create({ model: 'echo', input: 'piece by piece', stream: true }));
    const deltas = all.flatMap((event) => (event.type === 'response.output_text.delta' ? [event.delta] : []));
    expect(deltas.join('')).toBe('piece by piece');
    const stream = client.responses.stream({ model: 'echo', input: 'through the helper' });
    expect((await stream.finalResponse()).output_text).toBe('through the helper');
  });

  it('ends incomplete at its limit', async () => {
    const cut = await client.responses.create({ model: 'echo', input: 'much too long a text', max_output_tokens: 2 });
    expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(cut.usage?.output_tokens).toBe(2);
  });

  it.each([
    ['store', { store: true }],
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['background', { background: true }],
    ['tools[0].type', { tools: [{ type: 'web_search' }] }],
    ['temperature', { temperature: 3 }],
  ])('is refused by the name of what needs more: %s', async (param, extra) => {
    const asked = client.responses.create({
      model: 'echo',
      input: 'x',
      ...extra,
    } as never) as unknown as Promise<unknown>;
    await expect(asked).rejects.toMatchObject({ status: 400, param, type: 'invalid_request_error' });
  });

  it('of an engine that fails is a server error, before and in the middle of a stream', async () => {
    await expect(client.responses.create({ model: 'failing', input: 'abcdefgh' })).rejects.toMatchObject({
      status: 503,
      code: 'engine_failed',
    });
    const reading = async () =>
      readAll(await client.responses.create({ model: 'failing', input: 'abcdefgh', stream: true }));
    await expect(reading()).rejects.toMatchObject({ code: 'engine_failed' });
  });
});
