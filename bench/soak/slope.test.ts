import { expect, it } from 'vitest';
import { slopeOf } from './slope.ts';

it('finds the slope of a line, and of points scattered evenly around it', () => {
  expect(slopeOf([1, 2, 3].map((x) => ({ x, y: 5 + 2 * x })))).toBeCloseTo(2);
  expect(slopeOf([0, 1, 2, 3].map((x) => ({ x, y: x % 2 === 0 ? 1 : 1 })))).toBe(0);
  expect(
    slopeOf([
      { x: 0, y: 1 },
      { x: 0, y: -1 },
      { x: 2, y: 5 },
      { x: 2, y: 3 },
    ]),
  ).toBeCloseTo(2);
});

it('is flat where there is but one moment', () => {
  expect(slopeOf([{ x: 1, y: 7 }])).toBe(0);
});
