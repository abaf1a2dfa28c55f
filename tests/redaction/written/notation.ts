import { ibanCheck, luhnCheck, residentIdCheck, usccCheck } from '../checksums.ts';
import { compose, type Piece } from '../compose.ts';
import { ALNUM, BASE64, BASE64URL, DIGITS, HEX, LOWER, type Random, randomOf, UPPER } from '../random.ts';
import { type LabelledText, TYPES, type ValueType } from '../types.ts';

/**
 * How the written texts are kept, so that no file of this project holds a key: texts stand between lines of `%%`;
 * `⟦type|value⟧` is private and `⟦~|value⟧` judged neither way; `⟨a24⟩` is 24 characters of an alphabet, `⟨U+200B⟩` a
 * character; `?` in a number with a check digit is that digit (`¿` a small `x`).
 */
const ALPHABETS: Readonly<Record<string, string>> = {
  ...{ a: ALNUM, l: `${LOWER}${DIGITS}`, u: `${UPPER}${DIGITS}`, k: `${UPPER}234567`, d: DIGITS, h: HEX },
  ...{ b: BASE64URL, s: BASE64, w: LOWER, c: `${UPPER}${LOWER}` },
};

const expand = (text: string, random: Random): string =>
  text.replace(/⟨(?:U\+([0-9A-F]{4,6})|([a-z])(\d+))⟩/g, (_all, code?: string, kind = '', size = '') => {
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    const alphabet = ALPHABETS[kind];
    if (alphabet === undefined) throw new TypeError(`⟨${kind}${size}⟩: expected one of ${Object.keys(ALPHABETS)}`);
    return random.chars(Number(size), alphabet);
  });

/** Digits and letters of a value as they count for its check digit. */
const plain = (value: string): string =>
  value
    .normalize('NFKC')
    .replace(/[^0-9A-Za-z?¿]/g, '')
    .toUpperCase();

const CHECKS: Readonly<Partial<Record<ValueType, (body: string) => string>>> = {
  'cn.resident-id': residentIdCheck,
  'cn.uscc': usccCheck,
  'cn.bank-card': luhnCheck,
  'global.card': luhnCheck,
};

const withCheck = (type: ValueType, value: string): string => {
  const compact = plain(value);
  if (type === 'eu.iban' && value.includes('??')) {
    return value.replace('??', ibanCheck(compact.slice(0, 2), compact.slice(4)));
  }
  const check = CHECKS[type];
  if (check === undefined || !/[?¿]/.test(value)) return value;
  const digit = check(compact.slice(0, -1));
  return value.replace('?', digit).replace('¿', digit.toLowerCase());
};

const isType = (name: string): name is ValueType => name in TYPES;

const pieceOf = (part: string, id: string, random: Random): Piece => {
  const [, name, raw] = /^⟦([^|⟧]*)\|([\s\S]*)⟧$/.exec(part) ?? [];
  if (name === undefined || raw === undefined) return expand(part, random);
  const value = expand(raw, random);
  if (name === '~') return { neutral: value };
  if (!isType(name)) throw new TypeError(`${id}: expected a type of tests/redaction/types.ts, got "${name}"`);
  return { type: name, value: withCheck(name, value) };
};

/** The texts of a file; the same whenever it is read. */
export const parseWritten = (name: string, file: string): readonly LabelledText[] =>
  file
    .split(/^%%.*\n/m)
    .map((text) => text.replace(/\n$/, ''))
    .filter((text) => text !== '')
    .map((text, index) => {
      const id = `${name}-${index + 1}`;
      const random = randomOf(`written ${id}`);
      return compose(
        id,
        id,
        text.split(/(⟦[^⟧]*⟧)/).map((part) => pieceOf(part, id, random)),
      );
    });
