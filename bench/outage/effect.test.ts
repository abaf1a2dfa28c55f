import { expect, it } from 'vitest';
import { blockRatios, effectOf } from './effect.ts';

const upTo = (count: number, scale = 1) => Array.from({ length: count }, (_, index) => (index + 1) * scale);

it('takes the percentile of each block over that of the service beside it', () => {
  const own = [...upTo(100, 2), ...upTo(100, 3)];
  const beside = [...upTo(100), ...upTo(100)];
  expect(blockRatios([own, beside], 0.5, 100)).toEqual([2, 3]);
});

it('has what is left over in the last block, and one block where there is less than one', () => {
  expect(blockRatios([upTo(250, 2), upTo(250)], 0.5, 100)).toHaveLength(2);
  expect(blockRatios([upTo(10, 2), upTo(10)], 0.99, 100)).toEqual([2]);
});

it('leaves out by how much one process is slower than the other anyway', () => {
  const { median } = effectOf([1.3, 1.32, 1.34], [1.1, 1.1, 1.1, 9]);
  expect(median).toBeCloseTo(1.2);
});
