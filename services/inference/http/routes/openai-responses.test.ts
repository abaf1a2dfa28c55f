import OpenAI, { APIError } from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import {
  accepted,
  finished,
  likely,
  readAll,
  startTestTarget,
  type TestTarget,
  text,
  weatherCall,
} from './test-target.ts';

let target: TestTarget;
let client: OpenAI;
beforeAll(async () => {
  target = await startTestTarget();
  client = new OpenAI(target.clientOptions);
});
afterAll(() => target?.stop());
beforeEach(() => target.service.script(undefined));

const tools = [
  {
    type: 'function' as const,
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    strict: true,
  },
];
const lastMessages = () => {
  const input = target.lastCall()?.request.input;
  return input?.kind === 'chat' ? input.messages : undefined;
};
const send = (body: object) => target.service.send('/v1/responses', { body: { model: 'tiny', input: 'x', ...body } });

describe('a response', () => {
  it('has the shape the client expects', async () => {
    const response = await client.responses.create({
      model: 'tiny',
      instructions: 'Be brief.',
      input: 'hello',
      max_output_tokens: 50,
      store: false,
      metadata: { a: 'b' },
    });
    expect(response.output_text).toBe('hello');
    expect(response).toMatchObject({
      id: expect.stringMatching(/^resp_\w+$/),
      object: 'response',
      status: 'completed',
      model: 'tiny',
      error: null,
      incomplete_details: null,
      instructions: 'Be brief.',
      max_output_tokens: 50,
      metadata: { a: 'b' },
      store: false,
      tool_choice: 'auto',
      tools: [],
      output: [
        {
          type: 'message',
          id: expect.stringMatching(/^msg_\w+$/),
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'hello', annotations: [] }],
        },
      ],
      usage: { input_tokens: 2, output_tokens: 2, total_tokens: 4, output_tokens_details: { reasoning_tokens: 0 } },
    });
    expect(lastMessages()).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
    ]);
    expect(target.lastCall()?.request).toMatchObject({
      maxTokens: 50,
      temperature: 1,
      responseFormat: { type: 'text' },
    });
  });

  it('that was cut is incomplete and says why', async () => {
    target.play(accepted(), text('once'), finished('length'));
    const response = await client.responses.create({ model: 'tiny', input: 'x', max_output_tokens: 1 });
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  });

  it('takes a conversation with calls, their outputs and thoughts', async () => {
    await client.responses.create({
      model: 'tiny',
      input: [
        { role: 'developer', content: 'Be brief.' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Paris?' }] },
        { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }] },
        { type: 'function_call', call_id: 'call_0', name: 'weather', arguments: '{}' },
        { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_0', output: 'wet' },
        { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: 'dry' }] },
        {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Both.', annotations: [] }],
        },
        { role: 'user', content: 'Thanks' },
      ],
    });
    expect(lastMessages()).toEqual([
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Paris?' },
      {
        role: 'assistant',
        content: '',
        reasoning: 'Hm.',
        toolCalls: [
          { id: 'call_0', name: 'weather', arguments: '{}' },
          { id: 'call_1', name: 'weather', arguments: '{}' },
        ],
      },
      { role: 'tool', content: 'wet', toolCallId: 'call_0' },
      { role: 'tool', content: 'dry', toolCallId: 'call_1' },
      { role: 'assistant', content: 'Both.' },
      { role: 'user', content: 'Thanks' },
    ]);
  });

  it('calls tools', async () => {
    target.play(accepted(), ...weatherCall(), finished('tool_calls'));
    const response = await client.responses.create({
      model: 'tiny',
      input: 'Paris?',
      tools,
      tool_choice: { type: 'function', name: 'weather' },
    });
    expect(response.output).toEqual([
      {
        type: 'function_call',
        id: expect.stringMatching(/^fc_\w+$/),
        status: 'completed',
        call_id: 'call_0',
        name: 'weather',
        arguments: '{"city":"0"}',
      },
    ]);
    expect(target.lastCall()?.request.input).toMatchObject({
      toolUse: { choice: { name: 'weather' }, isParallel: false },
    });
  });

  it('hands formats, effort and log probabilities on', async () => {
    target.play(accepted(), text('{}', { logprobs: [likely('{}', -1)] }), finished());
    const schema = { type: 'object' };
    const response = await client.responses.create({
      model: 'tiny',
      input: 'x',
      text: { format: { type: 'json_schema', name: 'a', schema } },
      reasoning: { effort: 'low' },
      include: ['message.output_text.logprobs'],
      top_logprobs: 2,
    });
    expect(target.lastCall()?.request).toMatchObject({
      responseFormat: { type: 'json_schema', schema },
      logprobs: 2,
      input: { reasoningEffort: 'low' },
    });
    expect(response.output[0]).toMatchObject({ content: [{ logprobs: [{ token: '{}', logprob: -1 }] }] });
  });

  it.each([
    ['store', { store: true }],
    ['background', { background: true }],
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['conversation', { conversation: 'conv_1' }],
    ['prompt', { prompt: { id: 'pmpt_1' } }],
    ['truncation', { truncation: 'auto' }],
    ['max_tool_calls', { max_tool_calls: 3 }],
    ['include[0]', { include: ['file_search_call.results'] }],
    ['tools[0].type', { tools: [{ type: 'web_search' }] }],
    ['tool_choice', { tool_choice: 'sometimes', tools }],
    ['tool_choice', { tool_choice: { type: 'function', name: 'other' }, tools }],
    ['input[0].type', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
    ['input[0].content[0]', { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] }],
    ['input[0].call_id', { input: [{ type: 'function_call_output', output: 'x' }] }],
    ['input[0].role', { input: [{ content: 'x' }] }],
    ['input', { input: [] }],
    ['max_output_tokens', { max_output_tokens: 101 }],
    ['temperature', { temperature: 3 }],
    ['nonsense', { nonsense: 1 }],
  ])('is refused by the name of what needs more: %s', async (param, body) => {
    const answer = await send(body);
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { type: 'invalid_request_error', param } }]);
  });

  it('of an unknown model is 404 model_not_found', async () => {
    for (const stream of [false, true]) {
      const answer = await send({ model: 'none', stream });
      expect([answer.status, answer.json()]).toMatchObject([404, { error: { code: 'model_not_found' } }]);
    }
  });
});

describe('a streamed response', () => {
  const events = async (): Promise<ResponseStreamEvent[]> =>
    readAll(await client.responses.create({ model: 'tiny', input: 'hello', tools, stream: true }));

  it('has the events of a text in order', async () => {
    const all = await events();
    expect(all.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_, index) => index));
    expect(all.at(-1)).toMatchObject({ response: { status: 'completed', usage: { output_tokens: 2 } } });
  });

  it('has those of thoughts and calls, one item after another', async () => {
    target.play(
      accepted(),
      { type: 'reasoning', text: 'Hm.', tokens: 1 },
      ...weatherCall(0),
      ...weatherCall(1),
      finished('tool_calls'),
    );
    const all = await events();
    expect(all.map(({ type }) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'reasoning_text.delta',
      'reasoning_text.done',
      'content_part.done',
      'output_item.done',
      ...[0, 1].flatMap(() => [
        'output_item.added',
        'function_call_arguments.delta',
        'function_call_arguments.delta',
        'function_call_arguments.done',
        'output_item.done',
      ]),
      'completed',
    ]);
    expect(all.at(-1)).toMatchObject({
      response: { output: [{ type: 'reasoning' }, { call_id: 'call_0' }, { call_id: 'call_1' }] },
    });
  });

  it('works through the helper of the client', async () => {
    const stream = client.responses.stream({ model: 'tiny', input: 'through the helper' });
    expect((await stream.finalResponse()).output_text).toBe('through the helper');
    target.play(
      accepted(),
      { type: 'reasoning', text: 'Hm.', tokens: 1 },
      text('So.'),
      ...weatherCall(),
      finished('tool_calls'),
    );
    const mixed = await client.responses.stream({ model: 'tiny', input: 'x', tools }).finalResponse();
    expect(mixed.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call']);
    expect(mixed.output[2]).toMatchObject({ parsed_arguments: { city: '0' } });
  });

  it('that was cut is incomplete, and one without a word has an empty message', async () => {
    target.play(accepted(), finished('length'));
    const all = await events();
    expect(all.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ type: 'message', status: 'incomplete', content: [{ text: '' }] }],
      },
    });
  });

  it('that fails halfway throws what went wrong', async () => {
    target.service.script(async function* () {
      yield accepted();
      yield text('So');
      await new Promise((resolve) => setImmediate(resolve));
      throw new ServiceError('ERR_ENGINE_DIED', 'the engine ended');
    });
    const error = await events().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code: 'engine_died' });
  });
});
