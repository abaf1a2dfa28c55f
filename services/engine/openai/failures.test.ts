import { describe, expect, it } from 'vitest';
import { failureFromBody, failureFromConnection, retryAfterOf } from './failures.ts';

describe('failureFromBody', () => {
  it.each([
    [
      'a wrong key',
      401,
      { error: { message: 'Incorrect API key: sk-secret', type: 'auth' } },
      'ERR_ENGINE_FAILED',
      'apiKeyFile',
    ],
    ['an unknown model', 404, { error: { message: 'no model' } }, 'ERR_ENGINE_FAILED', 'baseUrl and model'],
    ['a redirect', 302, undefined, 'ERR_ENGINE_FAILED', 'not followed'],
    ['overload', 503, {}, 'ERR_ENGINE_FAILED', 'cannot answer now'],
    ['a defect', 500, 'no JSON at all', 'ERR_ENGINE_FAILED', 'status 500'],
    [
      'a bad request',
      400,
      { error: { message: 'temperature: secret', param: 'temperature' } },
      'ERR_MODELS_CAPABILITY',
      'temperature',
    ],
    ['a bad schema', 400, { error: { message: 'Invalid json_schema' } }, 'ERR_ENGINE_GRAMMAR', 'response format'],
  ])('translates %s', (_, status, body, code, words) => {
    const error = failureFromBody(status, body);
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('secret');
  });

  it.each([
    [
      'OpenAI',
      {
        error: {
          code: 'context_length_exceeded',
          message:
            "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 input tokens",
        },
      },
      5000,
      4096,
    ],
    [
      'llama-server',
      { error: { type: 'exceed_context_size_error', message: 'too long', n_prompt_tokens: 300, n_ctx: 256 } },
      300,
      256,
    ],
    ['one that gives no numbers', { error: { code: 'context_length_exceeded' } }, null, null],
  ])('recognises a prompt that is too long for %s', (_, body, promptTokens, contextTokens) => {
    const error = failureFromBody(400, body);
    expect(error.code).toBe('ERR_ENGINE_CONTEXT_OVERFLOW');
    expect(error.details).toMatchObject({ promptTokens, contextTokens });
  });

  it('passes on when to come again', () => {
    expect(failureFromBody(429, {}, 17).retryAfterSeconds).toBe(17);
    expect(failureFromBody(429, {}).retryAfterSeconds).toBe(2);
  });
});

describe('failureFromConnection', () => {
  it('names the host and the code', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    expect(failureFromConnection(error, 'gpu-box:8000').message).toBe(
      'upstream gpu-box:8000: the connection failed (ECONNREFUSED)',
    );
  });
});

describe('retryAfterOf', () => {
  it.each([
    ['7', 7],
    ['0.2', 1],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j', (header, expected) => {
    expect(retryAfterOf(header)).toBe(expected);
  });
});
