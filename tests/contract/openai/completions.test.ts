import OpenAI from 'openai';
import type { CompletionCreateParamsNonStreaming } from 'openai/resources/completions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAll, SCRIPTED_CONFIG, startTarget, type Target } from './target.ts';

type Extra = Partial<Omit<CompletionCreateParamsNonStreaming, 'prompt'>>;

let target: Target;
let client: OpenAI;
beforeAll(async () => {
  target = await startTarget(SCRIPTED_CONFIG);
  client = await target.client();
});
afterAll(() => target?.stop());

const complete = (prompt: CompletionCreateParamsNonStreaming['prompt'], extra: Extra = {}) =>
  client.completions.create({ model: 'echo', prompt, ...extra });

describe('a completion', () => {
  it('has the shape the client expects', async () => {
    expect(await complete('hello')).toMatchObject({
      id: expect.stringMatching(/^cmpl-\w+$/),
      object: 'text_completion',
      model: 'echo',
      choices: [{ index: 0, text: 'hello', finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 2 },
    });
    expect((await complete(['hello'])).choices[0]?.text).toBe('hello');
  });

  it('obeys max_tokens, stop and echo', async () => {
    expect((await complete('a long text to cut', { max_tokens: 2 })).choices[0]?.finish_reason).toBe('length');
    expect((await complete('before STOP after', { stop: ['STOP'] })).choices[0]?.text).toBe('before ');
    expect((await complete('twice', { echo: true })).choices[0]?.text).toBe('twicetwice');
  });

  it('streams, with usage when asked', async () => {
    for (const echo of [false, true]) {
      const stream = await client.completions.create({
        model: 'echo',
        prompt: 'before STOP after',
        stop: 'STOP',
        echo,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = await readAll(stream);
      expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(
        echo ? 'before STOP afterbefore ' : 'before ',
      );
      expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 5 } });
    }
  });

  it.each<[string, Partial<CompletionCreateParamsNonStreaming>]>([
    ['prompt[1]', { prompt: [1, -2, 3] }],
    ['prompt[1]', { prompt: ['a', ''] }],
    ['prompt', { prompt: '' }],
    ['best_of', { best_of: 3, n: 4 }],
    ['logprobs', { logprobs: 6 }],
    ['n', { n: 0 }],
    ['suffix', { suffix: 'end' }],
    ['max_tokens', { max_tokens: 100_000 }],
    ['temperature', { temperature: 5 }],
  ])('refuses %s by name: %j', async (param, { prompt = 'x', ...extra }) => {
    const error = await complete(prompt, extra).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param });
  });
});

describe('embeddings', () => {
  const embed = (input: string | string[], extra = {}) => client.embeddings.create({ model: 'echo', input, ...extra });

  it('are the same numbers whether the client asks for base64, its default, or floats', async () => {
    const byDefault = await embed(['one', 'two']);
    const floats = await embed(['one', 'two'], { encoding_format: 'float' });
    expect(byDefault.data.map(({ index, object }) => [index, object])).toEqual([
      [0, 'embedding'],
      [1, 'embedding'],
    ]);
    for (const [index, { embedding }] of byDefault.data.entries()) {
      const expected = floats.data[index]?.embedding ?? [];
      expect(embedding.length).toBe(expected.length);
      for (const [at, value] of embedding.entries()) expect(value).toBeCloseTo(expected[at] ?? Number.NaN, 6);
    }
    expect(byDefault.usage.prompt_tokens).toBe(byDefault.usage.total_tokens);
  });

  it('come for one text as well', async () => {
    expect((await embed('one')).data[0]?.embedding).toEqual((await embed(['one'])).data[0]?.embedding);
  });

  it('take token ids, one list or several', async () => {
    const [one, several] = [await embed([111, 110] as unknown as string[]), await embed([[111], [110]] as never)];
    expect([one.data.length, several.data.length]).toEqual([1, 2]);
    expect(one.data[0]?.embedding).toEqual((await embed('on')).data[0]?.embedding);
  });

  it('take no empty texts and no other dimensions', async () => {
    for (const [input, extra, param] of [
      ['', {}, 'input'],
      [[], {}, 'input'],
      [[1, -2] as unknown as string[], {}, 'input[1]'],
      [['a', ''], {}, 'input[1]'],
      ['x', { dimensions: 3 }, 'dimensions'],
    ] as const) {
      const error = await embed(input as string, extra).catch((thrown: unknown) => thrown);
      expect([input, error]).toMatchObject([input, { status: 400, param }]);
    }
  });
});

describe('models', () => {
  it('are listed and retrieved, also with a slash in the id', async () => {
    const ids = (await readAll(client.models.list())).map(({ id, object }) => [id, object]);
    expect(ids).toEqual([
      ['echo', 'model'],
      ['lab/slow', 'model'],
      ['failing', 'model'],
    ]);
    expect(await client.models.retrieve('lab/slow')).toMatchObject({ id: 'lab/slow', object: 'model' });
    await expect(client.models.retrieve('none')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });
});
