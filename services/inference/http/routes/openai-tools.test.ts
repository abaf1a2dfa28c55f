import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, finished, readAll, startTestTarget, type TestTarget, text, weatherCall } from './test-target.ts';

let target: TestTarget;
let client: OpenAI;
beforeAll(async () => {
  target = await startTestTarget();
  client = new OpenAI(target.clientOptions);
});
afterAll(() => target?.stop());

const weather = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const time = { type: 'function' as const, function: { name: 'time' } };
const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } };
const messages = [{ role: 'user' as const, content: 'What is it like in Paris?' }];
const ask = (extra: object = {}) =>
  client.chat.completions.create({ model: 'tiny', messages, tools: [weather, time], ...extra, stream: false });
const send = (body: object) =>
  target.service.send('/v1/chat/completions', { body: { model: 'tiny', messages, ...body } });
const toolUse = () => {
  const input = target.lastCall()?.request.input;
  return input?.kind === 'chat' ? input.toolUse : undefined;
};

describe('tools', () => {
  it('reach the engine as they were described', async () => {
    target.play(accepted(), text('Sunny.'), finished());
    const answer = await ask();
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Sunny.' } });
    expect(toolUse()).toEqual({
      tools: [
        { name: 'weather', description: 'The weather of a city', parameters: weather.function.parameters },
        { name: 'time', parameters: { type: 'object', properties: {}, additionalProperties: false } },
      ],
      choice: 'auto',
      isParallel: true,
    });
  });

  it.each([
    ['none', 'none', 2],
    ['auto', 'auto', 2],
    ['required', 'required', 2],
    [{ type: 'function', function: { name: 'time' } }, { name: 'time' }, 2],
    [{ type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [time] } }, 'required', 1],
  ])('are chosen by tool_choice %j', async (choice, expected, count) => {
    target.play(accepted(), finished());
    await ask({ tool_choice: choice, parallel_tool_calls: false });
    expect(toolUse()).toMatchObject({ choice: expected, isParallel: false });
    expect(toolUse()?.tools.length).toBe(count);
  });

  it('are called several at once, unless a call is forced and nothing else is said', async () => {
    target.play(accepted(), finished());
    for (const [extra, expected] of [
      [{}, true],
      [{ tool_choice: 'required' }, false],
      [{ tool_choice: 'required', parallel_tool_calls: true }, true],
      [{ parallel_tool_calls: false }, false],
    ] as const) {
      await ask(extra);
      expect([extra, toolUse()?.isParallel]).toEqual([extra, expected]);
    }
  });

  it('that are called come with an id, a name and arguments', async () => {
    target.play(accepted(), ...weatherCall(0), ...weatherCall(1), finished('tool_calls'));
    const answer = await ask();
    expect(answer.choices).toEqual([
      {
        index: 0,
        finish_reason: 'tool_calls',
        logprobs: null,
        message: {
          role: 'assistant',
          content: null,
          refusal: null,
          tool_calls: [0, 1].map((index) => ({
            id: `call_${index}`,
            type: 'function',
            function: { name: 'weather', arguments: `{"city":"${index}"}` },
          })),
        },
      },
    ]);
  });

  it('that are called in a stream come in pieces that add up', async () => {
    target.play(accepted(), ...weatherCall(0), ...weatherCall(1), finished('tool_calls'));
    const chunks = await readAll(
      await client.chat.completions.create({ model: 'tiny', messages, tools: [weather], stream: true }),
    );
    const deltas = chunks.map(({ choices }) => choices[0]?.delta);
    expect(deltas[0]).toEqual({ role: 'assistant', content: null, refusal: null });
    expect(deltas.slice(1, 4)).toEqual([
      { tool_calls: [{ index: 0, id: 'call_0', type: 'function', function: { name: 'weather', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '"0"}' } }] },
    ]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
    const stream = client.chat.completions.stream({ model: 'tiny', messages, tools: [weather] });
    const message = await stream.finalMessage();
    expect(message.tool_calls?.map((call) => (call.type === 'function' ? call.function.arguments : '?'))).toEqual([
      '{"city":"0"}',
      '{"city":"1"}',
    ]);
  });

  it('that come whole in one piece are split for clients that expect the name first', async () => {
    target.play(
      accepted(),
      { type: 'toolCalls', calls: [{ index: 0, id: 'call_x', name: 'time', arguments: '{}' }], tokens: 4 },
      finished('tool_calls'),
    );
    const chunks = await readAll(
      await client.chat.completions.create({ model: 'tiny', messages, tools: [time], stream: true }),
    );
    expect(chunks.slice(1, 3).map(({ choices }) => choices[0]?.delta.tool_calls?.[0]?.function)).toEqual([
      { name: 'time', arguments: '' },
      { arguments: '{}' },
    ]);
  });

  it('run through the helper of the client, whose messages come back', async () => {
    let turns = 0;
    target.service.script(async function* () {
      turns += 1;
      yield accepted();
      if (turns === 1) yield* weatherCall();
      else yield text('Rain.');
      yield finished(turns === 1 ? 'tool_calls' : 'stop');
    });
    const runner = client.chat.completions.runTools({
      model: 'tiny',
      messages,
      tools: [
        {
          type: 'function',
          function: { ...weather.function, parse: JSON.parse, function: ({ city }: { city: string }) => `wet ${city}` },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('Rain.');
    const input = target.lastCall()?.request.input;
    expect(input?.kind === 'chat' ? input.messages : []).toEqual([
      { role: 'user', content: messages[0]?.content },
      { role: 'assistant', content: '', toolCalls: [{ id: 'call_0', name: 'weather', arguments: '{"city":"0"}' }] },
      { role: 'tool', content: 'wet 0', toolCallId: 'call_0' },
    ]);
  });

  it.each([
    ['tool_choice', { tools: [weather], tool_choice: 'sometimes' }],
    ['tool_choice', { tool_choice: 'required' }],
    ['tool_choice', { tool_choice: { type: 'function', function: { name: 'weather' } } }],
    ['tool_choice', { tools: [weather], tool_choice: { type: 'function', function: { name: 'nope' } } }],
    ['tool_choice.type', { tools: [weather], tool_choice: { type: 'mcp' } }],
    ['tools[1]', { tools: [weather, weather] }],
    ['tools[0].type', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
    ['tools[0].function.name', { tools: [{ type: 'function', function: { name: 'a b' } }] }],
    ['tools[0].function.parameters', { tools: [{ type: 'function', function: { name: 'a', parameters: 'x' } }] }],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].tool_calls', { messages: [{ role: 'user', content: 'x', tool_calls: [call] }] }],
    ['functions', { tools: [weather], functions: [{ name: 'f' }] }],
  ])('are refused where %s is wrong: %j', async (param, body) => {
    const answer = await send(body);
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { type: 'invalid_request_error', param } }]);
  });
});

describe('the deprecated functions', () => {
  const body = { functions: [weather.function], function_call: { name: 'weather' } };

  it('are answered in their own words, whole and streamed', async () => {
    target.play(accepted(), ...weatherCall(), finished('tool_calls'));
    expect((await send(body)).json()).toMatchObject({
      choices: [
        {
          finish_reason: 'function_call',
          message: { content: null, function_call: { name: 'weather', arguments: '{"city":"0"}' } },
        },
      ],
    });
    expect(toolUse()).toMatchObject({ choice: { name: 'weather' }, isParallel: false });
    const streamed = await send({ ...body, stream: true });
    expect(streamed.text).toContain('{"function_call":{"name":"weather","arguments":""}}');
    expect(streamed.text).toContain('"finish_reason":"function_call"');
  });

  it('come back in the history', async () => {
    target.play(accepted(), finished());
    await send({
      messages: [
        ...messages,
        { role: 'assistant', content: null, function_call: { name: 'weather', arguments: '{}' } },
        { role: 'function', name: 'weather', content: 'wet' },
      ],
    });
    const input = target.lastCall()?.request.input;
    expect(input?.kind === 'chat' ? input.messages.slice(1) : []).toMatchObject([
      { role: 'assistant', toolCalls: [{ id: 'call_function', name: 'weather', arguments: '{}' }] },
      { role: 'tool', name: 'weather', content: 'wet', toolCallId: 'call_function' },
    ]);
  });
});

describe('reasoning', () => {
  it('is told apart from the content, whole and streamed, and counted', async () => {
    const events = [accepted(), { type: 'reasoning', text: 'Hm.', tokens: 1 }, text('Yes.')] as const;
    target.play(...events, finished('stop', { reasoningTokens: 1 }));
    const answer = await ask({ reasoning_effort: 'low', chat_template_kwargs: { enable_thinking: true } });
    expect(answer.choices[0]?.message).toMatchObject({ content: 'Yes.', reasoning_content: 'Hm.' });
    expect(answer.usage?.completion_tokens_details).toEqual({ reasoning_tokens: 1 });
    expect(target.lastCall()?.request.input).toMatchObject({
      reasoningEffort: 'low',
      templateVariables: { enable_thinking: true },
    });
    const streamed = await send({ stream: true });
    expect(streamed.text).toContain('"delta":{"reasoning_content":"Hm."}');
  });

  it('of an earlier turn goes back to the engine', async () => {
    target.play(accepted(), finished());
    await send({ messages: [...messages, { role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.' }] });
    const input = target.lastCall()?.request.input;
    expect(input?.kind === 'chat' ? input.messages[1] : undefined).toEqual({
      role: 'assistant',
      content: 'Yes.',
      reasoning: 'Hm.',
    });
  });

  it('takes no effort but the known ones', async () => {
    const answer = await send({ reasoning_effort: 'enormous' });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { param: 'reasoning_effort' } }]);
  });
});
