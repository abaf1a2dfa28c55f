import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../../../core/config/paths.ts';
import { mintToken } from '../../../services/inference/auth/mint.ts';
import { type Answer, scriptedModel, startGateway, type TestGateway } from '../../gateway.ts';

let gateway: TestGateway;
let first: string;
let second: string;
let colleague: string;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      models: [scriptedModel({ reply: 'echo', tokenMs: 20 })],
      scenarios: { faq: { cache: true } },
      limits: { perKey: { requestsPerMinute: 40 } },
    },
  });
  const mint = (subject: string, tenant: string) =>
    mintToken({ paths: dataPaths(gateway.data), subject, tenant, scopes: ['inference'], ttlSeconds: 3600 });
  first = await mint('alice', 'acme');
  colleague = await mint('carol', 'acme');
  second = await mint('mallory', 'evil');
});
afterAll(() => gateway?.stop());

const send = (
  as: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  headers = {},
): Promise<Answer> => gateway.send(method, path, body, { authorization: `Bearer ${as}`, ...headers });
const infer = (as: string, body: object, headers = {}) => send(as, 'POST', '/api/v1/inference', body, headers);
const cacheOf = ({ headers }: Answer) => headers['x-clawdbot-cache'];

describe('a second tenant', () => {
  it('has no jobs of the first: they do not exist, whatever is done with their ids', async () => {
    const job = await infer(first, { prompt: 'a private matter', mode: 'async' });
    const path = String(job.headers.location);
    for (const [method, where] of [
      ['GET', path],
      ['DELETE', path],
      ['GET', `${path}/events`],
    ] as const) {
      const answer = await send(second, method, where);
      const absent = await send(second, method, where.replace(/job_\w+/, `job_${'0'.repeat(26)}`));
      expect([method, answer.status, answer.json().error]).toEqual([
        method,
        404,
        { ...Object(absent.json().error), requestId: answer.headers['x-request-id'] },
      ]);
    }
    expect((await send(second, 'GET', '/api/v1/jobs')).json()).toEqual({ jobs: [], next: null });
    expect((await send(colleague, 'GET', path)).status).toBe(200);
    expect((await send(first, 'GET', path)).json().state).not.toBe('cancelled');
  });

  it('cannot guess a job: of its id eighty bits are random', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++)
      ids.push(String((await infer(first, { prompt: 'x', mode: 'async' })).json().id));
    expect(new Set(ids.map((id) => id.slice(14))).size).toBe(5);
    expect(ids.every((id) => /^job_[0-9a-z]{10}[0-9a-z]{16}$/.test(id))).toBe(true);
  });

  it('may use the idempotency key of the first, and meets nothing', async () => {
    const header = { 'idempotency-key': 'the-same' };
    const mine = await infer(first, { prompt: 'one', mode: 'async' }, header);
    const theirs = await infer(second, { prompt: 'two', mode: 'async' }, header);
    const again = await infer(first, { prompt: 'one', mode: 'async' }, header);
    expect([mine.status, theirs.status, again.json().id]).toEqual([202, 202, mine.json().id]);
    expect(theirs.json().id).not.toBe(mine.json().id);
  });

  it('finds no answer of the first in the response cache; a colleague does', async () => {
    const body = { prompt: 'cached question', scenario: 'faq', temperature: 0 };
    const found = [];
    for (const who of [first, second, first, colleague]) found.push(cacheOf(await infer(who, body)));
    expect(found).toEqual(['miss', 'miss', 'hit', 'hit']);
  });

  it('waits for no generation of the first, and ends none', async () => {
    const body = { prompt: 'a question that takes its time to be answered', scenario: 'faq', temperature: 0, seed: 7 };
    const answers = await Promise.all([infer(first, body), infer(second, body), infer(colleague, body)]);
    expect(answers.map(cacheOf).toSorted()).toEqual(['miss', 'miss', 'shared']);
    expect(cacheOf(answers[1])).toBe('miss');
  });

  it('uses up no limit of the first', async () => {
    const left = async (who: string) =>
      Number((await infer(who, { prompt: 'x', maxTokens: 1 })).headers['x-ratelimit-remaining-requests']);
    const before = await left(first);
    const statuses = await Promise.all(
      Array.from({ length: 45 }, async () => (await infer(second, { prompt: 'x', maxTokens: 1 })).status),
    );
    expect(statuses).toContain(429);
    expect(await left(first)).toBeGreaterThanOrEqual(before - 1);
  });
});
