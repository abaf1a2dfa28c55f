import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedModelFile } from '../embedded-model.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { createStreamClient, type StreamedAnswer, until } from '../stream.ts';

const PROMPT = 'Tell me a story about a lighthouse keeper and the sea.';
const TOKENS = 48;
/** Of the text that is read before the engines are killed. */
const KILL_AT = 30;

interface Model {
  readonly replicas: readonly { readonly pid?: number; readonly state: string }[];
}

// A real model, because only there it shows whether two engines say the same.
describe('a stream of a real model whose engine is killed', () => {
  let gateway: TestGateway;
  let client: ReturnType<typeof createStreamClient>;

  beforeAll(async () => {
    gateway = await startGateway({
      config: {
        models: [
          {
            ...{ id: 'small', engine: 'llama', sources: [{ file: await embeddedModelFile() }], device: 'cpu' },
            ...{ replicas: 2, slots: 2, context: 1024 },
          },
        ],
      },
    });
    client = createStreamClient(gateway.url, gateway.ca, await gateway.token('inference'));
  });
  afterAll(async () => {
    await client?.close();
    await gateway?.stop();
  });

  const replicas = async () => {
    const { models } = (await gateway.send('GET', '/api/v1/models')).json() as unknown as { models: Model[] };
    return models[0]?.replicas ?? [];
  };
  const twoReady = () => until(replicas, (all) => all.filter(({ state }) => state === 'ready').length === 2);

  const ask = (more: Record<string, unknown>, onText: (length: number) => void = () => undefined) => {
    let length = 0;
    return client.stream(
      '/api/v1/inference',
      { messages: [{ role: 'user', content: PROMPT }], maxTokens: TOKENS, stream: true, ...more },
      {
        onEvent({ event, data }) {
          if (event !== 'token') return;
          length += String(JSON.parse(data).text).length;
          onText(length);
        },
      },
    );
  };
  const textOf = ({ events }: StreamedAnswer) =>
    events.flatMap(({ event, data }) => (event === 'token' ? [String(JSON.parse(data).text)] : [])).join('');

  it.each([
    ['at temperature 0', { temperature: 0 }],
    ['with a seed', { temperature: 0.8, seed: 11 }],
  ])('%s reads like one that was not disturbed', async (_, sampling) => {
    await twoReady();
    const undisturbed = await ask(sampling);
    const pids = (await twoReady()).map(({ pid }) => pid ?? 0);
    let isKilled = false;
    const disturbed = await ask(sampling, (length) => {
      if (length < KILL_AT || isKilled) return;
      isKilled = true;
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    });
    expect([textOf(disturbed), disturbed.events.at(-1)?.event]).toEqual([textOf(undisturbed), 'done']);
    expect(isKilled).toBe(true);
    expect(disturbed.events.filter(({ event }) => event === 'accepted')).toHaveLength(1);
    const usages = [undisturbed, disturbed].map(({ events }) => JSON.parse(events.at(-1)?.data ?? '{}').usage);
    expect(usages[1].completionTokens).toBe(usages[0].completionTokens);
  });
});
