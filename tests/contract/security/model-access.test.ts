import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../../../core/config/paths.ts';
import { mintToken } from '../../../services/inference/auth/mint.ts';
import { scriptedModel, startGateway, type TestGateway } from '../../gateway.ts';

const OPEN = 'open-model';
const SECRET = 'secret-model';
const model = (id: string) => scriptedModel({ reply: `from ${id}` }, { id, tags: [id === SECRET ? 'secret' : 'open'] });

let gateway: TestGateway;
let restricted: string;
let other: string;
let nothing: string;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      models: [model(SECRET), model(OPEN)],
      scenarios: { any: {}, hidden: { tags: ['secret'] }, falls: { minParameters: 9e15, fallback: SECRET } },
    },
  });
  const mint = (subject: string, models: readonly string[]) =>
    mintToken({ paths: dataPaths(gateway.data), subject, scopes: ['inference', 'admin'], models, ttlSeconds: 3600 });
  restricted = await mint('restricted', [OPEN]);
  other = await mint('other', [SECRET]);
  nothing = await mint('nothing', []);
});
afterAll(() => gateway?.stop());

const send = (as: string, method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) =>
  gateway.send(method, path, body, { authorization: `Bearer ${as}` });
const ask = (body: object) => ({ messages: [{ role: 'user', content: 'Hi' }], ...body });

describe('a credential that is restricted to a model', () => {
  it.each(['/api/v1/models', '/v1/models', '/api/v1/health', '/api/v1/admin/replicas', '/api/v1/admin/breaker'])(
    'sees in %s that one and no trace of another',
    async (path) => {
      const [mine, all] = [await send(restricted, 'GET', path), await gateway.send('GET', path)];
      expect([mine.status, mine.text.includes(OPEN), mine.text.includes(SECRET)]).toEqual([200, true, false]);
      expect(all.text).toContain(SECRET);
    },
  );

  it.each<[string, 'GET' | 'POST' | 'PUT', string, object | undefined]>([
    ['a chat', 'POST', '/v1/chat/completions', ask({ model: SECRET })],
    ['a completion', 'POST', '/v1/completions', { model: SECRET, prompt: 'Hi' }],
    ['a response', 'POST', '/v1/responses', { model: SECRET, input: 'Hi', store: false }],
    ['embeddings', 'POST', '/v1/embeddings', { model: SECRET, input: 'Hi' }],
    ['a ranking', 'POST', '/v1/rerank', { model: SECRET, query: 'Hi', documents: ['a'] }],
    ['an inference', 'POST', '/api/v1/inference', { model: SECRET, prompt: 'Hi' }],
    ['a job', 'POST', '/api/v1/inference', { model: SECRET, prompt: 'Hi', mode: 'async' }],
    ['tokens', 'POST', '/api/v1/tokenize', { model: SECRET, prompt: 'Hi' }],
    ['a count of tokens', 'POST', '/api/v1/tokens/count', { model: SECRET, prompt: 'Hi' }],
    ['a text of tokens', 'POST', '/api/v1/detokenize', { model: SECRET, tokens: [1] }],
    ['its entry', 'GET', `/v1/models/${SECRET}`, undefined],
    ['it to be loaded', 'POST', `/api/v1/admin/models/${SECRET}/load`, undefined],
    ['it to be unloaded', 'POST', `/api/v1/admin/models/${SECRET}/unload`, undefined],
    ['replicas of it', 'PUT', '/api/v1/admin/replicas', { model: SECRET, replicas: 2 }],
    ['its breaker to open', 'PUT', '/api/v1/admin/breaker', { model: SECRET, state: 'open' }],
  ])('gets 404 for %s of another, as for a model that is not there', async (_, method, path, body) => {
    const answer = await send(restricted, method, path, body);
    expect([answer.status, answer.text.includes(SECRET)]).toEqual([404, false]);
    const absent = await send(
      restricted,
      method,
      path.replace(SECRET, 'absent-model'),
      body === undefined ? undefined : JSON.parse(JSON.stringify(body).replace(SECRET, 'absent-model')),
    );
    const codeOf = (json: Record<string, unknown>) => JSON.stringify(json.error).match(/"code":"([^"]+)"/)?.[1];
    expect([absent.status, codeOf(absent.json())]).toEqual([404, codeOf(answer.json())]);
  });

  it('has its own for a default', async () => {
    const text = async (as: string) => (await send(as, 'POST', '/api/v1/inference', { prompt: 'Hi' })).json().text;
    expect([await text(restricted), await text(other)]).toEqual([`from ${OPEN}`, `from ${SECRET}`]);
  });

  it('is led to no other by a scenario, now or as a job, nor told of one', async () => {
    const now = await send(restricted, 'POST', '/api/v1/inference', { prompt: 'Hi', scenario: 'any' });
    expect(now.json()).toMatchObject({ text: `from ${OPEN}` });
    const select = await send(restricted, 'POST', '/api/v1/models/select', { scenario: 'any' });
    expect([select.json().model, select.text.includes(SECRET)]).toEqual([OPEN, false]);
    for (const scenario of ['hidden', 'falls']) {
      const bodies = [
        { prompt: 'Hi', scenario },
        { prompt: 'Hi', scenario, mode: 'async' },
      ];
      for (const body of bodies) {
        const answer = await send(restricted, 'POST', '/api/v1/inference', body);
        expect([scenario, answer.status, answer.text.includes(SECRET)]).toEqual([scenario, 422, false]);
      }
      const explained = await send(restricted, 'POST', '/api/v1/models/select', { scenario });
      expect([scenario, explained.status, explained.text.includes(SECRET)]).toEqual([scenario, 422, false]);
    }
    const job = await send(restricted, 'POST', '/api/v1/inference', { prompt: 'Hi', scenario: 'any', mode: 'async' });
    expect(job.status).toBe(202);
    const read = async () => (await send(restricted, 'GET', String(job.headers.location))).json();
    await expect.poll(async () => (await read()).state, { timeout: 30_000 }).toBe('succeeded');
    expect(await read()).toMatchObject({ result: { text: `from ${OPEN}`, model: OPEN } });
  });

  it('of none can ask nothing', async () => {
    expect((await send(nothing, 'GET', '/v1/models')).json()).toMatchObject({ data: [] });
    expect((await send(nothing, 'POST', '/api/v1/inference', { prompt: 'Hi' })).status).toBe(404);
    expect((await send(nothing, 'POST', '/api/v1/inference', { prompt: 'Hi', scenario: 'any' })).status).toBe(422);
  });
});
