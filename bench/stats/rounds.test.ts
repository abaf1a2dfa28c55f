import { expect, it } from 'vitest';
import { type Judged, runRounds, type Sample, valuesOf } from './rounds.ts';
import { compare, isMet } from './verdict.ts';

const RATIO: Judged<'a' | 'b'> = { measure: 'speed', of: 'a', against: 'b', as: 'ratio' };

const run = (
  measure: (variant: 'a' | 'b', round: number) => Sample,
  more: { deadline?: number; now?: () => number } = {},
) =>
  runRounds<'a' | 'b'>({
    variants: ['a', 'b'],
    measure: async (variant, round) => measure(variant, round),
    judged: [RATIO],
    ...{ minRounds: 5, maxRounds: 30, deadline: Number.POSITIVE_INFINITY, now: () => 0, ...more },
  });

it('measures the variants in turn, every other round backwards', async () => {
  const order: string[] = [];
  await run((variant, round) => {
    order.push(`${variant}${round}`);
    return { speed: 1 };
  });
  expect(order.slice(0, 6)).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
});

it('ends after the fewest rounds where the ratio is known', async () => {
  const { a } = await run((variant) => ({ speed: variant === 'a' ? 2 : 1 }));
  expect(a).toHaveLength(5);
});

it('goes on while the ratio is not known, up to the most rounds', async () => {
  const { a } = await run((variant, round) => ({ speed: variant === 'a' ? 1 + (round % 5) : 1 }));
  expect(a).toHaveLength(30);
});

it('begins no further round after the deadline, but finishes the fewest', async () => {
  let time = 0;
  const noisy = (variant: 'a' | 'b', round: number) => {
    time += 1;
    return { speed: variant === 'a' ? 1 + (round % 5) : 1 };
  };
  expect((await run(noisy, { deadline: 16, now: () => time })).a).toHaveLength(8);
  time = 0;
  expect((await run(noisy, { deadline: 1, now: () => time })).a).toHaveLength(5);
});

it('judges the rounds one by one, so that a slow minute hits both sides', () => {
  const rounds = { a: [{ speed: 10 }, { speed: 1 }, { speed: 4 }], b: [{ speed: 5 }, { speed: 0.5 }, { speed: 2 }] };
  expect(valuesOf(rounds, RATIO)).toEqual([2, 2, 2]);
  expect(valuesOf(rounds, { ...RATIO, as: 'difference' })).toEqual([5, 0.5, 2]);
  const bar = { relation: 'atLeast', value: 2 } as const;
  const { ours, theirs, estimate } = compare(rounds, RATIO, { model: 'm', case: 'c', bar });
  expect([ours, theirs, estimate.median]).toEqual([4, 2, 2]);
  expect(isMet(estimate, bar)).toBe(true);
});

it('takes a bar as met when the interval is not all on its wrong side', () => {
  const estimate = { median: 0.99, lower: 0.97, upper: 1.01, count: 9 };
  expect(isMet(estimate, { relation: 'atLeast', value: 1 })).toBe(true);
  expect(isMet(estimate, { relation: 'atLeast', value: 1.02 })).toBe(false);
  expect(isMet(estimate, { relation: 'atMost', value: 0.98 })).toBe(true);
  expect(isMet(estimate, { relation: 'atMost', value: 0.96 })).toBe(false);
});
