import { expect, test } from 'vitest';
import { classify } from './inbox.ts';

const NOW = 1_700_000_000_000;
const MINUTE_MS = 60_000;
const ended = (changedAt: number) => ({ status: 'resolved', incident: 'i', changedAt }) as const;
const fires = { status: 'firing' } as const;

test.each([
  ['soon after its end', NOW - MINUTE_MS, 'comes_late'],
  ['long after its end', NOW - 10 * MINUTE_MS, 'begins'],
  ['after the clock was set back a little', NOW + MINUTE_MS, 'comes_late'],
  ['after the clock was set back by an hour', NOW + 60 * MINUTE_MS, 'begins'],
])('an alert that fires again %s', (_when, changedAt, kind) => {
  expect(classify(ended(changedAt), fires, NOW)).toBe(kind);
});
