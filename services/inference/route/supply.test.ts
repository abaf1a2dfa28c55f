import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { optionsOf } from './replica-set.ts';
import { type EnginePlan, withSmallerCache } from './supply.ts';

const plan: EnginePlan = { context: 512, kvTokens: 512, needBytes: 1000, cacheBytes: 300 };

describe('memory for kept prefixes', () => {
  it('gives way where the budget is short, and nothing else does', () => {
    expect(withSmallerCache(plan, -5)).toBe(plan);
    expect(withSmallerCache(plan, 100)).toMatchObject({ needBytes: 900, cacheBytes: 200 });
    expect(withSmallerCache(plan, 900)).toMatchObject({ needBytes: 700, cacheBytes: 0 });
    expect(withSmallerCache({ context: 1, kvTokens: 1, needBytes: 9 }, 5)).toMatchObject({ needBytes: 9 });
  });

  it('is what the engine is told, unless the configuration says how much', () => {
    const optionsWith = (options: object) => {
      const [model] = configSchema.parse({ models: [{ id: 'm', options }] }).models;
      if (model === undefined) throw new TypeError('one model was given');
      const state = { kind: 'prepared', files: [], facts: undefined, plan } as const;
      return optionsOf(model, state);
    };
    expect(optionsWith({ topK: 1 })).toEqual({ topK: 1, prefixCacheBytes: 300 });
    expect(optionsWith({ prefixCacheBytes: 'auto' })).toEqual({ prefixCacheBytes: 300 });
    expect(optionsWith({ prefixCacheBytes: 5 })).toEqual({ prefixCacheBytes: 5 });
  });
});
