import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { createStreamClient, type StreamedAnswer, sample, until } from '../stream.ts';

const REFUSALS = new Set([429, 503]);
const MIB = 2 ** 20;

const isComplete = (answer: StreamedAnswer): boolean => answer.events.some((event) => event.event === 'done');
const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

const flood = async (gateway: TestGateway, count: number, body: object): Promise<readonly StreamedAnswer[]> => {
  const client = createStreamClient(gateway.url, gateway.ca, await gateway.token('inference'));
  try {
    return await Promise.all(
      Array.from({ length: count }, (_, index) =>
        client.stream('/api/v1/inference', { ...body, prompt: `request ${index}`, stream: true }),
      ),
    );
  } finally {
    await client.close();
  }
};

const expectIdle = async (gateway: TestGateway, model: string): Promise<void> => {
  const page = () => gateway.send('GET', '/api/v1/metrics').then((answer) => answer.text);
  await until(
    page,
    (text) =>
      sample(text, `clawdbot_slots_used{gen_ai_request_model="${model}"}`) === 0 &&
      sample(text, 'clawdbot_requests_active') === 0,
  );
};

describe('200 concurrent streams on the real model', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ config: { engines: { threads: 1 } } });
  });
  afterAll(() => gateway?.stop());

  it('answers each completely or refuses it explicitly, and leaks no slot', async () => {
    const answers = await flood(gateway, 200, { maxTokens: 4, temperature: 0 });
    for (const answer of answers)
      expect(answer.status === 200 ? isComplete(answer) : REFUSALS.has(answer.status)).toBe(true);
    expect(answers.filter((answer) => answer.status === 200).length).toBeGreaterThanOrEqual(16);
    await expectIdle(gateway, 'smollm2-135m-instruct');
    // Each answer says how many it shared the engine with: at least itself, at most the slots.
    const answered = answers.filter((answer) => answer.status === 200).length;
    const lines = () =>
      readFileSync(join(gateway.data, 'logs', 'access.json'), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
        .filter((line) => line['labels.outcome'] === 'ok');
    const widths = (await until(lines, (found) => found.length >= answered)).map((line) => line['labels.batch']);
    expect(widths.filter((width) => !(Number.isInteger(width) && width >= 1 && width <= 16))).toEqual([]);
  });
});

describe('2,000 concurrent streams on the scripted engine', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      config: {
        // The rounds are one address, which may open its burst of connections and then 200 a second: not the limit meant here.
        server: { maxConnectionsPerAddress: 4096, connectionsPerSecond: 10_000 },
        limits: { maxConcurrency: 512, queue: 1200 },
        models: [
          scriptedModel({ reply: 'a short answer in a few chunks', charactersPerChunk: 4, tokenMs: 1 }, { slots: 512 }),
        ],
      },
    });
  });
  afterAll(() => gateway?.stop());

  it('answers each completely or refuses it explicitly, leaks no slot, and needs no more memory the second and third time', async () => {
    const sizes: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const answers = await flood(gateway, 2000, {});
      for (const answer of answers)
        expect(answer.status === 200 ? isComplete(answer) : REFUSALS.has(answer.status)).toBe(true);
      expect(answers.some((answer) => answer.status === 200)).toBe(true);
      await expectIdle(gateway, 'scripted');
      sizes.push(rssOf(gateway.pid));
    }
    const [, warm = 0, , last = 0] = sizes;
    expect(last - warm, `resident bytes after each round: ${sizes.join(', ')}`).toBeLessThan(128 * MIB);
  });
});
