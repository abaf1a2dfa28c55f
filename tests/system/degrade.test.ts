import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../../core/config/paths.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { createStreamClient, sample, until } from '../stream.ts';

const HOUR_MS = 3_600_000;

describe('a scenario whose model cannot answer', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      config: {
        models: [
          scriptedModel({}, { parameters: 7e9 }),
          scriptedModel({ reply: 'the small one' }, { id: 'small', parameters: 1e9 }),
        ],
        scenarios: {
          faq: { minParameters: 5e9, degrade: { models: ['small'], cachedMs: HOUR_MS } },
          medical: { minParameters: 5e9, tags: [] },
        },
        engines: { probeIntervalMs: HOUR_MS },
      },
    });
    await gateway.report('model', (report) => report.id === 'small' && report.phase === 'ready');
  });
  afterAll(() => gateway?.stop());

  const infer = (prompt: string, more: Record<string, unknown> = {}) =>
    gateway.send('POST', '/api/v1/inference', { prompt, scenario: 'faq', ...more });
  const open = (model: string, state = 'open') => gateway.send('PUT', '/api/v1/admin/breaker', { model, state });
  const degraded = async () =>
    sample((await gateway.send('GET', '/api/v1/metrics')).text, 'clawdbot_requests_total{outcome="degraded"}') ?? 0;

  it('is answered by another model, then from the cache, then refused; each says so', async () => {
    const fresh = await infer('how are you?');
    expect(fresh.headers).not.toHaveProperty('x-clawdbot-degraded');
    expect(fresh.json()).not.toHaveProperty('degraded');
    expect((await infer('how are you?', { scenario: 'medical' })).status).toBe(200);

    await open('scripted');
    const byModel = await infer('how are you?');
    expect([byModel.status, byModel.headers['x-clawdbot-degraded']]).toEqual([200, 'model']);
    expect(byModel.json()).toMatchObject({
      ...{ text: 'the small one', model: 'small', degraded: { by: 'model', insteadOf: 'scripted' } },
    });

    await open('small');
    const byCache = await infer('how are you?');
    expect([byCache.status, byCache.headers['x-clawdbot-degraded'], Number(byCache.headers.age)]).toEqual([
      ...[200, 'cache', expect.any(Number)],
    ]);
    expect(byCache.json()).toMatchObject({
      ...{ text: 'how are you?', model: 'scripted', degraded: { by: 'cache', ageMs: expect.any(Number) } },
    });
    const chat = await gateway.send('POST', '/v1/chat/completions', {
      ...{ model: 'scripted', messages: [{ role: 'user', content: 'never asked' }] },
    });
    expect(chat.status).toBe(503);

    const refused = await infer('never asked before');
    expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([503, expect.any(Number)]);
    expect(refused.json()).toMatchObject({
      error: { code: 'ERR_ROUTE_BREAKER_OPEN', details: { tried: [{ model: 'small' }, { cache: 'nothing kept' }] } },
    });
    // Its answer was given a moment ago, and nobody may have it now.
    const medical = await infer('how are you?', { scenario: 'medical' });
    expect([medical.status, medical.json()]).toMatchObject([503, { error: { code: 'ERR_ROUTE_BREAKER_OPEN' } }]);

    expect(await degraded()).toBe(2);
    await until(
      () => readFileSync(`${dataPaths(gateway.data).logs}/access.json`, 'utf8'),
      (log) => ['model', 'cache'].every((by) => log.includes(`"labels.degraded":"${by}"`)),
    );
    for (const model of ['scripted', 'small']) await open(model, 'closed');
    expect((await infer('how are you?')).json()).not.toHaveProperty('degraded');
  });

  it('says so at the beginning of a stream', async () => {
    const client = createStreamClient(gateway.url, gateway.ca, await gateway.token('inference'));
    await open('scripted');
    const { events } = await client.stream('/api/v1/inference', {
      ...{ prompt: 'hi', scenario: 'faq', stream: true },
    });
    await open('scripted', 'closed');
    expect(JSON.parse(events[0]?.data ?? '{}')).toMatchObject({
      ...{ model: 'small', degraded: { by: 'model', insteadOf: 'scripted' } },
    });
    expect(events.at(-1)?.event).toBe('done');
    await client.close();
  });
});
