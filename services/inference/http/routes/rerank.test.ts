import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from './test-service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service?.stop());

const rerank = (body: object) => service.send('/v1/rerank', { body: { model: 'tiny', query: 'q', ...body } });

describe('rerank', () => {
  it('orders documents by score and says how they were scored', async () => {
    const answer = await rerank({ documents: ['bb', 'a', { text: 'ccc' }] });
    expect([answer.status, answer.json()]).toEqual([
      200,
      {
        object: 'list',
        model: 'tiny',
        method: 'embedding',
        results: [
          { index: 2, relevance_score: 0.03 },
          { index: 0, relevance_score: 0.02 },
          { index: 1, relevance_score: 0.01 },
        ],
        usage: { prompt_tokens: 4, total_tokens: 4 },
      },
    ]);
    expect(service.taskCalls.at(-1)?.task).toEqual({ kind: 'rerank', query: 'q', documents: ['bb', 'a', 'ccc'] });
  });

  it('keeps the first few and repeats them when asked', async () => {
    const answer = await rerank({ documents: ['bb', 'a'], top_n: 1, return_documents: true });
    expect(answer.json()).toMatchObject({ results: [{ index: 0, document: { text: 'bb' } }] });
    expect((answer.json() as { results: unknown[] }).results.length).toBe(1);
  });

  it.each([
    ['query', { query: '', documents: ['a'] }],
    ['documents', { documents: [] }],
    ['documents', {}],
    ['documents[0]', { documents: [5] }],
    ['top_n', { documents: ['a'], top_n: 0 }],
  ])('refuses a wrong %s: %j', async (param, body) => {
    const answer = await rerank(body);
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { param } }]);
  });

  it('answers an unknown model with 404', async () => {
    expect((await rerank({ documents: ['a'], model: 'none' })).status).toBe(404);
  });
});

describe('tokens', () => {
  const post = (path: string, body: object) => service.send(`/api/v1${path}`, { body });

  it('of a text or a conversation are listed and counted', async () => {
    const prompt = await post('/tokenize', { prompt: 'hi' });
    expect([prompt.status, prompt.json()]).toEqual([
      200,
      { model: 'tiny', tokens: [104, 105], count: 2, pieces: ['h', 'i'] },
    ]);
    const messages = [{ role: 'user', content: 'abc' }];
    const counted = await post('/tokens/count', { messages, tools: [{ name: 'f' }] });
    expect(counted.json()).toEqual({ model: 'tiny', count: 3 });
    expect(service.taskCalls.at(-1)?.task).toMatchObject({
      kind: 'tokenize',
      input: { kind: 'chat', messages, toolUse: { tools: [{ name: 'f' }] } },
    });
  });

  it('become text again', async () => {
    expect((await post('/detokenize', { tokens: [104, 105] })).json()).toEqual({ model: 'tiny', text: 'hi' });
  });

  it.each([
    ['/tokenize', {}],
    ['/tokenize', { prompt: 'a', messages: [{ role: 'user', content: 'a' }] }],
    ['/tokenize', { prompt: 'a', tools: [{ name: 'f' }] }],
    ['/tokens/count', { prompt: 'a', model: 'tiny', scenario: 'chat' }],
    ['/detokenize', { tokens: [-1] }],
    ['/detokenize', { tokens: ['a'] }],
  ])('refuse what makes no sense: %s %j', async (path, body) => {
    expect((await post(path, body)).status).toBe(400);
  });
});
