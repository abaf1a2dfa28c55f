import { describe, expect, it } from 'vitest';
import type { GenerationRequest } from '../protocol/generation.ts';
import { toUpstreamCall } from './request-body.ts';

const request: GenerationRequest = {
  input: {
    kind: 'chat',
    messages: [
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: 'Hi', name: 'Ann' },
    ],
  },
  maxTokens: null,
  temperature: 0.5,
  topP: 0.9,
  seed: null,
  stop: [],
  responseFormat: { type: 'text' },
};

describe('toUpstreamCall', () => {
  it('asks for a stream with usage and nothing that was not asked for', () => {
    expect(toUpstreamCall(request, 'm', 'max_tokens')).toEqual({
      path: '/chat/completions',
      body: {
        model: 'm',
        stream: true,
        stream_options: { include_usage: true },
        temperature: 0.5,
        top_p: 0.9,
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'Hi', name: 'Ann' },
        ],
      },
    });
  });

  it('passes limits, seed and at most four stop strings on', () => {
    const { body } = toUpstreamCall(
      { ...request, maxTokens: 5, seed: 0, stop: ['a', 'b', 'c', 'd', 'e'] },
      'm',
      'max_completion_tokens',
    );
    expect(body).toMatchObject({ max_completion_tokens: 5, seed: 0, stop: ['a', 'b', 'c', 'd'] });
  });

  it('sends a text prompt to the older route', () => {
    const call = toUpstreamCall(
      { ...request, input: { kind: 'text', prompt: 'Once' }, maxTokens: 5 },
      'm',
      'max_completion_tokens',
    );
    expect(call.path).toBe('/completions');
    expect(call.body).toMatchObject({ prompt: 'Once', max_tokens: 5 });
  });

  it('wraps a JSON schema the way OpenAI does', () => {
    const { body } = toUpstreamCall(
      { ...request, responseFormat: { type: 'json_schema', schema: { type: 'object' } } },
      'm',
      'max_tokens',
    );
    expect(body).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { strict: true, schema: { type: 'object' } } },
    });
  });

  it('says tools, calls and thoughts in the words of OpenAI', () => {
    const tool = { name: 'f', parameters: { type: 'object' } };
    const { body } = toUpstreamCall(
      {
        ...request,
        input: {
          kind: 'chat',
          messages: [
            { role: 'assistant', content: '', reasoning: 'hm', toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }] },
            { role: 'tool', content: 'ok', toolCallId: 'c' },
          ],
          toolUse: { tools: [tool], choice: { name: 'f' }, isParallel: false },
          reasoningEffort: 'low',
          templateVariables: { enable_thinking: true },
        },
      },
      'm',
      'max_tokens',
    );
    expect(body).toMatchObject({
      messages: [
        {
          role: 'assistant',
          content: '',
          reasoning_content: 'hm',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', content: 'ok', tool_call_id: 'c' },
      ],
      tools: [{ type: 'function', function: tool }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
      reasoning_effort: 'low',
      chat_template_kwargs: { enable_thinking: true },
    });
  });

  it('passes fine sampling and log probabilities on, by the names of each route', () => {
    const fine = { topK: 5, frequencyPenalty: 1, logitBias: { 1: -1 }, logprobs: 0 };
    const chat = toUpstreamCall({ ...request, ...fine }, 'm', 'max_tokens').body;
    expect(chat).toMatchObject({
      top_k: 5,
      frequency_penalty: 1,
      logit_bias: { 1: -1 },
      logprobs: true,
      top_logprobs: 0,
    });
    const text = toUpstreamCall({ ...request, ...fine, input: { kind: 'text', prompt: 'x' } }, 'm', 'max_tokens').body;
    expect([text.logprobs, 'top_logprobs' in text]).toEqual([0, false]);
  });

  it('refuses what an upstream would ignore', () => {
    for (const more of [{ adapters: [{ id: 'a', scale: 1 }] }, { shiftsContext: true }] as const) {
      expect(() => toUpstreamCall({ ...request, ...more }, 'm', 'max_tokens')).toThrow(/upstream without/);
    }
  });
});
