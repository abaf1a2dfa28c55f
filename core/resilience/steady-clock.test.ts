import { expect, test } from 'vitest';
import { createSteadyClock, toSteady } from './steady-clock.ts';

const HOUR_MS = 3_600_000;

test('goes on through steps of the clock of the machine, forwards and backwards', () => {
  let [wall, monotonic] = [1_700_000_000_000, 5000];
  const now = createSteadyClock({ wall: () => wall, monotonic: () => monotonic });
  expect(now()).toBe(1_700_000_000_000);
  for (const step of [HOUR_MS, -2 * HOUR_MS]) {
    wall += step;
    monotonic += 10;
  }
  expect(now()).toBe(1_700_000_000_020);
});

test('a moment of the clock of the machine stays as far away', () => {
  expect(toSteady(1500, 1000, 9000)).toBe(9500);
});
