import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { createStreamClient, until } from '../stream.ts';

interface Replica {
  readonly pid: number;
  readonly state: string;
  readonly slotsUsed: number;
  readonly restarts: number;
}

const replicasOf = async (gateway: TestGateway, model: string): Promise<readonly Replica[]> => {
  const answer = await gateway.send('GET', '/api/v1/models');
  const { models } = answer.json() as { models: { id: string; replicas: Replica[] }[] };
  return models.find((entry) => entry.id === model)?.replicas ?? [];
};

describe('an engine killed under load', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      config: {
        limits: { maxConcurrency: 64 },
        models: [
          scriptedModel({ reply: 'x'.repeat(400), charactersPerChunk: 1, tokenMs: 10 }, { id: 'victim' }),
          scriptedModel({ reply: 'y'.repeat(400), charactersPerChunk: 1, tokenMs: 10 }, { id: 'bystander' }),
        ],
      },
    });
    await gateway.report('model', (report) => report.id === 'bystander' && report.phase === 'ready');
  });
  afterAll(() => gateway?.stop());

  it('fails its own requests at once, leaves the others alone, and is ready again by itself', async () => {
    const client = createStreamClient(gateway.url, gateway.ca, await gateway.token('inference'));
    // Another answer every time: it cannot be gone on with elsewhere.
    const ask = (model: string) =>
      client.stream('/api/v1/inference', { model, prompt: 'go', stream: true, temperature: 1 });
    const victims = Array.from({ length: 8 }, () => ask('victim'));
    const bystanders = Array.from({ length: 8 }, () => ask('bystander'));
    const [before] = await until(
      () => replicasOf(gateway, 'victim'),
      ([replica]) => replica?.slotsUsed === 8,
    );
    process.kill(before?.pid ?? 0, 'SIGKILL');

    for (const answer of await Promise.all(victims)) {
      const last = answer.events.at(-1);
      expect([last?.event, JSON.parse(last?.data ?? '{}').error?.code]).toEqual(['error', 'ERR_ENGINE_DIED']);
    }
    for (const answer of await Promise.all(bystanders)) expect(answer.events.at(-1)?.event).toBe('done');

    await until(
      () => replicasOf(gateway, 'victim'),
      ([replica]) => replica?.state === 'ready' && replica.pid !== before?.pid,
    );
    expect((await ask('victim')).events.at(-1)?.event).toBe('done');
    await client.close();
  });
});

describe('an engine that falls silent', () => {
  it('makes the service not ready, and is replaced', async () => {
    const gateway = await startGateway();
    const [before] = await replicasOf(gateway, 'scripted');
    process.kill(before?.pid ?? 0, 'SIGSTOP');
    const ready = async () => (await gateway.send('GET', '/api/v1/health/ready')).status;
    await until(ready, (status) => status === 503);
    await until(ready, (status) => status === 200);
    const [after] = await replicasOf(gateway, 'scripted');
    expect(after).toMatchObject({ state: 'ready', restarts: 1 });
    expect(after?.pid).not.toBe(before?.pid);
    await gateway.stop();
  });
});

describe('a gateway that is killed', () => {
  it('leaves no engine process behind', async () => {
    const gateway = await startGateway();
    const engines = (await replicasOf(gateway, 'scripted')).map((replica) => replica.pid);
    expect(engines.length).toBe(1);
    await gateway.stop({ signal: 'SIGKILL' });
    await until(
      () => execFileSync('ps', ['-eo', 'pid=,stat='], { encoding: 'utf8' }),
      (table) => engines.every((pid) => !new RegExp(`^\\s*${pid}\\s+[^Z]`, 'm').test(table)),
    );
  });
});
