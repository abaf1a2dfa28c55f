import { expect, it } from 'vitest';
import { createShedding } from './shedding.ts';

it('refuses the lowest priority alone, until it ends by itself or is ended', () => {
  let now = 1000;
  const shedding = createShedding(() => now);
  expect([shedding.view(), shedding.refusal('low')]).toEqual([{ isOn: false }, undefined]);
  shedding.set(60_000, 'no capacity');
  expect(shedding.view()).toEqual({ isOn: true, expiresInMs: 60_000, reason: 'no capacity' });
  expect(shedding.refusal('low')).toMatchObject({ code: 'ERR_ADMIT_SHED', retryAfterSeconds: 30 });
  expect([shedding.refusal('normal'), shedding.refusal('high')]).toEqual([undefined, undefined]);
  now += 58_500;
  expect(shedding.refusal('low')?.retryAfterSeconds).toBe(2);
  now += 1500;
  expect([shedding.view(), shedding.refusal('low')]).toEqual([{ isOn: false }, undefined]);
  shedding.set(60_000);
  shedding.set(0);
  expect([shedding.view(), shedding.refusal('low')]).toEqual([{ isOn: false }, undefined]);
});
