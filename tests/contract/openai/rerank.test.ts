import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCRIPTED_CONFIG, startTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget(SCRIPTED_CONFIG);
});
afterAll(() => target?.stop());

const DOCUMENTS = ['A cat sleeps.', 'The capital of France is Paris.', 'France is a country.'];

describe('rerank', () => {
  it('puts the document that answers first', async () => {
    const answer = await target.gateway.send('POST', '/v1/rerank', {
      model: 'echo',
      query: 'capital of France',
      documents: DOCUMENTS,
      top_n: 2,
      return_documents: true,
    });
    const body = answer.json() as { results: { index: number; relevance_score: number }[] };
    expect([answer.status, body]).toMatchObject([
      200,
      {
        model: 'echo',
        method: expect.stringMatching(/^(classifier|embedding)$/),
        results: [{ index: 1, document: { text: DOCUMENTS[1] } }, { index: 2 }],
        usage: { prompt_tokens: expect.any(Number) },
      },
    ]);
    expect(body.results[0]?.relevance_score).toBeGreaterThan(body.results[1]?.relevance_score ?? 1);
  });

  it('refuses what makes no sense by name', async () => {
    for (const [param, body] of [
      ['query', { documents: DOCUMENTS }],
      ['documents', { query: 'x', documents: [] }],
      ['top_n', { query: 'x', documents: DOCUMENTS, top_n: -1 }],
    ] as const) {
      const answer = await target.gateway.send('POST', '/v1/rerank', { model: 'echo', ...body });
      expect([answer.status, answer.json()]).toMatchObject([400, { error: { param } }]);
    }
  });
});

describe('tokens', () => {
  const post = async (path: string, body: object) =>
    (await target.gateway.send('POST', `/api/v1${path}`, { model: 'echo', ...body })).json();

  it('come back as the text they were made of', async () => {
    const prompt = 'zwei Wörter 👍';
    const { tokens, count, pieces } = (await post('/tokenize', { prompt })) as {
      tokens: number[];
      count: number;
      pieces: string[];
    };
    expect([tokens.length, pieces.join('')]).toEqual([count, prompt]);
    expect(await post('/detokenize', { tokens })).toMatchObject({ text: prompt });
    expect(await post('/tokens/count', { prompt })).toEqual({ model: 'echo', count });
  });
});
