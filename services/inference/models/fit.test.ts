import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeMisfit } from './describe-fit.ts';
import type { ModelFacts } from './facts.ts';
import { type FitInput, type FitResult, fitModel, hasRoom, withAdjustment } from './fit.ts';

const GB = 1e9;
const large: ModelFacts = {
  ...{ id: 'large', engine: 'llama', tags: [], files: [], fileBytes: 5 * GB, bitsPerWeight: 5, vocabulary: 128_000 },
  ...{ trainedContext: 131_072, kvBytesPerToken: 131_072, layers: 32, embeddingLength: 4096, headCount: 32 },
  feedForwardLength: 14_336,
};
const config = (changes: Partial<FitInput['config']> = {}): FitInput['config'] => ({
  ...{ engine: 'llama', slots: 16, context: 8192, kvTokens: 65_536, gpuLayers: 'auto', options: {} },
  ...changes,
});
const tryFit = (hostBytes: number, changes: Partial<FitInput['config']> = {}, facts = large) =>
  fitModel({ facts, config: config(changes), free: { hostBytes } });
const refused = (result: FitResult) => {
  if (result.fits) throw new TypeError('it fits');
  return result;
};
const best = (result: FitResult) => refused(result).ways[0]?.adjustment;

describe('fitModel', () => {
  it('lets a model be that fits', () =>
    expect(tryFit(32 * GB)).toMatchObject({ fits: true, plan: { kvTokens: 65_536 } }));

  it('takes fewer cells where only a few are too many', () => {
    const { kvTokens } = best(tryFit(13.5 * GB)) ?? {};
    expect(kvTokens).toBeGreaterThan(60_000);
    expect(kvTokens).toBeLessThan(65_536);
  });

  it('stores them less precisely where that costs less than giving them up', () => {
    expect(best(tryFit(11 * GB))).toEqual({ kvType: 'q8_0' });
    expect(best(tryFit(10 * GB))).toMatchObject({ kvType: 'q8_0' });
  });

  it('does not, where flash attention is off or another engine runs it', () => {
    for (const changes of [{ options: { flashAttention: false } }, { engine: 'node-llama-cpp' }]) {
      for (const way of refused(tryFit(11 * GB, changes)).ways) expect(way.adjustment.kvType).toBeUndefined();
    }
  });

  it('shortens the context where each slot has its own', () => {
    const ways = refused(
      tryFit(10 * GB, { engine: 'node-llama-cpp', slots: 2, context: 32_768, kvTokens: 'auto' }),
    ).ways;
    expect(ways.map(({ adjustment }) => Object.keys(adjustment).join())).toEqual(
      expect.arrayContaining(['slots', 'context']),
    );
  });

  it('names the most precise quantisation that fits where the weights do not', () => {
    const result = refused(tryFit(4.6 * GB, { context: 'auto', kvTokens: 'auto' }));
    expect(result.ways).toEqual([]);
    expect(result.quantization).toBe('iq4_xs');
    expect(refused(tryFit(1 * GB)).quantization).toBeUndefined();
  });

  it('counts weights against the device that holds them', () => {
    const input = { facts: large, config: config(), free: { hostBytes: 2 * GB, deviceBytes: 24 * GB } };
    expect(fitModel(input).fits).toBe(true);
    expect(fitModel({ ...input, free: { hostBytes: 64 * GB, deviceBytes: 8 * GB } }).fits).toBe(false);
    expect(fitModel({ ...input, config: config({ gpuLayers: 11 }) }).fits).toBe(false);
    const split = { hostBytes: 16 * GB, deviceBytes: 8 * GB };
    expect(fitModel({ ...input, config: config({ gpuLayers: 11 }), free: split }).fits).toBe(true);
  });

  it('finds only ways that fit, the least loss first, and the next step up does not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6 * GB, max: 20 * GB }),
        fc.integer({ min: 1, max: 64 }),
        fc.constantFrom('llama', 'node-llama-cpp'),
        (hostBytes, slots, engine) => {
          const input = { facts: large, config: config({ slots, engine }), free: { hostBytes } };
          const result = fitModel(input);
          if (result.fits) return;
          const losses = result.ways.map(({ loss }) => loss);
          expect(losses).toEqual(losses.toSorted((a, b) => a - b));
          for (const { adjustment, plan } of result.ways) {
            expect(hasRoom(plan, { ...input, config: withAdjustment(input.config, adjustment) })).toBe(true);
            const { kvTokens } = adjustment;
            if (kvTokens === undefined || kvTokens + 256 >= 65_536) continue;
            const more = withAdjustment(input.config, { ...adjustment, kvTokens: kvTokens + 256 * slots });
            expect(fitModel({ ...input, config: more }).fits).toBe(false);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('describeMisfit', () => {
  it('says what is needed part by part, what is free, and what would fit', () => {
    const free = { hostBytes: 11 * GB };
    const result = refused(tryFit(11 * GB));
    const message = describeMisfit({ id: 'large', slots: 16, engine: 'llama' }, result, free);
    expect(message).toMatch(/^model large: engine llama with 16 slots, context 8192 and 65536 cells/);
    expect(message).toMatch(/need 14\.\d GB \(5\.0 GB weights \+ 8\.6 GB key-value memory \+ \d+ MB compute buffers/);
    expect(message).toContain('11.0 GB are free; nearest that fits: options.kvType: q8_0 (');
    expect(message).toMatch(/; fit: auto applies the first$/);
  });

  it('names a smaller file where that helps', () => {
    const result = refused(tryFit(13.6 * GB));
    const message = describeMisfit({ id: 'large', slots: 16, engine: 'llama' }, result, { hostBytes: 13.6 * GB });
    expect(message).toContain('; or a smaller file: clawdbot models quantize large --type q4_k_s');
  });

  it('says so when nothing would', () => {
    const free = { hostBytes: 1e8 };
    const message = describeMisfit({ id: 'large', slots: 16, engine: 'llama' }, refused(tryFit(1e8)), free);
    expect(message).toContain('100 MB are free; no setting of it fits here: choose a smaller model');
    expect(message).not.toContain('fit: auto');
  });
});
