import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel } from '../../gateway.ts';
import { startTarget, type Target } from './target.ts';

let target: Target;
let client: OpenAI;
beforeAll(async () => {
  target = await startTarget({
    limits: { perKey: { requestsPerMinute: 1 } },
    models: [scriptedModel()],
  });
  client = await target.client();
});
afterAll(() => target?.stop());

describe('a key over its limit', () => {
  it('gets rate-limit headers with every answer, then 429 with Retry-After, streaming or not', async () => {
    const ask = (stream: boolean) =>
      client.chat.completions.create({ model: 'scripted', messages: [{ role: 'user', content: 'hi' }], stream });
    const { response } = await ask(false).withResponse();
    expect([
      response.headers.get('x-ratelimit-limit-requests'),
      response.headers.get('x-ratelimit-remaining-requests'),
    ]).toEqual(['1', '0']);
    for (const stream of [false, true]) {
      const error: unknown = await ask(stream).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.RateLimitError);
      if (!(error instanceof OpenAI.RateLimitError)) continue;
      expect(error.code).toBe('rate_limit_exceeded');
      expect(Number(error.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(error.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    }
  });
});
