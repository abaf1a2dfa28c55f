import type { ResponseInput } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REAL_MODEL, readAll } from '../target.ts';
import { type EmbeddedTarget, startEmbedded } from './target.ts';

let embedded: EmbeddedTarget;
beforeAll(async () => {
  embedded = await startEmbedded();
}, 600_000);
afterAll(() => embedded?.target.stop());

const BODY = { model: REAL_MODEL, input: 'What is the capital of France?', temperature: 0, max_output_tokens: 6 };
type Extra = Partial<Parameters<EmbeddedTarget['client']['responses']['create']>[0]>;
const ask = (extra: Extra = {}) => embedded.client.responses.create({ ...BODY, ...extra, stream: false });
const stream = async (extra: Extra = {}) =>
  readAll(await embedded.client.responses.create({ ...BODY, ...extra, stream: true }));

const OK = {
  ...({ type: 'json_schema', name: 'x', strict: true } as const),
  schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false },
};

// Computing takes as long as the machine needs, whatever else runs on it.
describe('a response of the embedded model', { timeout: 600_000 }, () => {
  it('has every field of the shape', async () => {
    const response = await ask({ store: false, metadata: { a: 'b' }, instructions: 'Be brief.' });
    expect(response).toMatchObject({
      id: expect.stringMatching(/^resp_\w+$/),
      object: 'response',
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      error: null,
      model: REAL_MODEL,
      store: false,
      metadata: { a: 'b' },
      instructions: 'Be brief.',
      output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', annotations: [] }] }],
      usage: {
        output_tokens: 6,
        input_tokens_details: { cached_tokens: expect.any(Number) },
        output_tokens_details: { reasoning_tokens: 0 },
      },
    });
    expect(response.output_text).not.toBe('');
  });

  it('streams its events in the right order, numbered without a gap', async () => {
    const events = await stream();
    const types = events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.incomplete',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    const text = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
    expect(text).toBe((await ask()).output_text);
    const end = events.at(-1);
    expect(end?.type === 'response.incomplete' ? end.response.usage : undefined).toMatchObject({ output_tokens: 6 });
    const completed = await stream({ max_output_tokens: 60, text: { format: OK } });
    expect(completed.at(-1)?.type).toBe('response.completed');
  });

  it('streams a forced call in the right order', async () => {
    const parameters = {
      type: 'object',
      properties: { city: { type: 'string', enum: ['Paris'] } },
      required: ['city'],
      additionalProperties: false,
    };
    const tools = [{ type: 'function' as const, name: 'weather', parameters, strict: true }];
    const events = await stream({ tools, tool_choice: 'required', max_output_tokens: 60 });
    const types = events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const done = events.find((event) => event.type === 'response.function_call_arguments.done');
    expect(JSON.parse(done?.arguments ?? '')).toEqual({ city: 'Paris' });
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  });

  it('answers in JSON of a schema, and to a whole conversation', async () => {
    const json = await ask({
      text: { format: OK },
      max_output_tokens: 30,
    });
    expect(Object.keys(JSON.parse(json.output_text))).toEqual(['ok']);
    const first = await ask();
    // Safe: what a response says may be sent back as it is; the types of the client know items that are never sent.
    const said = first.output as unknown as ResponseInput;
    const next = await ask({
      input: [{ role: 'user', content: BODY.input }, ...said, { role: 'user', content: 'And of Italy?' }],
    });
    expect(next.output_text).not.toBe('');
  });

  it('tells likelihoods where they are included', async () => {
    const { output } = await ask({ include: ['message.output_text.logprobs'], top_logprobs: 2 });
    const [item] = output;
    const [part] = item?.type === 'message' ? item.content : [];
    const logprobs = part?.type === 'output_text' ? (part.logprobs ?? []) : [];
    expect(logprobs).toHaveLength(6);
    for (const { top_logprobs: others } of logprobs) expect(others).toHaveLength(2);
  });

  it('takes what the client sends by default and by its helpers', async () => {
    const final = await embedded.client.responses.stream(BODY).finalResponse();
    expect(final.output_text).toBe(
      (await ask({ top_p: 1, service_tier: 'auto', truncation: 'disabled', user: 'ann' })).output_text,
    );
  });
});
