import { describe, expect, it } from 'vitest';
import { parseLlamaOptions } from './options.ts';

describe('parseLlamaOptions', () => {
  it('has a default for everything', () => {
    expect(parseLlamaOptions({})).toEqual({
      ...{ batchSize: 512, flashAttention: 'auto', topK: 40, minP: 0.05, kvType: 'f16', prefixCacheTokens: 'auto' },
      ...{ prefixSharing: true },
      ...{
        kvLayout: 'auto',
        prefixCacheBytes: 'auto',
        speculation: { tokens: 0, ngram: 3, maxBatch: 2, adaptive: true },
      },
    });
  });

  it('names what it does not know, and what does not go together', () => {
    expect(() => parseLlamaOptions({ batchsize: 1 })).toThrow(/batchsize/);
    expect(() => parseLlamaOptions({ kvType: 'q8_0', flashAttention: false })).toThrow(/flashAttention: expected/);
  });
});
