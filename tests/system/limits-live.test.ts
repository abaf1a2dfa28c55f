import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { createStreamClient, sample, until } from '../stream.ts';

const CONFIG = (maxConcurrency: number) => ({
  limits: { maxConcurrency, queue: 1000 },
  models: [scriptedModel({ reply: 'z'.repeat(50), charactersPerChunk: 1, tokenMs: 5 })],
});

describe('limits while the service works', () => {
  let gateway: TestGateway;
  let client: ReturnType<typeof createStreamClient>;
  let isLoading = true;
  let failures = 0;
  const workers: Promise<void>[] = [];

  beforeAll(async () => {
    gateway = await startGateway({ config: CONFIG(4) });
    client = createStreamClient(gateway.url, gateway.ca, await gateway.token('inference'));
    const work = async () => {
      while (isLoading) {
        const answer = await client.stream('/api/v1/inference', { prompt: 'go', stream: true });
        if (answer.events.at(-1)?.event !== 'done') failures += 1;
      }
    };
    for (let index = 0; index < 40; index += 1) workers.push(work());
  });
  afterAll(async () => {
    await client?.close();
    await gateway?.stop();
  });

  const active = async () => sample((await gateway.send('GET', '/api/v1/metrics')).text, 'clawdbot_requests_active');

  it('follow the file, the API and the file again, without failing a request', async () => {
    await until(active, (value) => value === 4);
    gateway.configure(CONFIG(16));
    await until(active, (value) => value === 16);
    expect((await gateway.send('PUT', '/api/v1/admin/limits', { maxConcurrency: 8 })).status).toBe(200);
    await until(active, (value) => value === 8);
    gateway.configure(CONFIG(2));
    await until(active, (value) => value === 2);
  });

  it('stay as they are when the file is broken', async () => {
    writeFileSync(gateway.configFile, 'limits: { maxConcurrency: [');
    await until(
      async () =>
        sample(
          (await gateway.send('GET', '/api/v1/metrics')).text,
          'clawdbot_config_reloads_total{outcome="rejected"}',
        ),
      (value) => value === 1,
    );
    await until(active, (value) => value === 2);
    const answer = await gateway.send('GET', '/api/v1/admin/limits');
    expect(answer.json()).toMatchObject({ maxConcurrency: 2 });
    isLoading = false;
    await Promise.all(workers);
    expect(failures).toBe(0);
  });
});
