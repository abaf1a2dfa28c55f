import { describe, expect, test } from 'vitest';
import { rulesOf } from '../packs/packs.ts';
import type { DigitRule } from '../rules/rule.ts';
import { arrangeDigits } from './digit-rules.ts';
import { findDigits } from './digits.ts';
import { MAX_RUN } from './run-end.ts';

const HOSTILE = [
  ...['138 1234 ', '4111 1111 1111 111', '6222 0212 ', '010 8765 ', '010-8765-', '1234 ', '1990-01-01 ', '110105 '],
  ...[
    '4111 ',
    '1-',
    '1 ',
    '1.',
    '+1 415 ',
    '(415) ',
    '86 138 ',
    '0086 ',
    '12X ',
    '1\n',
    '192.168.1.',
    '138 1234 5678 ',
  ],
] as const;

const digitRules = rulesOf().filter((rule) => rule.kind === 'digits');

/** Tries of a rule at a length, and candidates that a rule was shown, in a run of so many units. */
const countWork = (unit: string, size: number, rules = digitRules): { tries: number; shown: number } => {
  let shown = 0;
  const counted = rules.map(
    (rule): DigitRule => ({
      ...rule,
      refuse(candidate) {
        shown += 1;
        return rule.refuse(candidate);
      },
    }),
  );
  const run = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
  const view = { run, lead: 0, previous: '', next: '', before: (at: number) => run.slice(0, at), mentioned: () => 0 };
  const tries = findDigits(view, arrangeDigits(counted), 7, () => undefined);
  return { tries, shown };
};

describe('work on groups of digits', () => {
  test.each(HOSTILE)('grows no faster than a run of %j', (unit) => {
    const [short, long] = [countWork(unit, MAX_RUN / 4), countWork(unit, MAX_RUN)];
    expect(long.tries).toBeLessThanOrEqual(short.tries * 4.4 + 40);
    expect(long.shown).toBeLessThanOrEqual(short.shown * 4.4 + 40);
  });

  test.each(HOSTILE)('stays below what is paid for each unit of %j', (unit) => {
    const { tries, shown } = countWork(unit, MAX_RUN);
    expect(tries / MAX_RUN).toBeLessThanOrEqual(3);
    expect(shown / MAX_RUN).toBeLessThanOrEqual(1);
  });

  test('shows a rule no candidate whose digits refuse it', () => {
    const cards = digitRules.filter(({ hasLuhn }) => hasLuhn === true);
    expect(countWork('4111 1111 1111 1112', 19, cards)).toMatchObject({ shown: 0 });
    expect(countWork('4111 1111 1111 1111', 19, cards)).toMatchObject({ shown: cards.length });
  });
});
