import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from '../../fixtures/models/tiny-model.ts';
import { startTarget, type Target } from './target.ts';

const RANK_POOLING = 4;
const MEAN_POOLING = 1;

const folder = mkdtempSync(join(tmpdir(), 'models-'));
let target: Target;
let client: OpenAI;
beforeAll(async () => {
  const model = (id: string, pooling: number) => {
    const file = join(folder, `${id}.gguf`);
    writeFileSync(file, tinyModel({ pooling }));
    return { id, slots: 1, threads: 1, context: 128, sources: [{ file }] };
  };
  target = await startTarget({
    engines: { threads: 2 },
    models: [model('judge', RANK_POOLING), model('embedder', MEAN_POOLING)],
  });
  client = await target.client();
  for (const wanted of ['judge', 'embedder']) {
    await target.gateway.report('model', ({ id, phase }) => id === wanted && phase === 'ready');
  }
}, 600_000);
afterAll(async () => {
  await target?.stop();
  rmSync(folder, { recursive: true });
});

const messages = [{ role: 'user' as const, content: 'the cat' }];

describe('a model made to judge pairs of texts', () => {
  it('ranks documents by its own judgement, the best first', async () => {
    const documents = ['the cat in the hat', 'a dog', 'an inn'];
    const body = { model: 'judge', query: 'the cat', documents, top_n: 2, return_documents: true };
    const answer = await target.gateway.send('POST', '/v1/rerank', body);
    const { method, results } = answer.json() as {
      method: string;
      results: { index: number; relevance_score: number; document: { text: string } }[];
    };
    expect([answer.status, method, results.length]).toEqual([200, 'classifier', 2]);
    const scores = results.map(({ relevance_score: score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    for (const { index, document } of results) expect(document.text).toBe(documents[index]);
  });

  it('writes nothing and embeds nothing, and says so', async () => {
    for (const asked of [
      () => client.chat.completions.create({ model: 'judge', messages }),
      () => client.embeddings.create({ model: 'judge', input: 'the cat' }),
      () => client.completions.create({ model: 'judge', prompt: 'the cat', echo: true, logprobs: 0, max_tokens: 0 }),
    ]) {
      await expect(asked()).rejects.toMatchObject({ status: 400, param: 'model' });
    }
  });
});

describe('a model made for embeddings', () => {
  it('makes them of the whole text', async () => {
    const { data, usage } = await client.embeddings.create({ model: 'embedder', input: ['the cat', 'the hat'] });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([64, 64]);
    expect(data[0]?.embedding).not.toEqual(data[1]?.embedding);
    expect(usage.prompt_tokens).toBeGreaterThan(4);
  });
});
