import { describe, expect, test } from 'vitest';
import { createRedactor } from '../create-redactor.ts';
import { rulesOf } from '../packs/packs.ts';
import { MAX_RUN } from './run-end.ts';
import { compileScanRules } from './scan-rules.ts';
import { Scanner } from './scanner.ts';

const rules = rulesOf();
const compiled = compileScanRules(rules);

const HOSTILE = [
  ...[
    '1',
    '@',
    'a',
    'A1',
    'eyJ',
    'eyJhbGciOiJIUzI1NiJ9.',
    '-----BEGIN',
    '-----BEGIN PRIVATE KEY-----\n',
    '\u200b',
    '1\u200b',
    '1 ',
  ],
  ...[
    '1-',
    '4111 ',
    '138 1234 5678 ',
    '1.2.3.4 ',
    '1.',
    'a:',
    'password=',
    '"password":"',
    '密码',
    '密码：a',
    'a@',
    'a@b.co ',
  ],
  ...[
    'DE89 3704 ',
    'GB82 WEST ',
    '姓名',
    '地址：',
    '京A',
    'http://a:b@',
    'sk-a1',
    '[',
    '[CN_ID',
    '*',
    '𝟏',
    '\ud835',
    'a@中',
    'a@中.',
    '中@',
    '1\n',
    '+1',
    '(1',
    '-',
  ],
] as const;

const countSteps = (text: string): number => {
  let outputs = 0;
  const count = (): void => {
    outputs += 1;
  };
  const scanner = new Scanner(compiled, { keep: count, replace: count, follow: count, close: count, refused: count });
  scanner.push(text);
  scanner.end();
  return scanner.steps + outputs;
};

describe('work', () => {
  test.each(HOSTILE)('grows no faster than the text of %j', (unit) => {
    const short = unit.repeat(Math.ceil(20_000 / unit.length));
    const ratio = countSteps(short.repeat(4)) / countSteps(short);
    expect(ratio).toBeLessThan(4.4);
  });

  test.each(HOSTILE)('is the same however small the pieces of %j are', (unit) => {
    const text = unit.repeat(Math.ceil(12_000 / unit.length));
    const redactor = createRedactor({ rules });
    const stream = redactor.stream();
    let result = '';
    let held = 0;
    for (let from = 0; from < text.length; from += 7) {
      result += stream.push(text.slice(from, from + 7)).text;
      held = Math.max(held, stream.held);
    }
    expect(result + stream.end().text).toBe(redactor.redact(text).text);
    // Invisible characters and halves of pairs come on top of what is counted.
    expect(held).toBeLessThanOrEqual(MAX_RUN * 17);
  });

  test('holds no more of prose than a word', () => {
    const stream = createRedactor({ rules }).stream();
    const prose = 'The quick brown fox jumps over the lazy dog, and goes home. 请帮我总结以下会议纪要，分为三个部分。';
    const helds = [...prose].map((unit) => {
      stream.push(unit);
      return stream.held;
    });
    expect(Math.max(...helds)).toBeLessThanOrEqual(6);
  });

  test.each([
    ['a name that a value is given to', 'status='],
    ['what follows a label and begins like no value of it', 'name: J'],
    ['a place after which no address goes on', '地址：见附件，'],
  ])('lets go of %s', (_, text) => {
    const stream = createRedactor({ rules }).stream();
    for (const unit of text) stream.push(unit);
    expect(stream.held).toBeLessThanOrEqual(1);
  });

  test('looks at a word before a wide colon alike, whether more of the text has come or not', () => {
    const redactor = createRedactor({ rules });
    const stream = redactor.stream();
    const text = 'inet6 f：80::3250:1e1a:4fd9:1df6  prefixlen';
    const pieces = [...text].map((unit) => stream.push(unit).text);
    expect(pieces.join('') + stream.end().text).toBe(redactor.redact(text).text);
  });
});
