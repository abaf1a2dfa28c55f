import { describe, expect, it } from 'vitest';
import { idleCells, poolSize, stashBytes } from './pool-size.ts';

describe('poolSize', () => {
  it('takes what was planned, in whole blocks', () => {
    expect(poolSize({ context: 2000, kvTokens: 5000, slots: 4 }, 8192)).toEqual({ contextTokens: 2000, cells: 5120 });
  });

  it('lets one request be as long as the pool, at most as long as the model was trained for', () => {
    expect(poolSize({ context: 'auto', kvTokens: 1024, slots: 2 }, 8192).contextTokens).toBe(1024);
    expect(poolSize({ context: 'auto', kvTokens: 16384, slots: 2 }, 8192).contextTokens).toBe(8192);
    expect(poolSize({ context: 4096, kvTokens: 1024, slots: 2 }, 8192).contextTokens).toBe(1024);
  });

  it('makes up a pool where none was planned', () => {
    expect(poolSize({ context: 512, kvTokens: 'auto', slots: 2 }, 8192)).toEqual({ contextTokens: 512, cells: 1024 });
    expect(poolSize({ context: 'auto', kvTokens: 'auto', slots: 4 }, 131072)).toEqual({
      contextTokens: 8192,
      cells: 16384,
    });
  });
});

describe('idleCells', () => {
  it('keeps a part of the pool, not too much of a large one, or what was configured', () => {
    expect(idleCells('auto', 256)).toBe(64);
    expect(idleCells('auto', 65536)).toBe(128);
    expect(idleCells(100, 1024)).toBe(100);
    expect(idleCells(9999, 1024)).toBe(1024);
  });
});

describe('stashBytes', () => {
  it('is a tenth of the free memory up to 1 GiB, or what is configured', () => {
    expect(stashBytes('auto', 1_000_000)).toBe(100_000);
    expect(stashBytes('auto', 64 * 1024 ** 3)).toBe(1024 ** 3);
    expect(stashBytes(0, 1_000_000)).toBe(0);
    expect(stashBytes(5, 1)).toBe(5);
  });
});
