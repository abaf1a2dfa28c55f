import { expect, it } from 'vitest';
import type { Use } from './numbers.ts';
import { createTally } from './tally.ts';

const NOON = Date.UTC(2026, 10, 29, 12);

const useWith = (more: Partial<Use> = {}): Use => ({
  keyId: 'key:a',
  tenant: 'key:a',
  model: 'm',
  scenario: undefined,
  outcome: 'ok',
  isCacheHit: false,
  promptTokens: 3,
  completionTokens: 4,
  cachedTokens: 1,
  ...more,
});

it('adds up what belongs to one day, key, tenant, model and scenario', () => {
  const tally = createTally({ now: () => NOON, maxSums: 10 });
  tally.count(useWith());
  tally.count(useWith({ outcome: 'timeout', completionTokens: 0, isCacheHit: true }));
  tally.count(useWith({ tenant: 'tenant:t' }));
  expect(tally.peek(10)).toMatchObject([
    { day: '2026-11-29', model: 'm', scenario: '', ok: 1, timeout: 1, cacheHits: 1, promptTokens: 6 },
    { tenant: 'tenant:t', ok: 1, timeout: 0, promptTokens: 3, completionTokens: 4, cachedTokens: 1 },
  ]);
});

it('puts a use on the UTC day in which it was counted, also when the clock is set back', () => {
  let now = Date.UTC(2026, 10, 29) - 1;
  const tally = createTally({ now: () => now, maxSums: 10 });
  for (const step of [0, 1, -1]) {
    now += step;
    tally.count(useWith());
  }
  expect(tally.peek(10).map(({ day, ok }) => [day, ok])).toEqual([
    ['2026-11-28', 2],
    ['2026-11-29', 1],
  ]);
});

it('keeps what was looked at until it is forgotten', () => {
  const tally = createTally({ now: () => NOON, maxSums: 10 });
  for (const keyId of ['key:a', 'key:b', 'key:c']) tally.count(useWith({ keyId }));
  const oldest = tally.peek(2);
  expect([oldest.map(({ keyId }) => keyId), tally.size]).toEqual([['key:a', 'key:b'], 3]);
  tally.forget(oldest);
  expect(tally.peek(9).map(({ keyId }) => keyId)).toEqual(['key:c']);
});

it('says how many uses it had no room for', () => {
  const tally = createTally({ now: () => NOON, maxSums: 1 });
  for (const keyId of ['key:a', 'key:b', 'key:c', 'key:a']) tally.count(useWith({ keyId }));
  expect([tally.peek(9), tally.takeLost(), tally.takeLost()]).toMatchObject([[{ ok: 2 }], 2, 0]);
});
