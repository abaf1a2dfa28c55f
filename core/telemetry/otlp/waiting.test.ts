import { expect, test } from 'vitest';
import { createWaiting, type Loss } from './waiting.ts';

test('what finds no room is lost and counted, and there is room again when some are on their way', () => {
  const losses: [Loss, number][] = [];
  const waiting = createWaiting(2, (...loss) => losses.push(loss));
  expect([waiting.enter(), waiting.enter(), waiting.enter()]).toEqual([true, true, false]);
  waiting.leave(2);
  expect(waiting.enter()).toBe(true);
  waiting.lost(2);
  waiting.lost(0);
  expect(losses).toEqual([
    ['queue', 1],
    ['export', 2],
  ]);
});
