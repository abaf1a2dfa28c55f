import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineSpec } from '../../engine-process.ts';
import { scriptedModel, startGateway, type TestGateway } from '../../gateway.ts';
import { createStreamClient, sample, until } from '../../stream.ts';
import { chat, describeEngine } from './suite.ts';

const TEXT = Array.from({ length: 60 }, (_, number) => `word ${number} `).join('');
const CONTEXT = 512;

const upstream = await startGateway({
  config: { models: [scriptedModel({ charactersPerChunk: [1, 7], tokenMs: 1 }, { context: CONTEXT })] },
});
const apiKeyFile = join(upstream.data, 'upstream.key');
writeFileSync(apiKeyFile, `${await upstream.token('inference')}\n`, { mode: 0o600 });
const options = {
  baseUrl: `${upstream.url}/v1`,
  model: 'scripted',
  apiKeyFile,
  caFile: upstream.caFile,
  embeddings: true,
  context: CONTEXT,
};
afterAll(() => upstream.stop());

describeEngine({
  name: 'openai, against a second Clawdbot',
  spec: ({ slots }) => engineSpec({ plugin: 'openai', slots, options }),
  longPrompt: chat(TEXT),
  unicodePrompt: chat('🙂字é🎉👨‍👩‍👧 '.repeat(20)),
  countsPrompts: false,
  embeds: true,
});

describe('a gateway in front of another', () => {
  let front: TestGateway;
  beforeAll(async () => {
    front = await startGateway({ config: { models: [{ id: 'far', engine: 'openai', slots: 8, options }] } });
  });
  afterAll(() => front?.stop());

  const slotsUsed = async () =>
    sample(
      (await upstream.send('GET', '/api/v1/metrics')).text,
      'clawdbot_slots_used{gen_ai_request_model="scripted"}',
    );

  it('answers with the text and the usage of the other', async () => {
    const answer = await front.send('POST', '/v1/chat/completions', {
      model: 'far',
      messages: [{ role: 'user', content: 'across two machines' }],
    });
    const direct = await upstream.send('POST', '/v1/chat/completions', {
      model: 'scripted',
      messages: [{ role: 'user', content: 'across two machines' }],
    });
    expect(answer.json()).toMatchObject({
      model: 'far',
      choices: [{ message: { content: 'across two machines' }, finish_reason: 'stop' }],
      usage: direct.json().usage,
    });
  });

  it('frees the slot of the other when its own client leaves', async () => {
    const client = createStreamClient(front.url, front.ca, await front.token('inference'));
    const leave = new AbortController();
    const answer = client.stream(
      '/api/v1/inference',
      { prompt: 'on and on '.repeat(150), stream: true },
      { signal: leave.signal, onEvent: ({ event }) => event === 'token' && leave.abort() },
    );
    await expect(answer).rejects.toThrow();
    expect(await until(slotsUsed, (used) => used === 0)).toBe(0);
    await client.close();
  });

  it('passes a context that is too small on as 400 with both counts', async () => {
    const answer = await front.send('POST', '/api/v1/inference', { prompt: 'too long '.repeat(2000) });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { code: 'ERR_ENGINE_CONTEXT_OVERFLOW' } }]);
  });

  it('is not ready while the other is gone, says so, and never shows the key', async () => {
    const gone = await startGateway({
      config: { models: [{ id: 'far', engine: 'openai', options: { ...options, baseUrl: 'https://127.0.0.1:9/v1' } }] },
      until: 'listening',
    });
    try {
      expect((await gone.send('GET', '/api/v1/health/ready')).status).toBe(503);
      const answer = await gone.send('POST', '/api/v1/inference', { prompt: 'anyone?', deadlineMs: 5000 });
      expect([503, 504]).toContain(answer.status);
      expect(answer.text).not.toContain(await upstream.token('inference'));
    } finally {
      await gone.stop();
    }
  });
});
