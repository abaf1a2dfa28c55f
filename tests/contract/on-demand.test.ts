import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';

const LOAD_MS = 1500;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      server: { heartbeatMs: 250 },
      limits: { maxConcurrency: 1, queue: 2 },
      models: [
        scriptedModel({}, { id: 'quick' }),
        scriptedModel({ loadMs: LOAD_MS }, { id: 'sleeper', load: 'onDemand' }),
      ],
    },
  });
});
afterAll(() => gateway?.stop());

const bodyFor = (model: string, more: object = {}) => ({
  ...{ model, messages: [{ role: 'user', content: 'hello' }] },
  ...more,
});
const ask = (model: string) => gateway.send('POST', '/v1/chat/completions', bodyFor(model));
const unload = () => gateway.send('POST', '/api/v1/admin/models/sleeper/unload');

describe('a request for a model that is not loaded', () => {
  it('waits for it without taking the place of requests that can be answered', async () => {
    const order: string[] = [];
    const waiting = ask('sleeper').then(({ status }) => order.push(`sleeper ${status}`));
    await gateway.report('model', ({ id, phase }) => id === 'sleeper' && phase === 'loading');
    // The only place is free although a request is under way.
    order.push(`quick ${(await ask('quick')).status}`);
    await waiting;
    expect(order).toEqual(['quick 200', 'sleeper 200']);
  });

  it('is refused where as many wait already as may wait, and the others are answered', async () => {
    await unload();
    const answers = await Promise.all([ask('sleeper'), ask('sleeper'), ask('sleeper'), ask('sleeper')]);
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2);
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.json()).toMatchObject({ error: { code: 'overloaded' } });
  });

  it('is kept alive by comments when it streams', async () => {
    await unload();
    const dispatcher = new Agent({ connect: { ca: gateway.ca } });
    const { statusCode, body } = await request(`${gateway.url}/v1/chat/completions`, {
      ...{ method: 'POST', dispatcher },
      headers: { authorization: `Bearer ${await gateway.token('inference')}`, 'content-type': 'application/json' },
      body: JSON.stringify(bodyFor('sleeper', { stream: true })),
    });
    const text = await body.text();
    await dispatcher.close();
    expect(statusCode).toBe(200);
    expect(text).toMatch(/^:/);
    expect(text).toContain('"content":"hell');
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
  });
});
