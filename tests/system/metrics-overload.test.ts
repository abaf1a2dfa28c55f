import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { sample } from '../stream.ts';

const CHAT = '/v1/chat/completions';
const ASKED = { model: 'scripted', messages: [{ role: 'user', content: 'hi' }], stream: true };

let gateway: TestGateway;
let agent: Agent;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      limits: { maxConcurrency: 1, queue: 1, deadlineMs: 3_600_000 },
      // An answer that does not end while the test looks.
      models: [scriptedModel({ reply: 'x'.repeat(4000), charactersPerChunk: 1, tokenMs: 60_000 })],
      engines: { probeIntervalMs: 3_600_000, stallMs: 3_600_000 },
    },
  });
  agent = new Agent({ connect: { ca: gateway.ca }, bodyTimeout: 0, headersTimeout: 0 });
});
afterAll(async () => {
  await agent.destroy();
  await gateway.stop({ signal: 'SIGKILL' });
});

const page = async () => (await gateway.send('GET', '/api/v1/metrics')).text;

test('metrics are answered in every format while all slots and the queue are full and requests are refused', async () => {
  const headers = { authorization: `Bearer ${await gateway.token('inference')}`, 'content-type': 'application/json' };
  const ask = () =>
    request(`${gateway.url}${CHAT}`, { method: 'POST', dispatcher: agent, headers, body: JSON.stringify(ASKED) });
  // One is answered for as long as it takes, one waits.
  const answered = await ask();
  answered.body.on('error', () => undefined);
  const waiting = ask().catch(() => undefined);
  await expect.poll(async () => sample(await page(), 'clawdbot_queue_depth'), { timeout: 60_000 }).toBe(1);

  const refused = Array.from({ length: 200 }, async () => (await gateway.send('POST', CHAT, ASKED)).status);
  const accepts = ['text/plain', 'application/openmetrics-text; version=1.0.0', 'application/json'];
  const scrapes = Array.from({ length: 30 }, (_, at) =>
    gateway.send('GET', '/api/v1/metrics', undefined, { accept: accepts[at % accepts.length] ?? '' }),
  );
  expect(new Set(await Promise.all(refused))).toEqual(new Set([503]));
  for (const { status, text } of await Promise.all(scrapes)) {
    expect(status).toBe(200);
    expect(text).toContain('gen_ai');
  }
  await expect
    .poll(async () => sample(await page(), 'clawdbot_requests_total{outcome="rejected"}'), { timeout: 60_000 })
    .toBeGreaterThanOrEqual(200);
  await agent.destroy();
  await waiting;
});
