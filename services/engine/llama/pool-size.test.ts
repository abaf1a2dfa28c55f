import { describe, expect, it } from 'vitest';
import { idleCells, poolSize, stashBytes, streamSize } from './pool-size.ts';

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

describe('streamSize', () => {
  const size = (contextTokens: number, cells: number, spare = 0) =>
    streamSize({ context: contextTokens, slots: 2 }, { contextTokens, cells }, { layout: 'auto', spare });

  it('gives every slot an equal part in whole blocks, where that holds the whole context', () => {
    expect(size(1000, 2560)).toEqual({ contextTokens: 1000, cells: 2560 });
    expect(size(1000, 2304)).toEqual({ contextTokens: 1000, cells: 2048 });
    expect(size(1000, 1792)).toBeUndefined();
    expect([size(1024, 2048, 0)?.cells, size(1024, 2048, 1)]).toEqual([2048, undefined]);
  });

  it('takes what it needs where it was asked for, or shortens a context that nobody set', () => {
    const forced = { layout: 'streams', spare: 4 } as const;
    const pool = { contextTokens: 2048, cells: 2048 };
    expect(streamSize({ context: 2048, slots: 2 }, pool, forced)).toEqual({ contextTokens: 2048, cells: 4608 });
    expect(streamSize({ context: 'auto', slots: 2 }, pool, forced)).toEqual({ contextTokens: 1020, cells: 2048 });
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
