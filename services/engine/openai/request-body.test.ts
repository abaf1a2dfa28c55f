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
});
