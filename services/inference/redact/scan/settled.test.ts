import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../create-redactor.ts';
import { rulesOf } from '../packs/packs.ts';
import type { Finding } from '../redactor.ts';
import { DIGITS_STEP } from './run-end.ts';

const rules = rulesOf();
const redactor = createRedactor({ rules });

interface Streamed {
  readonly text: string;
  readonly findings: readonly Finding[];
  /** The most units that waited. */
  readonly held: number;
}

const streamed = (text: string, size = 1): Streamed => {
  const stream = redactor.stream();
  const parts = [];
  let held = 0;
  for (let from = 0; from < text.length; from += size) {
    parts.push(stream.push(text.slice(from, from + size)));
    held = Math.max(held, stream.held);
  }
  parts.push(stream.end());
  return { text: parts.map((part) => part.text).join(''), findings: parts.flatMap((part) => part.findings), held };
};

const counted = (count: number, written: (index: number) => string, between = ' '): string =>
  Array.from({ length: count }, (_, index) => written(index)).join(between);
const years = (count: number, between = ' '): string => counted(count, (index) => String(1960 + index), between);

/** Each is found amid years with spaces around it. */
const FOUND = [
  ...['378282246310005', '6222021234567890128', '11010519491231002X', '13812345678', '010-12345678', '415-555-2671'],
  ...['536-22-8726', '912-73-1234', '91110108551385082Q', '203.0.113.7', '3C-22-FB-9A-10-4E', 'bob@example.com'],
  ...['12345678@example.com', '+86 138-1234-5678', '+44 20 7946 0958', '110105 19491231 002x'],
];
/** What these are depends on what stands beside them. */
const NUMBERS = [
  ...FOUND,
  ...[
    '(0755) 8765 4321',
    '4111 1111 1111 1111',
    '5500-0000-0000-0004',
    '(415) 555-2671',
    '415 555 2671',
    '138 1234 5678',
    '400 123 4567',
  ],
];
const PARTS = [
  ...[...'0123456789', '12', '86', '415', '0755', '1999', '2012', '2024', '4111', '6222', '110105', '19491231'],
  ...[
    '1111111111111111111111111',
    '9'.repeat(70),
    `13812345678${'5'.repeat(64)}`,
    '5'.repeat(67),
    '1.5',
    '2012-01-02',
    '00',
    '010',
    '+',
    '(',
    ')',
    'X',
    ...NUMBERS,
  ],
];
const GAPS = [' ', ' ', ' ', '\n', '-', '.', '/', ' (', ') ', '  ', '\r\n', '\t', ', ', '·', '·', '（', '\u200b'];
/** What other rules find that begins or ends with digits, or has them beside it. */
const EXAMPLES = rules
  .flatMap(({ examples }) => [...examples.found, ...examples.left])
  .filter((text) => text.length < 100 && /^[\d(]|\d$/.test(text));
const LABELS = ['MRN=', 'api_key ', 'user,password\n', '验证码', 'DL ', 'mail ', 'NHS number '];
const BEFORE = [
  ...LABELS,
  '',
  '',
  'tel: ',
  '电话 ',
  'card ',
  '卡号 ',
  'SSN ',
  '税号 ',
  'passport ',
  'code is ',
  '+',
  '(',
  'x',
];
const AFTER = [
  '',
  '',
  'X',
  '@example.com',
  ':3',
  '%40example.com',
  '-us12',
  ' a',
  '元',
  '=',
  '转801',
  '/a',
  '京A12345',
];

const somePart = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PARTS) },
  { weight: 1, arbitrary: fc.constantFrom(...EXAMPLES) },
  { weight: 1, arbitrary: fc.stringMatching(/^\d{1,20}$/) },
);
const someNumbers = fc
  .tuple(
    fc.constantFrom(...BEFORE),
    fc.array(fc.tuple(somePart, fc.constantFrom(...GAPS)), { minLength: 1, maxLength: 30 }),
    fc.option(fc.constantFrom(...GAPS)),
    fc.constantFrom(...AFTER),
  )
  .map(([before, parts, gap, after]) => before + parts.map(([part, own]) => part + (gap ?? own)).join('') + after);

describe('a stream of digits', () => {
  test('gives the result of one piece whatever numbers come after each other', () => {
    fc.assert(
      fc.property(someNumbers, fc.integer({ min: 1, max: 5 }), (text, size) => {
        const { text: sent, findings } = streamed(text, size);
        expect({ text: sent, findings }).toEqual(redactor.redact(text));
      }),
      { numRuns: 1500 },
    );
  });

  test.each(FOUND)('finds %s wherever it stands in a long row', (number) => {
    for (let before = 0; before <= 24; before += 1) {
      const text = [years(before), number, years(24 - before)].filter((part) => part !== '').join(' ');
      const whole = redactor.redact(text);
      const at = text.indexOf(number);
      expect(whole.findings.map(({ start }) => start)).toContain(at);
      const { text: sent, findings } = streamed(text);
      expect({ text: sent, findings }).toEqual(whole);
    }
  });

  test.each(NUMBERS)('gives the result of one piece where %s stands around the end of a window', (number) => {
    for (let shift = 0; shift < 24; shift += 1) {
      const text = `${'7'.repeat(shift)} ${years(Math.floor((DIGITS_STEP + 8 * (shift - 8)) / 5) + (shift % 7))} ${number} ${years(90)}`;
      const { text: sent, findings } = streamed(text, 3);
      expect({ text: sent, findings }).toEqual(redactor.redact(text));
    }
  });

  test.each([
    ['years', years(150), 40],
    ['years in lines', years(150, '\n'), 40],
    ['years parted by commas', years(200, ', '), 8],
    ['one digit repeated', '1'.repeat(500), 88],
    ['digits one by one', counted(200, () => '1'), 48],
    ['dates', counted(80, (index) => `2012-01-${10 + (index % 20)}`), 48],
    [
      'numbers that begin and end in groups that others may begin with',
      counted(99, (index) => `${1900 + index} 86`),
      48,
    ],
    ['decimals', counted(80, (index) => (index * 1.5).toFixed(2)), 48],
  ])('is sent while it goes on: %s', (_, text, most) => {
    const { text: sent, held } = streamed(text);
    expect(sent).toBe(text);
    expect(held).toBeLessThanOrEqual(most);
  });

  test.each(['138123456', '6 505590', '4111 1111 1111 111'])(
    'finds what an address leaves of a number that begins with %s',
    (beginning) => {
      for (let more = 0; more < 100; more += 1) {
        const text = `电话 ${beginning}${'12345678'.repeat(13).slice(0, more)}@example.com`;
        const { text: sent, findings } = streamed(text);
        expect({ text: sent, findings }).toEqual(redactor.redact(text));
      }
    },
  );

  test('waits with what may be a number until that is certain', () => {
    const stream = redactor.stream();
    const sent = [...`${years(10)} 4111 1111 1111 1`].map((unit) => stream.push(unit).text).join('');
    expect(sent).toBe(`${years(9)} `);
  });
});

describe('what was once sent too early', () => {
  const number = '2052674066742719'.repeat(7);
  test.each([
    ['a value shorter than its rule asks of a run', `MRN=093 ${number} 12 34`],
    ['a password that begins like an endless number', `api_key ${number}%2Bx`],
    ['a password of digits and a sign at its end', `user,password\n12345/ ${years(20)}`],
  ])('%s', (_, text) => {
    for (const only of [redactor, createRedactor({ rules: rules.filter(({ kind }) => kind !== 'digits') })]) {
      const stream = only.stream();
      const sent = [...text].map((unit) => stream.push(unit).text).join('') + stream.end().text;
      expect(sent).toBe(only.redact(text).text);
    }
  });
});

describe('a rule for tokens', () => {
  const spaced = fc
    .array(fc.tuple(fc.constantFrom(...'0123456789'), fc.constantFrom('', '', '', ' ', '-', '.', '/')), {
      minLength: 19,
      maxLength: 40,
    })
    .map((units) => units.map(([digit, gap]) => digit + gap).join(''));

  test.each(rules.filter((rule) => rule.kind === 'token').map((rule) => [rule.id, rule] as const))(
    '%s needs no more than 18 digits past a space',
    (_, rule) => {
      fc.assert(
        fc.property(spaced, (text) => {
          for (const [found] of ` ${text} `.matchAll(rule.pattern)) {
            const least = [...found.matchAll(/\d/g)].slice(0, 18).at(-1)?.index ?? 0;
            const rest = found.slice(0, least + 1);
            if (/\s/.test(rest))
              expect(` ${rest} `).toMatch(new RegExp(rule.pattern.source, rule.pattern.flags.replace('g', '')));
          }
        }),
      );
    },
  );
});
