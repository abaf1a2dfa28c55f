import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CLEAR, QUIET, RAISE, turn } from './alarm.ts';

/** What each of these scores changes. */
const changesOf = (scores: readonly number[]) => {
  let alarm = QUIET;
  return scores.map((score, slot) => {
    const next = turn(alarm, score, slot);
    alarm = next.alarm;
    return next.change;
  });
};

it('is raised by the second point far out, on the same side', () => {
  expect(changesOf([6, 6])).toEqual([undefined, 'raised']);
  expect(changesOf([-7, -6])).toEqual([undefined, 'raised']);
  expect(changesOf([6, -6, 6])).toEqual([undefined, undefined, undefined]);
  expect(changesOf([6, 5.9, 6, 5.9])).toEqual([undefined, undefined, undefined, undefined]);
});

it('is raised by two that are far enough out together, each far enough by itself', () => {
  expect(changesOf([4, 8])).toEqual([undefined, 'raised']);
  expect(changesOf([5, 6.9, 7])).toEqual([undefined, undefined, 'raised']);
  expect(changesOf([100, 3.9, 100])).toEqual([undefined, undefined, undefined]);
  expect(changesOf([4, 4, 4, 4, 4])).toEqual(Array(5).fill(undefined));
});

it('begins with the first of the two, however long it was a little far out before', () => {
  const alarm = [5, 5, 5, 5, 8].reduce((before, score, slot) => turn(before, score, slot).alarm, QUIET);
  expect(alarm).toMatchObject({ isRaised: true, since: 3 });
});

it('ends with the third point near what is usual, in a row', () => {
  expect(changesOf([6, 6, 2.9, 2.9, 3, 2, 2, 2])).toEqual([
    undefined,
    'raised',
    ...Array(5).fill(undefined),
    'cleared',
  ]);
});

it('ends when it turns to the other side, and can be raised there', () => {
  expect(changesOf([9, 9, -9, -9, -9, -9, -9])).toEqual([
    undefined,
    'raised',
    undefined,
    undefined,
    'cleared',
    undefined,
    'raised',
  ]);
});

it('is raised and cleared in turns, never twice the same, and never by what stays below the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -12, max: 12, noNaN: true }), { maxLength: 200 }), (scores) => {
      const changes = changesOf(scores).filter((change) => change !== undefined);
      for (const [at, change] of changes.entries()) expect(change).toBe(at % 2 === 0 ? 'raised' : 'cleared');
      expect(
        changesOf(scores.map((score) => (score / 12) * (RAISE.score - 0.01))).every((one) => one === undefined),
      ).toBe(true);
    }),
  );
  expect(CLEAR.score).toBeLessThan(RAISE.score);
});
