import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REAL_MODEL, readAll } from '../target.ts';
import { type EmbeddedTarget, startEmbedded } from './target.ts';

let embedded: EmbeddedTarget;
beforeAll(async () => {
  embedded = await startEmbedded();
}, 600_000);
afterAll(() => embedded?.target.stop());

const PROMPT = 'One, two, three,';
type Extra = Partial<Parameters<EmbeddedTarget['client']['completions']['create']>[0]>;
const BODY = { model: REAL_MODEL, prompt: PROMPT, temperature: 0, max_tokens: 4 };
const ask = (extra: Extra = {}) => embedded.client.completions.create({ ...BODY, ...extra, stream: false });
const stream = async (extra: Extra = {}) =>
  readAll(await embedded.client.completions.create({ ...BODY, ...extra, stream: true }));

// Computing takes as long as the machine needs, whatever else runs on it.
describe('a legacy completion of the embedded model', { timeout: 600_000 }, () => {
  it('has every field of the shape', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^cmpl-\w+$/),
      object: 'text_completion',
      model: REAL_MODEL,
      choices: [{ index: 0, text: expect.stringContaining('four'), logprobs: null, finish_reason: 'length' }],
      usage: { completion_tokens: 4 },
    });
  });

  it('streams the same text, with its usage where it is asked for', async () => {
    const chunks = await stream({ stream_options: { include_usage: true } });
    expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe((await ask()).choices[0]?.text);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 4 } });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('length');
    expect((await stream()).every(({ usage }) => usage === undefined)).toBe(true);
  });

  it('repeats its prompt before the answer, whole and streamed', async () => {
    const plain = (await ask()).choices[0]?.text;
    expect((await ask({ echo: true })).choices[0]?.text).toBe(`${PROMPT}${plain}`);
    const chunks = await stream({ echo: true });
    expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(`${PROMPT}${plain}`);
    expect((await ask({ echo: true, max_tokens: 0 })).choices[0]).toMatchObject({
      text: PROMPT,
      finish_reason: 'length',
    });
  });

  it('judges its prompt as evaluations ask for it', async () => {
    const { choices, usage } = await ask({ echo: true, max_tokens: 0, logprobs: 1 });
    const logprobs = choices[0]?.logprobs;
    expect(logprobs?.tokens?.join('')).toBe(PROMPT);
    expect(logprobs?.token_logprobs?.[0]).toBeNull();
    expect(logprobs?.token_logprobs?.slice(1).every((value) => typeof value === 'number' && value <= 0)).toBe(true);
    expect(logprobs?.text_offset?.[0]).toBe(0);
    expect([usage?.prompt_tokens, usage?.completion_tokens]).toEqual([logprobs?.tokens?.length, 0]);
    const both = (await ask({ echo: true, max_tokens: 2, logprobs: 2 })).choices[0];
    expect(both?.logprobs?.tokens?.join('')).toBe(both?.text);
    expect(both?.logprobs?.tokens?.length).toBe((logprobs?.tokens?.length ?? 0) + 2);
  });

  it('answers the best of several', async () => {
    const answer = await ask({ best_of: 3, n: 2, temperature: 1, seed: 5 });
    expect(answer.choices.map(({ index, logprobs }) => [index, logprobs])).toEqual([
      [0, null],
      [1, null],
    ]);
    expect(answer.usage?.completion_tokens).toBeGreaterThan(8);
  });

  it('answers n times, and several prompts of text or tokens', async () => {
    expect((await ask({ n: 2, temperature: 1, seed: 1 })).choices.map(({ index }) => index)).toEqual([0, 1]);
    const several = await ask({ prompt: [PROMPT, 'A, B, C,'] });
    expect(several.choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(several.choices[0]?.text).toContain('four');
    const { tokens } = (
      await embedded.target.gateway.send('POST', '/api/v1/tokenize', { model: REAL_MODEL, prompt: PROMPT })
    ).json() as { tokens: number[] };
    expect((await ask({ prompt: tokens })).choices[0]?.text).toBe((await ask()).choices[0]?.text);
  });

  it('ends at a stop, tells likelihoods and takes what changes nothing', async () => {
    expect((await ask({ stop: ' five', max_tokens: 12 })).choices[0]).toMatchObject({
      finish_reason: 'stop',
      text: expect.not.stringContaining('five'),
    });
    expect((await ask({ logprobs: 0 })).choices[0]?.logprobs?.tokens).toHaveLength(4);
    expect((await ask({ suffix: null, best_of: 1, user: 'ann', echo: false, logit_bias: null })).choices).toHaveLength(
      1,
    );
  });
});

describe('embeddings of the embedded model', { timeout: 600_000 }, () => {
  const embed = (extra: object = {}) =>
    embedded.client.embeddings.create({ model: REAL_MODEL, input: ['a cat', 'a dog'], ...extra });

  it('are the same as floats and in base64, in order and counted', async () => {
    const [encoded, floats] = [await embed(), await embed({ encoding_format: 'float' })];
    expect(floats.data.map(({ index, object }) => [index, object])).toEqual([
      [0, 'embedding'],
      [1, 'embedding'],
    ]);
    expect(floats.data[0]?.embedding).toHaveLength(576);
    for (const [index, { embedding }] of encoded.data.entries()) {
      for (const [place, value] of embedding.entries())
        expect(value).toBeCloseTo(floats.data[index]?.embedding[place] ?? 9, 5);
    }
    expect(floats).toMatchObject({
      object: 'list',
      model: REAL_MODEL,
      usage: { prompt_tokens: floats.usage.total_tokens },
    });
    const raw = await embedded.target.gateway.send('POST', '/v1/embeddings', {
      model: REAL_MODEL,
      input: 'x',
      encoding_format: 'base64',
    });
    const { data } = raw.json() as { data: { embedding: string }[] };
    expect(Buffer.from(data[0]?.embedding ?? '', 'base64')).toHaveLength(576 * 4);
  });

  it('take one text, tokens, their own dimensions and many inputs', async () => {
    expect((await embed({ input: 'a cat' })).data).toHaveLength(1);
    expect((await embed({ input: [[1, 2], [3]] })).data).toHaveLength(2);
    expect((await embed({ dimensions: 576, user: 'ann' })).data).toHaveLength(2);
    expect((await embed({ input: Array.from({ length: 24 }, (_, index) => `text ${index}`) })).data).toHaveLength(24);
  });
});

describe('the list of models', () => {
  it('has the embedded model, alone and by its name', async () => {
    const models = await readAll(await embedded.client.models.list());
    expect(models).toEqual([
      { id: REAL_MODEL, object: 'model', created: expect.any(Number), owned_by: expect.any(String) },
    ]);
    expect(await embedded.client.models.retrieve(REAL_MODEL)).toEqual(models[0]);
  });
});
