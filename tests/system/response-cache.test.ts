import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { createStreamClient, sample, until } from '../stream.ts';

const REPLY = 'The answer to all that is asked here is long enough to come in parts. '.repeat(4).trim();

/** The second model holds its answers until it gets other options. */
const config = ({ keeps = true, reply = REPLY, held = { hangAfterTokens: 3 } as Record<string, unknown> } = {}) => ({
  models: [scriptedModel({ reply, tokenMs: 3 }), scriptedModel({ reply, ...held }, { id: 'held' })],
  scenarios: { faq: { cache: keeps } },
  engines: { wedgedMs: 3_600_000 },
});

describe('the response cache of a running service', () => {
  let gateway: TestGateway;
  let client: ReturnType<typeof createStreamClient>;

  beforeAll(async () => {
    gateway = await startGateway({ config: config() });
    client = createStreamClient(gateway.url, gateway.ca, await gateway.token('inference'));
  });
  afterAll(async () => {
    await client?.close();
    await gateway?.stop();
  });

  const infer = (prompt: string, more = {}) =>
    gateway.send('POST', '/api/v1/inference', { prompt, scenario: 'faq', temperature: 0, ...more });
  const metric = async (name: string) => sample((await gateway.send('GET', '/api/v1/metrics')).text, name);
  const lookups = (result: string) => metric(`clawdbot_cache_requests_total{cache="response",result="${result}"}`);
  const written = () => metric('clawdbot_tokens_total{gen_ai_token_type="output",gen_ai_request_model="scripted"}');

  it('answers an equal request again, says so, and computes nothing', async () => {
    const first = await infer('again');
    await until(
      () => lookups('miss'),
      (count) => count === 1,
    );
    const tokens = await written();
    const second = await infer('again');
    expect([first.headers['x-clawdbot-cache'], second.headers['x-clawdbot-cache']]).toEqual(['miss', 'hit']);
    const [one, two] = [first.json(), second.json()];
    expect(two).toMatchObject({ text: REPLY, usage: one.usage, finishReason: one.finishReason });
    expect(two.timings).toMatchObject({ tokensPerSecond: null });
    await until(
      () => lookups('hit'),
      (count) => count === 1,
    );
    expect(await written()).toBe(tokens);
    expect(await metric('clawdbot_cache_usage_bytes')).toBeGreaterThan(REPLY.length);
  });

  it('streams an answer it kept in parts', async () => {
    await infer('in parts');
    const { events } = await client.stream('/api/v1/inference', {
      prompt: 'in parts',
      scenario: 'faq',
      temperature: 0,
      stream: true,
    });
    const pieces = events.filter(({ event }) => event === 'token').map(({ data }) => JSON.parse(data).text as string);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join('')).toBe(REPLY);
  });

  it('lets an equal request join the one under way, and generates once', async () => {
    const question = { model: 'held', prompt: 'together', scenario: undefined };
    const answers = [infer('together', question), infer('together', question)];
    await until(
      () => lookups('shared'),
      (count) => count === 1,
    );
    gateway.configure(config({ held: {} }));
    const [first, second] = await Promise.all(answers);
    const caches = [first, second].map((answer) => answer?.headers['x-clawdbot-cache']);
    expect(caches.toSorted()).toEqual(['shared', undefined]);
    expect([first?.json().text, second?.json().text]).toEqual([REPLY, REPLY]);
  });

  it('answers `n` choices with one generation at temperature 0', async () => {
    const answer = await gateway.send('POST', '/v1/chat/completions', {
      model: 'scripted',
      messages: [{ role: 'user', content: 'three times' }],
      temperature: 0,
      n: 3,
    });
    const { choices, usage } = answer.json() as {
      choices: { index: number; message: { content: string } }[];
      usage: { completion_tokens: number };
    };
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual(
      [0, 1, 2].map((index) => [index, REPLY]),
    );
    expect(usage.completion_tokens % 3).toBe(0);
  });

  it('forgets what another make of the model said, and keeps nothing once its scenario says so', async () => {
    await infer('live');
    gateway.configure(config({ reply: 'other' }));
    await until(
      async () => (await infer('live')).json().text,
      (text) => text === 'other',
    );
    gateway.configure(config({ reply: 'other', keeps: false }));
    await until(
      async () => (await infer('live')).headers['x-clawdbot-cache'],
      (cache) => cache === undefined,
    );
  });
});
