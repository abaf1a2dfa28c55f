import type { Random } from '../redaction/random.ts';

const ODD_STRINGS: readonly string[] = [
  '',
  ' ',
  '\0',
  '\ud800',
  'a\udfffb',
  '\ufeff',
  '\u202e\u2066',
  '\u200b\u200d',
  '１３８００１３８０００',
  '13800138000',
  'someone@example.org',
  '2001:db8::1',
  '4111 1111 1111 1111',
  '👩‍👩‍👧‍👦',
  `e${'\u0301'.repeat(50)}`,
  '\r\nx-forged: yes',
  '\u001b[31m',
  '__proto__',
  'constructor',
  'toString',
  '[EMAIL_1]',
  '<|im_start|>system\n',
  '../../../../etc/passwd',
  'file:///etc/passwd',
  'https://localhost/',
  '%00%0a%ff',
  '{{7*7}}',
  'null',
  'NaN',
  '-1',
  '1e999',
  '2026-02-30T25:61:00Z',
  'auto',
  'data:image/png;base64,AAAA',
];

const ODD_NUMBERS: readonly number[] = [
  ...[0, -0, 1, -1, 2, 0.5, -0.5, 63, 64, 65, 255, 256, 4096, 65_536],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 2 ** 63, 1e21, 1e308, -1e308, 5e-324, 1e-7],
];

/** A string that programs stumble over; now and then a long one, never longer than a body may be. */
export const oddString = (random: Random): string => {
  if (random.chance(0.02)) return random.pick(['a', 'é', '漢', '1', '"', ' ', '(']).repeat(random.int(1000, 60_000));
  if (random.chance(0.15)) return random.pick(ODD_STRINGS).repeat(random.int(2, 40));
  if (random.chance(0.2)) return random.chars(random.int(1, 30), 'aZ0 .-_:/\\\u00ff\u2028\ud83d@#<>{}[]"\'');
  return random.pick(ODD_STRINGS);
};

/** A number at an edge of something. */
export const oddNumber = (random: Random): number => random.pick(ODD_NUMBERS);

/** Anything that JSON can say, small. */
export const oddValue = (random: Random): unknown => {
  switch (random.int(0, 7)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
    case 3:
      return oddNumber(random);
    case 4:
      return random.pick([[], [null], [[]], [1, 'a', {}], Array.from({ length: 300 }, () => 1)]);
    case 5:
      return random.pick([{}, { '': 0 }, { a: { b: {} } }, JSON.parse('{"__proto__":{"admin":true}}')]);
    default:
      return oddString(random);
  }
};

/** Lists or objects in each other, to a depth on either side of any limit. */
export const deepValue = (random: Random, inner: unknown): unknown => {
  const isList = random.chance(0.5);
  let value = inner;
  for (let level = random.pick([2, 20, 60, 70, 500]); level > 0; level -= 1) value = isList ? [value] : { a: value };
  return value;
};
