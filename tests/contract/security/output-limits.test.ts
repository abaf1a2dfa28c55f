import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../../gateway.ts';

const LIMIT = 5;
const MANY = 1e9;

let gateway: TestGateway;
beforeAll(async () => {
  const model = scriptedModel({ reply: 'word '.repeat(500), charactersPerChunk: 5 });
  gateway = await startGateway({ config: { models: [model], limits: { maxOutputTokens: LIMIT } } });
});
afterAll(() => gateway?.stop());

const messages = [{ role: 'user', content: 'Tell me everything.' }];
const ROUTES = {
  '/v1/chat/completions': { model: 'scripted', messages },
  '/v1/completions': { model: 'scripted', prompt: 'Tell me everything.' },
  '/v1/responses': { model: 'scripted', input: 'Tell me everything.', store: false },
  '/api/v1/inference': { prompt: 'Tell me everything.' },
} as const;
type Path = keyof typeof ROUTES;
const send = (path: Path, more: object) => gateway.send('POST', path, { ...ROUTES[path], ...more });

/** Tokens that were generated, whatever the route calls them. */
const generated = (json: Record<string, unknown>): number =>
  Number(/"(?:completion_tokens|output_tokens|completionTokens)":(\d+)/.exec(JSON.stringify(json.usage))?.[1]);

describe('limits.maxOutputTokens', () => {
  it.each(Object.keys(ROUTES) as Path[])('ends an answer of %s that asks for no limit', async (path) => {
    const answer = await send(path, {});
    expect([answer.status, generated(answer.json())]).toEqual([200, LIMIT]);
  });

  it.each<[Path, object]>([
    ['/v1/chat/completions', { max_tokens: LIMIT + 1 }],
    ['/v1/chat/completions', { max_completion_tokens: LIMIT + 1 }],
    ['/v1/chat/completions', { max_completion_tokens: LIMIT + 1, max_tokens: 1 }],
    ['/v1/chat/completions', { max_completion_tokens: 1, max_tokens: LIMIT + 1 }],
    ['/v1/chat/completions', { max_tokens: 1e308 }],
    ['/v1/chat/completions', { max_tokens: -1 }],
    ['/v1/chat/completions', { max_tokens: '5' }],
    ['/v1/chat/completions', { n: MANY }],
    ['/v1/chat/completions', { n: 0 }],
    ['/v1/chat/completions', { logprobs: true, top_logprobs: MANY }],
    ['/v1/completions', { max_tokens: LIMIT + 1 }],
    ['/v1/completions', { best_of: MANY }],
    ['/v1/completions', { n: MANY }],
    ['/v1/completions', { logprobs: MANY }],
    ['/v1/responses', { max_output_tokens: LIMIT + 1 }],
    ['/api/v1/inference', { maxTokens: LIMIT + 1 }],
    ['/api/v1/inference', { maxTokens: LIMIT + 1, mode: 'async' }],
    ['/api/v1/inference', { logprobs: MANY }],
  ])('is not passed by %s with %j', async (path, more) => {
    const answer = await send(path, more);
    expect([answer.status, answer.text.includes('"usage"')]).toEqual([400, false]);
  });

  it.each<[Path, object]>([
    ['/v1/chat/completions', { max_tokens: null }],
    ['/v1/chat/completions', { max_tokens: LIMIT, stop: null, logit_bias: {} }],
    ['/v1/completions', { max_tokens: null, echo: true }],
    ['/v1/responses', { max_output_tokens: null }],
    ['/api/v1/inference', { deadlineMs: 600_000 }],
  ])('holds in %s with %j', async (path, more) => {
    const answer = await send(path, more);
    expect([answer.status, generated(answer.json()) <= LIMIT]).toEqual([200, true]);
  });

  it('holds for each of several answers', async () => {
    const answer = await send('/v1/chat/completions', { n: 3, temperature: 1 });
    expect([answer.status, generated(answer.json())]).toEqual([200, 3 * LIMIT]);
  });

  it('holds in a stream, and in a job', async () => {
    const stream = await send('/v1/chat/completions', { stream: true, stream_options: { include_usage: true } });
    expect(stream.text).toContain(`"completion_tokens":${LIMIT}`);
    const job = await send('/api/v1/inference', { mode: 'async' });
    const read = async () => (await gateway.send('GET', String(job.headers.location))).json();
    await expect.poll(async () => (await read()).state, { timeout: 30_000 }).toBe('succeeded');
    expect(await read()).toMatchObject({ result: { usage: { completionTokens: LIMIT }, finishReason: 'length' } });
  });
});
