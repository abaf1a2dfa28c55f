import { describe, expect, test } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { createRedactor, type RuleAction } from './create-redactor.ts';
import { rulesOf } from './packs/packs.ts';
import { createPseudonyms } from './pseudonyms.ts';
import { createRestorer } from './restorer.ts';

const rules = rulesOf();
const under = (action: RuleAction, hashKey = 'k') => createRedactor({ rules, actionOf: () => action, hashKey });
const MAIL = 'from bob@example.com to bob@example.com and amy@example.com';

describe('an action', () => {
  test('mask puts the label in brackets', () => {
    expect(under('mask').redact('13812345678').text).toBe('[PHONE]');
  });

  test('partial shows the last four, or what the rule shows', () => {
    expect(under('partial').redact('身份证 11010519491231002X').text).toBe('身份证 ****002X');
    expect(under('partial').redact('bob@example.com').text).toBe('****@example.com');
    expect(under('partial').redact('password=hunter2!').text).toBe('password=****');
  });

  test('pseudonym gives the same value the same token', () => {
    const pseudonyms = createPseudonyms();
    expect(under('pseudonym').redact(MAIL, pseudonyms).text).toBe('from [EMAIL_1] to [EMAIL_1] and [EMAIL_2]');
    expect(pseudonyms.valueOf('[EMAIL_2]')).toBe('amy@example.com');
    expect(pseudonyms.size).toBe(2);
  });

  test('pseudonym without a place for them is mask', () => {
    expect(under('pseudonym').redact('bob@example.com').text).toBe('[EMAIL]');
  });

  test('hash depends on the key and not on how a number is grouped', () => {
    const one = under('hash').redact('138 1234 5678').text;
    expect(one).toMatch(/^\[PHONE:[0-9a-f]{12}\]$/);
    expect(under('hash').redact('138-1234-5678').text).toBe(one);
    expect(under('hash', 'other').redact('138 1234 5678').text).not.toBe(one);
  });

  test('observe leaves the text and reports the match', () => {
    const seen = under('observe').redact('tel 13812345678');
    expect(seen.text).toBe('tel 13812345678');
    expect(seen.findings).toEqual([{ rule: 'cn.mobile', action: 'observe', start: 4, length: 11 }]);
  });

  test('off does not look', () => {
    expect(under('off').redact('13812345678')).toEqual({ text: '13812345678', findings: [] });
  });

  test('block names the rule and not the value', () => {
    const block = () => under('block').redact('my number is 13812345678');
    expect(block).toThrow(ServiceError);
    expect(block).toThrow(/cn\.mobile/);
    expect(block).not.toThrow(/13812345678/);
  });

  test.each(['mask', 'partial', 'hash', 'pseudonym'] as const)('%s leaves its own outputs alone', (action) => {
    const pseudonyms = createPseudonyms();
    const once = under(action).redact(`${MAIL}, 13812345678, 4111 1111 1111 1111`, pseudonyms).text;
    expect(under(action).redact(once, pseudonyms).text).toBe(once);
  });

  test('by rule wins over by pack', () => {
    const redactor = createRedactor({
      rules,
      actionOf: ({ id, pack }) => (id === 'cn.mobile' ? 'partial' : pack === 'cn' ? 'off' : 'mask'),
    });
    expect(redactor.redact('13812345678 11010519491231002X bob@example.com').text).toBe(
      '****5678 11010519491231002X [EMAIL]',
    );
  });
});

describe('a private key', () => {
  const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n'.repeat(60)}-----END RSA PRIVATE KEY-----`;

  test('is swallowed whole and held no longer than a line', () => {
    const stream = under('mask').stream();
    let text = '';
    let held = 0;
    for (const unit of `key:\n${KEY}\nthanks`) {
      text += stream.push(unit).text;
      held = Math.max(held, stream.held);
    }
    expect(text + stream.end().text).toBe('key:\n[PRIVATE_KEY]\nthanks');
    expect(held).toBeLessThan(300);
  });

  test('is swallowed when its end never comes', () => {
    expect(under('mask').redact(`x ${KEY.slice(0, 1500)}`).text).toBe('x [PRIVATE_KEY]');
  });

  test('that is observed stays as it came', () => {
    expect(under('observe').redact(`a\n${KEY}\nb`).text).toBe(`a\n${KEY}\nb`);
  });
});

describe('restoring', () => {
  test('puts values back for tokens cut anywhere', () => {
    const pseudonyms = createPseudonyms();
    const token = pseudonyms.tokenFor('EMAIL', 'bob@example.com');
    const text = `Dear ${token}, [EMAIL_9] [x](y) [${token}]`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      const restorer = createRestorer(pseudonyms);
      const restored = restorer.push(text.slice(0, cut)) + restorer.push(text.slice(cut)) + restorer.end();
      expect(restored).toBe('Dear bob@example.com, [EMAIL_9] [x](y) [bob@example.com]');
    }
  });

  test('holds no more than a token', () => {
    const restorer = createRestorer(createPseudonyms());
    expect(restorer.push(`[${'A'.repeat(500)}`)).toBe(`[${'A'.repeat(500)}`);
    expect(restorer.held).toBe(0);
  });
});
