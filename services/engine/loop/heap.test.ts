import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHeap } from './heap.ts';

const smaller = (one: number, other: number): boolean => one < other;

const drain = (heap: ReturnType<typeof createHeap<number>>): number[] => {
  const all: number[] = [];
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) all.push(next);
  return all;
};

describe('createHeap', () => {
  it('gives back what it got, smallest first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = createHeap(smaller);
        for (const number of numbers) heap.push(number);
        expect([heap.size, heap.peek()]).toEqual([numbers.length, numbers.toSorted((a, b) => a - b)[0]]);
        expect(drain(heap)).toEqual(numbers.toSorted((a, b) => a - b));
      }),
    );
  });

  it('keeps its order when some are dropped from the middle', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = createHeap(smaller);
        for (const number of numbers) heap.push(number);
        heap.retain((number) => number % 3 !== 0);
        expect(drain(heap)).toEqual(numbers.filter((number) => number % 3 !== 0).sort((a, b) => a - b));
      }),
    );
  });

  it('compares a few items more, not four times as many, when four times as many are in it', () => {
    const comparisonsWith = (size: number): number => {
      let count = 0;
      const heap = createHeap<number>((one, other) => {
        count += 1;
        return one < other;
      });
      for (let number = 0; number < size; number += 1) heap.push((number * 7919) % size);
      count = 0;
      for (let number = 0; number < 100; number += 1) {
        heap.pop();
        heap.push(number);
      }
      return count;
    };
    expect(comparisonsWith(16_000)).toBeLessThan(2 * comparisonsWith(4000));
  });
});
