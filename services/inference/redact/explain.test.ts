import { expect, test } from 'vitest';
import { compileCustomRule } from './custom/compile-custom-rule.ts';
import { explain } from './explain.ts';
import { rulesOf } from './packs/packs.ts';

const customRules = [compileCustomRule({ id: 'employee', pattern: 'EMP-\\d{4}' })];

test('says what is believed and why, and shows only the shape of values', () => {
  const [found] = explain('card 4111 1111 1111 1111', rulesOf());
  expect(found).toMatchObject({
    rule: 'global.card',
    pack: 'global',
    isMatch: true,
    start: 5,
    length: 19,
    shape: '9999 9999 9999 9999',
  });
  expect(found?.why).toContain('Luhn');
});

test('says what is nearly a match and why it is none', () => {
  const reasons = explain('订单号13812345678, card 4111 1111 1111 1112', rulesOf());
  expect(reasons).toContainEqual(
    expect.objectContaining({ rule: 'cn.mobile', isMatch: false, why: 'named as another kind of number' }),
  );
  expect(reasons).toContainEqual(
    expect.objectContaining({ rule: 'global.card', isMatch: false, why: 'the Luhn check digit differs' }),
  );
});

test('knows rules of the configuration and the places after them', () => {
  const text = 'EMP-1234 bob@example.com';
  const found = explain(text, rulesOf(), customRules).filter(({ isMatch }) => isMatch);
  expect(found.map(({ rule, start, length }) => [rule, text.slice(start, start + length)])).toEqual([
    ['custom.employee', 'EMP-1234'],
    ['global.email', 'bob@example.com'],
  ]);
});

test('shows no value', () => {
  const told = JSON.stringify(explain('password=hunter2x bob@example.com 11010519491231002X', rulesOf()));
  for (const value of ['hunter2x', 'bob', '11010519491231002X']) expect(told).not.toContain(value);
});
