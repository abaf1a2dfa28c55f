import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineQueue } from './line-queue.ts';

test('takes the oldest lines that fit, and one that does not rather than none', () => {
  const queue = new LineQueue(100);
  for (const line of ['aa', 'bb', 'cccccc', 'd']) expect(queue.push(line)).toBe(true);
  expect(queue.take(5)).toEqual(['aa', 'bb']);
  expect(queue.take(5)).toEqual(['cccccc']);
  expect(queue.take()).toEqual(['d']);
  expect(queue.isEmpty).toBe(true);
});

test('what is put back comes first and counts', () => {
  const queue = new LineQueue(4);
  queue.push('aa');
  queue.push('bb');
  const taken = queue.take(2);
  expect(queue.push('cc')).toBe(true);
  queue.putBack(taken);
  expect(queue.push('d')).toBe(false);
  expect(queue.take()).toEqual(['aa', 'bb', 'cc']);
});

test('never holds more than it was filled with and never loses or reorders a line', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 8 })), fc.nat(40), fc.nat(10), (lines, maxLength, batch) => {
      const queue = new LineQueue(maxLength);
      const kept = lines.filter((line) => queue.push(line));
      expect(kept.join('').length).toBeLessThanOrEqual(maxLength);
      const taken: string[] = [];
      while (!queue.isEmpty) taken.push(...queue.take(batch));
      expect(taken).toEqual(kept);
    }),
  );
});
