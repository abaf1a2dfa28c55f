import { describe, expect, it } from 'vitest';
import { createPrefixStash } from './prefix-stash.ts';

const tokensFrom = (start: number, count: number): number[] => Array.from({ length: count }, (_, at) => start + at);
const prefix = (owner: string, tokens: readonly number[], bytes = 100, start = 0) => ({
  owner,
  tokens,
  start,
  state: new Uint8Array(bytes),
});

describe('a stash of prefixes', () => {
  it('finds the one with the most in common, beyond what is known already', () => {
    const stash = createPrefixStash(10_000);
    const long = prefix('a', tokensFrom(0, 20));
    stash.put(prefix('a', [...tokensFrom(0, 5), 99]));
    stash.put(long);
    const wanted = [...tokensFrom(0, 12), 77];
    expect(stash.find('a', wanted, 0)).toEqual({ prefix: long, common: 12 });
    expect(stash.find('a', wanted, 11)).toEqual({ prefix: long, common: 12 });
    expect(stash.find('a', wanted, 12)).toBeUndefined();
  });

  it('gives the end of a prefix only to those who have its beginning', () => {
    const stash = createPrefixStash(10_000);
    const end = prefix('a', tokensFrom(0, 20), 100, 10);
    stash.put(end);
    expect(stash.find('a', tokensFrom(0, 30), 9)).toBeUndefined();
    expect(stash.find('a', tokensFrom(0, 30), 10)).toEqual({ prefix: end, common: 20 });
    stash.put(prefix('a', tokensFrom(0, 10)));
    expect(stash.find('a', tokensFrom(0, 30), 0)?.common).toBe(10);
  });

  it('keeps owners apart', () => {
    const stash = createPrefixStash(10_000);
    stash.put(prefix('a', tokensFrom(0, 5)));
    expect(stash.find('b', tokensFrom(0, 5), 0)).toBeUndefined();
    expect(stash.find('a', tokensFrom(0, 5), 0)?.common).toBe(5);
  });

  it('keeps one of two that say the same', () => {
    const stash = createPrefixStash(10_000);
    stash.put(prefix('a', tokensFrom(0, 5)));
    stash.put(prefix('a', tokensFrom(0, 10)));
    stash.put(prefix('a', tokensFrom(0, 8)));
    expect(stash.usedBytes).toBe(100 + 10 * 8);
  });

  it('gives up what was used least lately when it is full, and never takes what is larger than itself', () => {
    const stash = createPrefixStash(300);
    for (const start of [0, 100]) stash.put(prefix('a', tokensFrom(start, 2)));
    stash.find('a', tokensFrom(0, 2), 0);
    stash.put(prefix('a', tokensFrom(200, 2)));
    stash.put(prefix('a', tokensFrom(300, 2), 1000));
    const known = [0, 100, 200, 300].map((start) => stash.find('a', tokensFrom(start, 2), 0) !== undefined);
    expect(known).toEqual([true, false, true, false]);
    expect(stash.usedBytes).toBeLessThanOrEqual(300);
  });

  it('keeps nothing where it may not', () => {
    const stash = createPrefixStash(0);
    stash.put(prefix('a', tokensFrom(0, 5)));
    expect(stash.find('a', tokensFrom(0, 5), 0)).toBeUndefined();
    expect(stash.usedBytes).toBe(0);
  });
});
