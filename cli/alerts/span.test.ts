import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseSpan } from './span.ts';

it.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['1d12h', 129_600_000],
  ['31d', 2_678_400_000],
])('reads %s', (text, ms) => expect(parseSpan(text)).toBe(ms));

it.each(['', '0s', '2', 'h', '2 h', '-1h', '1.5h', '32d', '1w', '1h!'])('refuses %j and says what it wants', (text) =>
  expect(() => parseSpan(text)).toThrow('expected a span up to 31d such as 90s'),
);

it('never answers anything but a positive number within a month', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        const ms = parseSpan(text);
        return ms > 0 && ms <= 31 * 86_400_000;
      } catch {
        return true;
      }
    }),
  );
});
