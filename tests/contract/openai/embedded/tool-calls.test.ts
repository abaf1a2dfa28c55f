import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REAL_MODEL, readAll } from '../target.ts';
import { type EmbeddedTarget, startEmbedded } from './target.ts';

let embedded: EmbeddedTarget;
beforeAll(async () => {
  embedded = await startEmbedded();
}, 600_000);
afterAll(() => embedded?.target.stop());

const tool = (name: string, city: readonly string[]) => ({
  type: 'function' as const,
  function: {
    ...{ name, description: `${name} of a city`, strict: true },
    parameters: {
      ...{ type: 'object', required: ['city'], additionalProperties: false },
      properties: { city: { type: 'string', enum: city } },
    },
  },
});
const [weather, time] = [tool('get_weather', ['Paris', 'Rome']), tool('get_time', ['Oslo'])];

type Extra = Partial<Omit<ChatCompletionCreateParamsNonStreaming, 'stream'>>;
const BODY = {
  ...{ model: REAL_MODEL, temperature: 0, max_tokens: 80, tools: [weather, time] },
  messages: [{ role: 'user' as const, content: 'What is the weather in Paris?' }],
};
const ask = async (extra: Extra) =>
  (await embedded.client.chat.completions.create({ ...BODY, ...extra, stream: false })).choices[0];
const stream = async (extra: Extra) =>
  readAll(await embedded.client.chat.completions.create({ ...BODY, ...extra, stream: true }));

// Computing takes as long as the machine needs, whatever else runs on it.
describe('tools of the embedded model', { timeout: 600_000 }, () => {
  it('are called several times in one answer where that is asked for', async () => {
    const choice = await ask({ tool_choice: 'required', parallel_tool_calls: true, max_tokens: 120 });
    const calls = choice?.message.tool_calls ?? [];
    expect(calls.length).toBeGreaterThan(0);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
    const chunks = await stream({ tool_choice: 'required', parallel_tool_calls: true, max_tokens: 120 });
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    const firsts = deltas.filter(({ id }) => id !== undefined).map(({ index }) => index);
    expect(firsts).toEqual(firsts.map((_, index) => index));
    expect(chunks.every(({ choices }) => !/tool_call/.test(choices[0]?.delta.content ?? ''))).toBe(true);
  });

  it('are called once where only one call is allowed', async () => {
    const choice = await ask({ tool_choice: 'required', parallel_tool_calls: false });
    expect([choice?.message.tool_calls?.length, choice?.finish_reason]).toEqual([1, 'tool_calls']);
  });

  it('are limited to those that are allowed', async () => {
    const allowed = { mode: 'required' as const, tools: [{ type: 'function', function: { name: 'get_time' } }] };
    const choice = await ask({ tool_choice: { type: 'allowed_tools', allowed_tools: allowed } });
    const [call] = choice?.message.tool_calls ?? [];
    expect(call?.type === 'function' && call.function).toEqual({ name: 'get_time', arguments: expect.any(String) });
  });

  it('may be described by the deprecated API', async () => {
    const { name, parameters } = weather.function;
    const choice = await ask({
      ...{ functions: [{ name, parameters }], function_call: { name } },
      tools: [],
    });
    expect(choice).toMatchObject({ finish_reason: 'function_call', message: { content: null } });
    expect(JSON.parse(choice?.message.function_call?.arguments ?? '')).toHaveProperty('city');
  });

  it('leave no mark of theirs in the text of an answer that is cut, wherever it is cut', async () => {
    for (const max_tokens of [14, 20, 22, 24, 26, 28, 30]) {
      const choice = await ask({ tool_choice: 'required', parallel_tool_calls: true, max_tokens });
      if ((choice?.message.tool_calls?.length ?? 0) === 0) continue;
      expect([max_tokens, choice?.message.content]).toEqual([max_tokens, null]);
    }
  });

  it('that are forced are called in each of several answers, and with log probabilities asked for', async () => {
    const answer = await embedded.client.chat.completions.create({
      ...BODY,
      ...{ n: 2, temperature: 1, seed: 1, logprobs: true, stream: false, tool_choice: 'required' },
    });
    for (const { message, finish_reason } of answer.choices) {
      expect([message.tool_calls?.length, finish_reason]).toEqual([1, 'tool_calls']);
    }
  });

  it('work beside a schema, and without parameters', async () => {
    const plain = { type: 'function' as const, function: { name: 'ping' } };
    const choice = await ask({ tools: [plain], tool_choice: { type: 'function', function: { name: 'ping' } } });
    const [call] = choice?.message.tool_calls ?? [];
    expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({});
  });
});
