import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judge, type Limits, type Standing, WELL } from './judge.ts';

const LIMITS: Limits = { failures: 3, overMs: 30_000, successes: 2 };
const BAD = { isWell: false, reason: 'no' } as const;
const GOOD = { isWell: true } as const;

/** What is told in a story of looks, a letter for every five seconds: `+` good, `-` bad. */
const told = (story: string, stepMs = 5000): string[] => {
  let standing: Standing = WELL;
  return [...story].flatMap((sign, index) => {
    const next = judge(standing, sign === '+' ? GOOD : BAD, 1_000_000 + index * stepMs, LIMITS);
    standing = next.standing;
    return next.turned === undefined ? [] : [`${index}:${next.turned}`];
  });
};

it.each([
  ['good looks', '+++++++++', []],
  ['bad looks for less than the time', '+------', []],
  ['bad looks for exactly the time', '+-------', ['7:down']],
  ['one good look among bad ones', '------+------', []],
  ['an outage that goes on', '-----------------------', ['6:down']],
  ['an outage with one good look in it', '-------+-------', ['6:down']],
  ['an outage and its end', '-------++++', ['6:down', '8:up']],
  ['two outages', '-------++-------', ['6:down', '8:up', '15:down']],
])('tells %s', (_, story, expected) => expect(told(story)).toEqual(expected));

it('takes as many bad looks as it must, however far they are apart', () => {
  expect(told('--', 60_000)).toEqual([]);
  expect(told('---', 60_000)).toEqual(['2:down']);
});

it('begins the time anew when the clock is set back', () => {
  const first = judge(WELL, BAD, 1_000_000, LIMITS).standing;
  const second = judge(first, BAD, 0, LIMITS);
  expect(second.standing.contrarySince).toBe(0);
  expect(judge(second.standing, BAD, 29_999, LIMITS).turned).toBeUndefined();
  expect(judge(second.standing, BAD, 30_000, LIMITS).turned).toBe('down');
});

it('tells down and up in turns, whatever it sees', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('+', '-'), { maxLength: 200 }), (signs) => {
      const turns = told(signs.join('')).map((entry) => entry.split(':')[1]);
      return turns.every((turn, index) => turn === (index % 2 === 0 ? 'down' : 'up'));
    }),
  );
});
