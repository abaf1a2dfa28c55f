import { describe, expect, it } from 'vitest';
import { judgeDelivery, parseRetryAfter } from './delivery-verdict.ts';

const NOW = Date.UTC(2030, 0, 1);

describe('parseRetryAfter', () => {
  it.each([
    ['120', 120_000],
    [' 5 ', 5000],
    ['0', 0],
    ['Tue, 01 Jan 2030 00:02:00 GMT', 120_000],
    ['Mon, 31 Dec 2029 00:00:00 GMT', 0],
    ['soon', 0],
    ['-5', 0],
    ['1e9', 0],
    ['999999999999', 21_600_000],
    [undefined, 0],
  ])('reads %j as %d ms', (value, waitMs) => {
    expect(parseRetryAfter(value, NOW)).toBe(waitMs);
  });
});

describe('judgeDelivery', () => {
  const judge = (status: number, attempts = 0, random = 0.5) =>
    judgeDelivery({
      outcome: { kind: 'answered', status, retryAfter: undefined },
      attempts,
      maxAttempts: 8,
      now: NOW,
      random: () => random,
    });

  it.each([200, 201, 202, 204, 299])('takes %d as delivered', (status) => {
    expect(judge(status)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it.each([100, 199, 300, 301, 307, 400, 404, 429, 500, 503])('tries again after %d', (status) => {
    expect(judge(status)).toMatchObject({ state: 'pending', attempts: 1, label: 'retried' });
  });

  it('waits longer from attempt to attempt, up to an hour', () => {
    const waits = Array.from(
      { length: 12 },
      (_, attempts) =>
        judgeDelivery({
          outcome: { kind: 'unreachable', reason: 'ECONNREFUSED' },
          attempts,
          maxAttempts: 50,
          now: NOW,
          random: () => 0.999999,
        }).nextAt - NOW,
    );
    expect(waits.every((wait, index) => index === 0 || wait >= (waits[index - 1] ?? 0))).toBe(true);
    expect(Math.round(waits[0] ?? 0)).toBeCloseTo(30_000, -2);
    expect(Math.max(...waits)).toBeLessThanOrEqual(3_600_000);
  });

  it('gives up at the last attempt and at "gone"', () => {
    expect(judge(500, 7)).toMatchObject({ state: 'dead', attempts: 8, label: 'failed' });
    expect(judge(410)).toMatchObject({ state: 'dead', attempts: 1, label: 'failed' });
  });
});
