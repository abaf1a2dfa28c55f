import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDeeperThan } from './json-depth.ts';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe('the depth of JSON', () => {
  it('is that of the value it stands for, whatever its strings hold', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(8), (value, limit) => {
        expect(isDeeperThan(JSON.stringify(value), limit)).toBe(depthOf(value) > limit);
      }),
    );
  });

  it.each([
    ['[[]]', 1, true],
    ['[[]]', 2, false],
    ['"[[["', 0, false],
    ['["\\"[[["]', 1, false],
    ['["\\\\",[[]]]', 2, true],
    ['{"[":{"{":1}}', 2, false],
    ['"never closed [[[', 0, false],
    ['', 0, false],
  ])('%j is deeper than %i: %s', (text, limit, expected) => {
    expect(isDeeperThan(text, limit)).toBe(expected);
  });

  it('is found without recursion', () => {
    expect(isDeeperThan('['.repeat(1_000_000), 999_999)).toBe(true);
    expect(isDeeperThan(`"${'\\"'.repeat(1_000_000)}"`, 0)).toBe(false);
    expect(isDeeperThan(`"${'\\'.repeat(1_000_000)}"[`, 0)).toBe(true);
  });
});
