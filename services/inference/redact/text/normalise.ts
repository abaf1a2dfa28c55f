/**
 * One character for each way of writing it: digits, letters and signs of other widths and alphabets become ASCII,
 * invisible characters go. Every unit is judged by itself, so cutting the text anywhere changes nothing.
 */

/** Stands where more invisible characters follow each other than anybody writes; nothing matches across it. */
const FLOOD = '\uffff';
/** What a match must not be stretched by without bound. */
const MAX_INVISIBLE = 16;

/** Invisible characters and combining marks, as ranges. */
const IGNORED: readonly (readonly [number, number])[] = [
  [0xad, 0xad],
  [0x300, 0x36f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x20e3, 0x20e3],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
];
const SPACES = /[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u0085]/;
const DASHES = /[\u2010-\u2015\u2043\u2212\ufe58\ufe63\u2e3a\u2e3b]/;
/** Full-width signs that the scanner knows as they are: nearly every Chinese sentence has one. */
const KEPT = /[！（），：；？]/;
const DIGIT = /\p{Nd}/u;

const NOTHING = 0;
const AS_IS = 0xffff;

/** What each unit becomes: itself, another unit, or nothing. */
const FOLDED = new Uint16Array(65_536).fill(AS_IS);

const foldDigits = (): void => {
  for (let code = 0x660; code < 0xff10; code += 1) {
    if (!DIGIT.test(String.fromCharCode(code))) continue;
    // The digits of every alphabet are ten in a row, from its zero.
    for (let value = 0; value < 10; value += 1) FOLDED[code + value] = 0x30 + value;
    code += 9;
  }
};

const foldAll = (): void => {
  foldDigits();
  for (let code = 0xff01; code <= 0xff5e; code += 1) {
    if (!KEPT.test(String.fromCharCode(code))) FOLDED[code] = code - 0xfee0;
  }
  for (let code = 0x80; code < 0xffff; code += 1) {
    const character = String.fromCharCode(code);
    if (SPACES.test(character)) FOLDED[code] = 0x20;
    else if (DASHES.test(character)) FOLDED[code] = 0x2d;
  }
  for (const [from, to] of IGNORED) FOLDED.fill(NOTHING, from, to + 1);
  for (const [from, to] of [
    '﹫@',
    '｡.',
    '﹒.',
    '∶:',
    '꞉:',
    '﹕:',
    '•·',
    '・·',
    '･·',
    '‧·',
    '∙·',
    '⋅·',
    '﹢+',
    '⁄/',
    '∕/',
  ]) {
    if (from !== undefined && to !== undefined) FOLDED[from.charCodeAt(0)] = to.charCodeAt(0);
  }
};
foldAll();

const MATH = 0xd835;
const MATH_DIGITS = 0xdfce;

const hasSpecial = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (FOLDED[code] !== AS_IS || code === MATH) return true;
  }
  return false;
};

/** Normalised text, and where each of its units begins and ends in what was pushed. */
export interface Normalised {
  readonly text: string;
  /** Nothing when every unit stands where it stood. */
  readonly starts: number[] | undefined;
  readonly ends: number[] | undefined;
}

export interface Normaliser {
  /** Units are numbered from `base`. A unit that needs its second half is kept for the next piece. */
  push(piece: string, base: number): Normalised;
  /** What was kept, as it is. */
  end(base: number): Normalised;
  /** Units kept for the next piece: 0 or 1. */
  readonly kept: number;
}

/** Normalises a text that comes in pieces. */
export const createNormaliser = (): Normaliser => {
  let half = '';
  let invisible = 0;

  /** As `fold`, of a text in which every unit becomes one: nothing when one does not. */
  const foldInPlace = (text: string): string | undefined => {
    const codes = new Uint16Array(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      const folded = FOLDED[code] ?? AS_IS;
      if (folded === NOTHING || code === MATH) return undefined;
      codes[index] = folded === AS_IS ? code : folded;
    }
    return fromCodes(codes);
  };

  const fold = (text: string, base: number): Normalised => {
    const starts = new Array<number>(text.length);
    const ends = new Array<number>(text.length);
    const codes = new Uint16Array(text.length);
    let size = 0;
    const put = (code: number, from: number, to: number): void => {
      codes[size] = code;
      starts[size] = base + from;
      ends[size] = base + to;
      size += 1;
    };
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      const folded = FOLDED[code] ?? AS_IS;
      if (folded === NOTHING) {
        invisible += 1;
        if (invisible % MAX_INVISIBLE === 0) put(FLOOD.charCodeAt(0), index, index + 1);
        continue;
      }
      invisible = 0;
      const low = code === MATH ? text.charCodeAt(index + 1) : 0;
      if (low >= MATH_DIGITS && low <= 0xdfff) {
        put(0x30 + ((low - MATH_DIGITS) % 10), index, index + 2);
        index += 1;
      } else put(folded === AS_IS ? code : folded, index, index + 1);
    }
    starts.length = size;
    ends.length = size;
    return { text: fromCodes(codes.subarray(0, size)), starts, ends };
  };

  return {
    push(piece, base) {
      const whole = half === '' ? piece : half + piece;
      const from = base - half.length;
      half = '';
      const last = whole.charCodeAt(whole.length - 1);
      if (last === MATH) {
        half = whole.slice(-1);
        return fold(whole.slice(0, -1), from);
      }
      // As many bytes as units: ASCII, where nothing is special. Counting bytes is native, far quicker than a long loop.
      const isAscii = whole.length >= LONG && Buffer.byteLength(whole) === whole.length;
      if (isAscii || !hasSpecial(whole)) {
        if (whole !== '') invisible = 0;
        return { text: whole, starts: undefined, ends: undefined };
      }
      const inPlace = foldInPlace(whole);
      if (inPlace === undefined) return fold(whole, from);
      invisible = 0;
      return { text: inPlace, starts: undefined, ends: undefined };
    },
    get kept() {
      return half.length;
    },
    end(base) {
      const rest = half;
      half = '';
      return rest === '' ? EMPTY : fold(rest, base - rest.length);
    },
  };
};

/** Shorter pieces, such as tokens, are looked through sooner than they are counted. */
const LONG = 32;
const EMPTY: Normalised = { text: '', starts: undefined, ends: undefined };
/** Node knows UTF-16 in the byte order of every machine it runs on; halves of pairs stay as they are. */
const fromCodes = (codes: Uint16Array): string =>
  Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength).toString('utf16le');

/** One piece by itself, for words of the configuration and what is compared with them. */
export const normaliseWhole = (text: string): string => {
  const normaliser = createNormaliser();
  return normaliser.push(text, 0).text + normaliser.end(text.length).text;
};
