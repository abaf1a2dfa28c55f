import { expect, test } from 'vitest';
import { repackedHere, repackedTypes } from './repacking.ts';

test('AMX has more types copied, and an unknown processor none', () => {
  expect(repackedTypes('x64', new Set()).has('Q4_1')).toBe(false);
  expect(repackedTypes('x64', new Set(['avx2', 'amx_int8'])).has('Q4_1')).toBe(true);
  expect([...repackedTypes('riscv64', new Set())]).toEqual([]);
  expect(repackedHere()).toBe(repackedHere());
});
