import { describe, expect, it } from 'vitest';
import { configSchema, type ModelConfig } from '../../core/config/schema.ts';
import { createModelSupply } from './model-supply.ts';
import type { ModelFacts } from './models/facts.ts';

const GB = 1e9;
const facts: ModelFacts = {
  ...{ id: 'm', engine: 'llama', tags: [], files: ['m.gguf'], fileBytes: 5 * GB, bitsPerWeight: 5 },
  ...{ trainedContext: 131_072, kvBytesPerToken: 131_072, layers: 32, embeddingLength: 4096, headCount: 32 },
  ...{ feedForwardLength: 14_336, vocabulary: 128_000 },
};

const modelOf = (changes: object): ModelConfig => {
  const [model] = configSchema.parse({ models: [{ id: 'm', context: 8192, kvTokens: 65_536, ...changes }] }).models;
  if (model === undefined) throw new TypeError('one model was given');
  return model;
};

const supplyWith = (hostBytes: number) =>
  createModelSupply({ fetch: () => Promise.reject(new Error('nothing is fetched')) }, async () => ({ hostBytes }));
const planWith = async (hostBytes: number, changes: object = {}) => supplyWith(hostBytes).plan(modelOf(changes), facts);

describe('the plan of a model', () => {
  it('is what was configured where that fits', async () => {
    const plan = await planWith(32 * GB);
    expect(plan).toMatchObject({ context: 8192, kvTokens: 65_536, needBytes: expect.any(Number) });
    expect(plan.adjustment).toBeUndefined();
  });

  it('has room for the prefixes the engine keeps: a tenth of what is left, at most 1 GiB', async () => {
    const needOf = async (hostBytes: number, options: object) => {
      const { cacheBytes, needBytes = 0 } = await planWith(hostBytes, { options });
      return [cacheBytes, needBytes] as const;
    };
    const [none, plain] = await needOf(16 * GB, { prefixCacheBytes: 0 });
    expect(none).toBeUndefined();
    expect(await needOf(64 * GB, {})).toEqual([2 ** 30, plain + 2 ** 30]);
    const share = Math.floor((16 * GB - plain) * 0.1);
    expect(await needOf(16 * GB, { prefixCacheBytes: 'auto' })).toEqual([share, plain + share]);
    expect((await planWith(11 * GB, { fit: 'auto' })).needBytes).toBeLessThanOrEqual(11 * GB);
    expect((await planWith(32 * GB, { engine: 'node-llama-cpp' })).cacheBytes).toBeUndefined();
  });

  it('is refused with the numbers and the nearest setting that fits', async () => {
    await expect(planWith(11 * GB)).rejects.toMatchObject({
      code: 'ERR_ROUTE_NO_MEMORY',
      message: expect.stringMatching(/need 14\.0 GB .* 11\.0 GB are free; nearest that fits: options\.kvType: q8_0/),
      details: { freeBytes: 11 * GB, nearest: expect.arrayContaining([{ kvType: 'q8_0' }]) },
    });
  });

  it('is made smaller with fit: auto, and says how', async () => {
    const plan = await planWith(11 * GB, { fit: 'auto' });
    expect(plan).toMatchObject({ adjustment: 'options.kvType: q8_0', options: { kvType: 'q8_0' }, kvTokens: 65_536 });
    expect(plan.needBytes).toBeLessThanOrEqual(11 * GB);
    const shorter = await planWith(11 * GB, { fit: 'auto', options: { flashAttention: false, batchSize: 32 } });
    expect(shorter.adjustment).toMatch(/^kvTokens: \d+$/);
    expect(shorter.kvTokens).toBeLessThan(65_536);
  });

  it('is refused with fit: auto too where nothing of it fits', () =>
    expect(planWith(4 * GB, { fit: 'auto' })).rejects.toMatchObject({ code: 'ERR_ROUTE_NO_MEMORY' }));

  it('is left to the engine where nothing is known of the model', async () => {
    const far: ModelFacts = { id: 'm', engine: 'openai', tags: [], files: [] };
    const plan = await supplyWith(0).plan(modelOf({ engine: 'openai', context: 'auto', kvTokens: 'auto' }), far);
    expect(plan).toMatchObject({ context: 'auto', kvTokens: 'auto' });
  });
});

describe('more replicas', () => {
  it('fit as long as all of them do', async () => {
    const supply = supplyWith(30 * GB);
    expect(await supply.fits(modelOf({}), facts, { running: 1, wanted: 3 })).toEqual({ ok: true });
    expect(await supply.fits(modelOf({}), facts, { running: 1, wanted: 4 })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^model m: 3 more replicas need 4\d\.\d GB .* 30\.0 GB are free/),
    });
  });

  it('do not fit where not even one does', async () =>
    expect(await supplyWith(GB).fits(modelOf({}), facts, { running: 1, wanted: 2 })).toMatchObject({ ok: false }));
});
