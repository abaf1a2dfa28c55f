import { describe, expect, it } from 'vitest';
import { findMismatches, findWrongLogits, type StaticFacts } from './guard.ts';
import { PINNED } from './pinned.ts';

describe('findMismatches', () => {
  it('finds none in the pinned build', () => {
    expect(findMismatches(PINNED)).toEqual([]);
  });

  it.each<[string, Partial<StaticFacts>, string]>([
    ['another package', { packageVersion: '3.23.0' }, 'package version: expected 3.22.1, got 3.23.0'],
    ['a package that says no version', { packageVersion: '' }, 'package version: expected 3.22.1, got none'],
    ['another release of llama.cpp', { release: 'v0.6.0' }, 'llama.cpp release: expected v0.5.0, got v0.6.0'],
    ['another library', { libraryVersion: '0.6.0' }, 'library version: expected 0.5.0-dev, got 0.6.0'],
  ])('refuses %s', (_, wrong, reason) => {
    expect(findMismatches({ ...PINNED, ...wrong })).toEqual([reason]);
  });

  it.each(Object.keys(PINNED.sizes))('refuses another size of %s', (name) => {
    const sizes = { ...PINNED.sizes, [name]: 1234 };
    expect(findMismatches({ ...PINNED, sizes })).toEqual([expect.stringContaining(`size of ${name}`)]);
  });

  it.each(Object.keys(PINNED.defaults))('refuses another default of %s', (name) => {
    const defaults = { ...PINNED.defaults, [name]: 1234 };
    expect(findMismatches({ ...PINNED, defaults })).toEqual([expect.stringContaining(`default of ${name}`)]);
  });

  it('names everything that differs at once', () => {
    expect(findMismatches({ ...PINNED, release: '', libraryVersion: '1', defaults: {} }).length).toBe(
      2 + Object.keys(PINNED.defaults).length,
    );
  });
});

describe('findWrongLogits', () => {
  const logits = (change = 0): number[] => {
    const all = Array.from({ length: 64 }, () => -1);
    for (const [token, logit] of PINNED.logits) all[token] = logit + change;
    return all;
  };

  it('accepts the recorded ones, and what rounding does to them', () => {
    expect(findWrongLogits(logits())).toEqual([]);
    expect(findWrongLogits(logits(0.009))).toEqual([]);
  });

  it('refuses others, too few, and none at all', () => {
    expect(findWrongLogits(logits(0.02))).toHaveLength(PINNED.logits.length);
    expect(findWrongLogits([])).toHaveLength(PINNED.logits.length);
    expect(findWrongLogits(logits(Number.NaN))).toHaveLength(PINNED.logits.length);
    expect(findWrongLogits(undefined)).toEqual([expect.stringContaining('did not run')]);
  });
});
