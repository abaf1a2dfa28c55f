import type OpenAI from 'openai';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMBEDDED_MODEL } from '../../../core/config/schema.ts';
import { scriptedModel } from '../../gateway.ts';
import { REAL_MODEL, readAll, startTarget, type Target } from './target.ts';

type Extra = Partial<Omit<ChatCompletionCreateParamsNonStreaming, 'messages' | 'model' | 'stream'>>;

let target: Target;
let client: OpenAI;
beforeAll(async () => {
  target = await startTarget({
    // One compute thread: two of them starve each other on a machine whose cores are busy.
    engines: { threads: 1 },
    models: [scriptedModel({ charactersPerChunk: [1, 7] }, { id: 'echo' }), EMBEDDED_MODEL],
  });
  client = await target.client();
  await target.gateway.report('model', ({ id, phase }) => id === REAL_MODEL && phase === 'ready');
}, 600_000);
afterAll(() => target?.stop());

const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', enum: ['Paris', 'Rome'] } },
      required: ['city'],
      additionalProperties: false,
    },
  },
};
const time = {
  type: 'function' as const,
  function: { name: 'get_time', description: 'The time of day', parameters: { type: 'object', properties: {} } },
};
const question = [{ role: 'user' as const, content: 'What is the weather in Paris?' }];
const FORCED = { type: 'function' as const, function: { name: 'get_weather' } };

// Computing takes as long as the machine needs, whatever else runs on it.
describe.each([['echo'], [REAL_MODEL]])('tools with %s', { timeout: 600_000 }, (model) => {
  const body = (extra: Extra) => ({
    model,
    messages: question,
    tools: [weather, time],
    temperature: 0,
    max_tokens: 64,
    ...extra,
  });
  const ask = async (extra: Extra) => (await client.chat.completions.create(body(extra))).choices[0];

  it('that are forced are called with arguments of their schema', async () => {
    const choice = await ask({ tool_choice: FORCED });
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    const [call] = choice?.message.tool_calls ?? [];
    expect(call).toMatchObject({ type: 'function', id: expect.stringMatching(/./), function: { name: 'get_weather' } });
    const written = call?.type === 'function' ? JSON.parse(call.function.arguments) : undefined;
    expect(Object.keys(written)).toEqual(['city']);
    expect(['Paris', 'Rome']).toContain(written.city);
  });

  it('that are required are called, whichever they are', async () => {
    const choice = await ask({ tool_choice: 'required' });
    expect(choice?.finish_reason).toBe('tool_calls');
    for (const call of choice?.message.tool_calls ?? []) {
      const { name, arguments: written } = call.type === 'function' ? call.function : { name: '', arguments: '' };
      expect([weather, time].map((tool) => tool.function.name)).toContain(name);
      expect(typeof JSON.parse(written)).toBe('object');
    }
    expect(choice?.message.tool_calls?.length).toBeGreaterThan(0);
  });

  it('stream the same call that is answered whole', async () => {
    const [call] = (await ask({ tool_choice: FORCED }))?.message.tool_calls ?? [];
    const chunks = await readAll(
      await client.chat.completions.create({
        ...body({ tool_choice: FORCED }),
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(deltas[0]).toMatchObject({ index: 0, type: 'function', function: { name: 'get_weather', arguments: '' } });
    expect(deltas[0]?.id).toEqual(expect.stringMatching(/./));
    expect(deltas.slice(1).every(({ id, function: called }) => id === undefined && called?.name === undefined)).toBe(
      true,
    );
    expect(deltas.length).toBeGreaterThan(2);
    expect(deltas.map(({ function: called }) => called?.arguments ?? '').join('')).toBe(
      call?.type === 'function' ? call.function.arguments : '?',
    );
    expect(chunks.findLast(({ choices }) => choices.length > 0)?.choices[0]?.finish_reason).toBe('tool_calls');
    expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0);
  });

  it('work through the stream helper of the client', async () => {
    const stream = client.chat.completions.stream(body({ tool_choice: FORCED }));
    const { tool_calls: calls } = await stream.finalMessage();
    expect(calls?.map((call) => (call.type === 'function' ? call.function.name : '?'))).toEqual(['get_weather']);
  });

  it('are not called when they must not be', async () => {
    const choice = await ask({ tool_choice: 'none', max_tokens: 16 });
    expect(choice?.message.tool_calls).toBeUndefined();
    expect(['stop', 'length']).toContain(choice?.finish_reason);
    expect(choice?.message.content).not.toBe('');
  });

  it('may be called or not when that is left to the model', async () => {
    const choice = await ask({ max_tokens: 32 });
    const hasCalls = (choice?.message.tool_calls?.length ?? 0) > 0;
    expect([hasCalls, choice?.finish_reason === 'tool_calls']).toEqual([hasCalls, hasCalls]);
  });

  it('that answered are part of the conversation', async () => {
    const [call] = (await ask({ tool_choice: FORCED }))?.message.tool_calls ?? [];
    if (call === undefined) throw new Error('expected a call');
    const answer = await client.chat.completions.create({
      ...body({ tool_choice: 'none', max_tokens: 16 }),
      messages: [
        ...question,
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, content: '{"weather":"sunny"}' },
      ],
    });
    expect(answer.choices[0]?.message.content).not.toBe('');
  });

  it('of the Responses API are forced and streamed as well', async () => {
    const { name, parameters } = weather.function;
    const tools = [{ type: 'function' as const, name, parameters, strict: true }];
    const asked = {
      model,
      input: 'What is the weather in Paris?',
      tools,
      tool_choice: { type: 'function' as const, name },
    };
    const whole = await client.responses.create({ ...asked, temperature: 0 });
    expect(whole.output).toMatchObject([{ type: 'function_call', name, status: 'completed' }]);
    const streamed = await client.responses.stream({ ...asked, temperature: 0 }).finalResponse();
    const argumentsOf = (output: OpenAI.Responses.ResponseOutputItem[]) =>
      output.flatMap((item) => (item.type === 'function_call' ? [item.arguments] : []));
    expect(argumentsOf(streamed.output)).toEqual(argumentsOf(whole.output));
  });

  it.each<[string, object]>([
    ['tool_choice', { tool_choice: 'sometimes' }],
    ['tool_choice', { tool_choice: { type: 'function', function: { name: 'nope' } } }],
    ['tool_choice', { tools: undefined, tool_choice: 'required' }],
    ['tools[0].type', { tools: [{ type: 'retrieval' }] }],
  ])('are refused where %s is wrong: %j', async (param, extra) => {
    await expect(client.chat.completions.create(body(extra))).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param,
    });
  });

  it('whose schema is none are refused', async () => {
    const broken = { type: 'function' as const, function: { name: 'f', parameters: { type: 'nonsense' } } };
    await expect(
      client.chat.completions.create(body({ tools: [broken], tool_choice: 'required' })),
    ).rejects.toMatchObject({
      status: 400,
    });
  });
});
