import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../create-redactor.ts';
import { rulesOf } from '../packs/packs.ts';
import { createPseudonyms } from '../pseudonyms.ts';
import { type CustomRuleDefinition, compileCustomRule } from './compile-custom-rule.ts';
import { PatternError } from './compile-pattern.ts';

const redactorOf = (...definitions: CustomRuleDefinition[]) =>
  createRedactor({ rules: rulesOf(), customRules: definitions.map(compileCustomRule) });

const EMPLOYEE: CustomRuleDefinition = { id: 'employee', pattern: '\\bEMP-\\d{4,6}\\b' };
const PROJECT: CustomRuleDefinition = { id: 'project', pattern: '项目[A-Z]{1,3}(?:-?\\d){2,4}', context: ['内部'] };

describe('a rule of the configuration', () => {
  test('finds the longest match, and words alone where it says so', () => {
    expect(redactorOf(EMPLOYEE).redact('EMP-12345, EMP-1234567, XEMP-1234').text).toBe(
      '[EMPLOYEE], EMP-1234567, XEMP-1234',
    );
  });

  test('needs a word of its context before a match', () => {
    expect(redactorOf(PROJECT).redact('内部项目AB-123；').text).toBe('内部[PROJECT]；');
    expect(redactorOf(PROJECT).redact('公开项目AB-123；').text).toBe('公开项目AB-123；');
  });

  test('is checked by its validator', () => {
    const redactor = redactorOf({ id: 'member', pattern: '7\\d{9}', validator: 'luhn' });
    expect(redactor.redact('7000000005 7000000004').text).toBe('[MEMBER] 7000000004');
  });

  test('works beside the packs, with places in the text as it came', () => {
    const text = 'bob@example.com EMP-12345 tel 13812345678';
    expect(
      redactorOf(EMPLOYEE)
        .redact(text)
        .findings.map(({ rule, start, length }) => [rule, text.slice(start, start + length)]),
    ).toEqual([
      ['global.email', 'bob@example.com'],
      ['custom.employee', 'EMP-12345'],
      ['cn.mobile', '13812345678'],
    ]);
  });

  test('gives pseudonyms that are left alone afterwards', () => {
    const pseudonyms = createPseudonyms();
    const redactor = createRedactor({
      rules: rulesOf(),
      customRules: [compileCustomRule(EMPLOYEE)],
      actionOf: () => 'pseudonym',
    });
    const once = redactor.redact('EMP-12345 and EMP-12345', pseudonyms).text;
    expect(once).toBe('[EMPLOYEE_1] and [EMPLOYEE_1]');
    expect(redactor.redact(once, pseudonyms).text).toBe(once);
  });

  test('gives the result of one piece for any text in any pieces', () => {
    const redactor = redactorOf(EMPLOYEE, PROJECT, { id: 'word', pattern: 'a(?:b|bc)?d{0,3}', maxLength: 6 });
    const parts = [
      'EMP-',
      '123',
      '4567',
      'a',
      'b',
      'c',
      'd',
      ' ',
      '内部',
      '项目',
      'AB',
      '-',
      '\u200b',
      '😀',
      '\ud83d',
      '13812345678',
      '[',
      'EMPLOYEE]',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 14 }), (pieces) => {
        const whole = redactor.redact(pieces.join(''));
        const stream = redactor.stream();
        const taken = [...pieces.map((piece) => stream.push(piece)), stream.end()];
        expect(taken.map(({ text }) => text).join('')).toBe(whole.text);
        expect(taken.flatMap(({ findings }) => findings)).toEqual(whole.findings);
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ['a*', 'matches nothing at all'],
    ['a+', 'set maxLength'],
    ['(a)\\1', 'no back-reference'],
    ['a(?=b)', 'no assertion inside'],
    ['^a', 'no assertion inside'],
    ['[', 'does not parse'],
    ['a{1,600}', 'at most 512'],
    ['(?:a{50}){50}', 'at most'],
  ])('%s is refused, and the message says why', (pattern, reason) => {
    expect(() => compileCustomRule({ id: 'x', pattern })).toThrow(PatternError);
    expect(() => compileCustomRule({ id: 'x', pattern })).toThrow(reason);
  });

  test('takes work in proportion to the text where backtracking would never end', () => {
    const rule = (): ReturnType<typeof compileCustomRule> =>
      compileCustomRule({ id: 'x', pattern: '(?:a|a|aa)+b', maxLength: 32 });
    const stepsFor = (length: number): number => {
      const one = rule();
      createRedactor({ rules: [], customRules: [one] }).redact('a'.repeat(length));
      return one.machine.steps;
    };
    expect(stepsFor(8000) / stepsFor(2000)).toBeLessThan(4.2);
  });
});
