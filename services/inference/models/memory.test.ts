import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelFacts } from './facts.ts';
import { fits, type PlanInput, planContext } from './memory.ts';

const GB = 1e9;

const smol: ModelFacts = {
  id: 'smol',
  engine: 'node-llama-cpp',
  tags: [],
  files: ['smol.gguf'],
  fileBytes: 98_362_432,
  trainedContext: 8192,
  kvBytesPerToken: 23_040,
};
const large: ModelFacts = { ...smol, fileBytes: 5 * GB, trainedContext: 131_072, kvBytesPerToken: 131_072 };

const config = (changes: Partial<PlanInput['config']> = {}): PlanInput['config'] => ({
  engine: 'node-llama-cpp',
  slots: 16,
  context: 'auto',
  kvTokens: 'auto',
  options: {},
  ...changes,
});

describe('planContext', () => {
  it('gives each slot 4,096 tokens where memory is plenty', () => {
    const plan = planContext({ facts: smol, config: config(), freeBytes: 20 * GB });
    expect(plan).toMatchObject({ context: 4096, kvTokens: 65_536 });
    expect(plan.need.kvBytes).toBe(65_536 * 23_040);
  });

  it('lets one request use the trained length where slots share a pool', () => {
    const plan = planContext({ facts: smol, config: config({ engine: 'llama' }), freeBytes: 20 * GB });
    expect(plan).toMatchObject({ context: 8192, kvTokens: 65_536 });
  });

  it('never takes more than one whole context for a single slot', () => {
    expect(
      planContext({ facts: smol, config: config({ engine: 'llama', slots: 1 }), freeBytes: 20 * GB }),
    ).toMatchObject({
      context: 8192,
      kvTokens: 8192,
    });
  });

  it('keeps to a quarter of what the weights leave free', () => {
    const plan = planContext({ facts: large, config: config({ slots: 4 }), freeBytes: 10 * GB });
    expect(plan.context).toBeLessThan(4096);
    expect(plan.need.kvBytes).toBeLessThanOrEqual(0.25 * (10 * GB - 5 * GB));
  });

  it('finds 2,048 tokens per slot as long as that is half of what is free', () => {
    const plan = planContext({ facts: smol, config: config(), freeBytes: 2 * GB });
    expect(plan.context).toBe(2048);
  });

  it('keeps configured numbers, up to the trained length', () => {
    const plan = planContext({ facts: smol, config: config({ context: 100_000 }), freeBytes: 20 * GB });
    expect(plan).toMatchObject({ context: 8192, kvTokens: 16 * 8192 });
    const shared = { engine: 'llama', context: 4096, kvTokens: 8192 };
    expect(planContext({ facts: smol, config: config(shared), freeBytes: 1 })).toMatchObject({
      context: 4096,
      kvTokens: 8192,
    });
  });

  it('leaves the decision to the engine where nothing is known of the model', () => {
    const facts: ModelFacts = { id: 'far', engine: 'openai', tags: [], files: [] };
    const plan = planContext({ facts, config: config({ engine: 'openai' }), freeBytes: GB });
    expect(plan).toEqual({ context: 'auto', kvTokens: 'auto', need: {} });
    expect(fits(plan, 0)).toBeUndefined();
  });

  it('always plans a context within the trained length and within its pool', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1024 }),
        fc.integer({ min: 0, max: 512 * GB }),
        fc.integer({ min: 256, max: 1_000_000 }),
        fc.constantFrom('llama', 'node-llama-cpp'),
        (slots, freeBytes, trainedContext, engine) => {
          const plan = planContext({
            facts: { ...large, trainedContext },
            config: config({ slots, engine }),
            freeBytes,
          });
          expect(plan.context).toBeGreaterThan(0);
          expect(plan.context).toBeLessThanOrEqual(trainedContext);
          expect(plan.kvTokens).toBeGreaterThanOrEqual(Number(plan.context));
        },
      ),
    );
  });
});

describe('the memory of a prefix cache', () => {
  const needWith = (options: PlanInput['config']['options'], engine = 'llama') =>
    planContext({ facts: smol, config: config({ engine, kvTokens: 8192, options }), freeBytes: 20 * GB }).need;

  it('counts as far as it is configured, for the engine that has one', () => {
    const plain = needWith({}).totalBytes ?? Number.NaN;
    expect(needWith({ prefixCacheBytes: 1e8 })).toMatchObject({ cacheBytes: 1e8, totalBytes: plain + 1e8 });
    expect(needWith({ prefixCacheBytes: 'auto' }).totalBytes).toBe(plain);
    expect(needWith({ prefixCacheBytes: 1e8 }, 'node-llama-cpp').cacheBytes).toBeUndefined();
  });
});

describe('fits', () => {
  it('compares weights, key-value memory and overhead with what is free', () => {
    const plan = planContext({ facts: large, config: config(), freeBytes: 16 * GB });
    const total = plan.need.totalBytes ?? Number.NaN;
    expect(total).toBeGreaterThan(5 * GB);
    expect(fits(plan, total)).toBe(true);
    expect(fits(plan, total - 1)).toBe(false);
  });
});
