import { describe, expect, it } from 'vitest';
import { estimateMemory, type MemorySetting } from './estimate.ts';
import type { ModelFacts } from './facts.ts';

/** The embedded model. */
const smol: ModelFacts = {
  ...{ id: 'smol', engine: 'llama', tags: [], files: [], fileBytes: 98_362_432, vocabulary: 49_152 },
  ...{ trainedContext: 8192, kvBytesPerToken: 23_040, layers: 30, embeddingLength: 576, feedForwardLength: 1536 },
  headCount: 9,
};

const setting = (changes: Partial<MemorySetting> = {}): MemorySetting => ({
  ...{ slots: 4, cells: 8192, batchTokens: 512, kvType: 'f16', flashAttention: true },
  ...changes,
});
const mib = (bytes: number | undefined): number => (bytes ?? Number.NaN) / 1024 / 1024;

describe('estimateMemory', () => {
  // Sizes that llama.cpp reports when it loads the embedded model: "KV buffer size".
  it.each([
    ['f16', 8192, 180],
    ['f16', 65_536, 1440],
    ['q8_0', 8192, 95.62],
    ['q4_0', 32_768, 202.5],
  ] as const)('counts the key-value memory of %s and %i cells as llama.cpp does', (kvType, cells, expected) => {
    expect(mib(estimateMemory(smol, setting({ kvType, cells })).kvBytes)).toBeCloseTo(expected, 1);
  });

  // "compute buffer size" and "output buffer size" together.
  it.each([
    [{ cells: 8192, slots: 4 }, 21.51 + 0.75],
    [{ cells: 65_536, slots: 16 }, 77.51 + 3],
    [{ cells: 8192, slots: 16, batchTokens: 128 }, 5.38 + 3],
    [{ cells: 8192, slots: 16, batchTokens: 2048 }, 86.05 + 3],
    [{ cells: 1024, slots: 1, batchTokens: 64 }, 1.81 + 0.19],
    [{ cells: 1024, slots: 64 }, 14.51 + 12],
    [{ cells: 1024, slots: 256 }, 50.25 + 48],
  ])('is within 5 %% of the compute buffers llama.cpp reports for %o', (changes, expected) => {
    const got = mib(estimateMemory(smol, setting(changes)).computeBytes);
    expect(Math.abs(got / expected - 1)).toBeLessThan(0.05);
  });

  it('counts the scores of every head where flash attention is off', () => {
    const got = mib(estimateMemory(smol, setting({ slots: 16, flashAttention: false })).computeBytes);
    expect(Math.abs(got / (166.38 + 3) - 1)).toBeLessThan(0.1);
  });

  it('counts the matrices that the CPU keeps in a second order', () => {
    const plain = estimateMemory(smol, setting()).weightsBytes ?? Number.NaN;
    const copied = estimateMemory({ ...smol, matrixBytes: { Q4_0: 1000, F32: 500 } }, setting()).weightsBytes;
    expect(copied).toBe(plain + 1000);
  });

  it('leaves out what the header does not tell, and then the sum', () => {
    const { kvBytesPerToken: _, ...facts } = smol;
    expect(estimateMemory(facts, setting())).toEqual({ weightsBytes: 98_362_432 });
    expect(estimateMemory({ id: 'far', engine: 'openai', tags: [], files: [] }, setting())).toEqual({});
  });

  it('takes a share of the file for models whose shape is not told', () => {
    const { embeddingLength: _, ...facts } = smol;
    const need = estimateMemory(facts, setting());
    expect(need.computeBytes).toBeGreaterThan(0);
    expect(need.totalBytes).toBeGreaterThan(98_362_432 + 180 * 1024 * 1024);
  });
});
