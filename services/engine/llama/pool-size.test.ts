import { describe, expect, it } from 'vitest';
import { idleCells, poolSize } from './pool-size.ts';

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
    expect(idleCells('auto', 1024)).toBe(256);
    expect(idleCells('auto', 65536)).toBe(2048);
    expect(idleCells(100, 1024)).toBe(100);
    expect(idleCells(9999, 1024)).toBe(1024);
  });
});
