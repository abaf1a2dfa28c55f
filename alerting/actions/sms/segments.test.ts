import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlain, septetsOf, toPlain } from './alphabet.ts';
import { splitSegments } from './segments.ts';

const counts = (text: string) => {
  const { encoding, parts } = splitSegments(text);
  return { encoding, parts: parts.length };
};

describe('the parts of a message', () => {
  // Limits of 3GPP TS 23.038 and 23.040: 160 and 153 septets, 70 and 67 UTF-16 units.
  it.each([
    ['nothing', '', 'gsm7', 1],
    ['160 plain characters', 'a'.repeat(160), 'gsm7', 1],
    ['161', 'a'.repeat(161), 'gsm7', 2],
    ['two full parts', 'a'.repeat(306), 'gsm7', 2],
    ['one more', 'a'.repeat(307), 'gsm7', 3],
    ['80 characters that are escaped', '€'.repeat(80), 'gsm7', 1],
    ['one more', '€'.repeat(81), 'gsm7', 2],
    ['an escape that would straddle the parts', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm7', 3],
    ['70 Chinese characters', '告'.repeat(70), 'ucs2', 1],
    ['71', '告'.repeat(71), 'ucs2', 2],
    ['one more than two parts', '告'.repeat(135), 'ucs2', 3],
    ['one Chinese character among 160', `${'a'.repeat(159)}告`, 'ucs2', 3],
    ['an emoji', '🔥', 'ucs2', 1],
    ['35 emoji', '🔥'.repeat(35), 'ucs2', 1],
    ['67 emoji, 33 in a part', '🔥'.repeat(67), 'ucs2', 3],
  ])('%s', (_, text, encoding, parts) => expect(counts(text)).toEqual({ encoding, parts }));

  it('knows the 127 characters of the alphabet and the 9 escaped ones', () => {
    const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
    expect(all.filter((character) => septetsOf(character) === 1)).toHaveLength(127);
    expect(all.filter((character) => septetsOf(character) === 2).join('')).toBe('\f[\\]^{|}~€');
  });
});

const texts = fc.array(
  fc.oneof(
    fc.constantFrom(...'aZ09 @£Δ', ...'^{}\\[~]|€', '🔥', '👨‍👩‍👧', '告', '\ud83d', '°', '…', '\n'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
  { maxLength: 400 },
);

describe('any text', () => {
  it('comes out of its parts as it went in, no part too long, nothing torn', () => {
    fc.assert(
      fc.property(texts, (pieces) => {
        const text = pieces.join('');
        const { encoding, parts } = splitSegments(text);
        expect(parts.join('')).toBe(text);
        const room = encoding === 'gsm7' ? [160, 153] : [70, 67];
        const sizeOf = (part: string) =>
          encoding === 'ucs2'
            ? part.length
            : Array.from(part).reduce((sum, character) => sum + (septetsOf(character) ?? Number.NaN), 0);
        for (const part of parts) expect(sizeOf(part)).toBeLessThanOrEqual(room[parts.length === 1 ? 0 : 1] ?? 0);
        // A pair that the text has is whole in one of the parts.
        expect(parts.flatMap((part) => Array.from(part))).toEqual(Array.from(text));
      }),
    );
  });

  it('is made plain as a whole or left as it was', () => {
    fc.assert(
      fc.property(texts, (pieces) => {
        const text = pieces.join('');
        const plain = toPlain(text);
        expect(isPlain(plain) || plain === text).toBe(true);
      }),
    );
    expect(toPlain('75 °C — “hot”…')).toBe('75  C - "hot"...');
    expect(toPlain('75 °C 告')).toBe('75 °C 告');
  });
});
