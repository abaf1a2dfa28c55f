import { expect, it } from 'vitest';
import { createGatheredCounts } from './gathered-counts.ts';
import type { Labels } from './labels.ts';

it('tells the sum by labels, once, when it is read', () => {
  const told: [number, Labels][] = [];
  const gathered = createGatheredCounts();
  const add = gathered.gather((value, labels) => void told.push([value, labels]));
  for (const value of [1, 2, -1]) add(value, { outcome: 'ok' });
  add(5, { outcome: 'error' });
  add(7, {});
  expect(told).toEqual([]);
  gathered.settle();
  gathered.settle();
  expect(told).toEqual([
    [2, { outcome: 'ok' }],
    [5, { outcome: 'error' }],
    [7, {}],
  ]);
  add(1, { outcome: 'ok' });
  gathered.settle();
  expect(told.at(-1)).toEqual([1, { outcome: 'ok' }]);
});

it('keeps labels apart that read the same side by side', () => {
  const told: Labels[] = [];
  const gathered = createGatheredCounts();
  const add = gathered.gather((_, labels) => void told.push(labels));
  add(1, { a: 'b', c: 'd' });
  add(1, { a: 'bc', d: '' });
  gathered.settle();
  expect(told).toHaveLength(2);
});
