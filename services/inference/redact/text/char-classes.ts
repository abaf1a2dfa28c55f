/** What a character may be to the scanner; a set of bits. */
export const CHAR = {
  /** Part of a run: ASCII letters, digits, most signs, and letters of other alphabets. */
  run: 1,
  digit: 2,
  upper: 4,
  lower: 8,
  at: 16,
  /** Ends the name in `name: value`, `name=value`, `<name>value`. */
  assign: 32,
  /** May stand between two groups of digits. */
  gap: 64,
  colon: 128,
  dot: 256,
  slash: 512,
  dash: 1024,
  /** Begins something only in company: `[`, `(`, `*`, `-`, or the last character of a Chinese label. */
  trigger: 2048,
  plus: 4096,
  /** A letter of an alphabet that is written without spaces. */
  ideograph: 8192,
  /** A letter outside ASCII of an alphabet written with spaces. */
  foreign: 16384,
} as const;

/** The class of every UTF-16 unit; 0 is what most text between words is. */
export const CHAR_CLASS = new Uint16Array(65_536);

const mark = (characters: string, bits: number): void => {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    CHAR_CLASS[code] = (CHAR_CLASS[code] ?? 0) | bits;
  }
};

const markRange = (from: number, to: number, bits: number): void => {
  for (let code = from; code <= to; code += 1) CHAR_CLASS[code] = (CHAR_CLASS[code] ?? 0) | bits;
};

markRange(0x30, 0x39, CHAR.run | CHAR.digit);
markRange(0x41, 0x5a, CHAR.run | CHAR.upper);
markRange(0x61, 0x7a, CHAR.run | CHAR.lower);
mark("_.%+-/=~@:#&?!$^'", CHAR.run);
mark('@', CHAR.at);
mark('.', CHAR.dot);
mark('/', CHAR.slash);
mark('-', CHAR.dash);
mark('+', CHAR.plus);
mark(':', CHAR.colon);
mark(':=：>', CHAR.assign);
mark(' \t\r\n()（）·.-/', CHAR.gap);
mark('转', CHAR.gap);
mark('[(（*-\\', CHAR.trigger);

// Latin with marks, Greek, Cyrillic, Armenian, Hebrew, Arabic letters: IDN addresses are written in them.
const LETTER = /\p{L}/u;
for (let code = 0xaa; code < 0x700; code += 1) {
  if (LETTER.test(String.fromCharCode(code))) markRange(code, code, CHAR.run | CHAR.foreign);
}
markRange(0x1e00, 0x1fff, CHAR.run | CHAR.foreign);
markRange(0x3040, 0x30ff, CHAR.ideograph);
markRange(0x3400, 0x9fff, CHAR.ideograph);
markRange(0xac00, 0xd7a3, CHAR.ideograph);
markRange(0xf900, 0xfaff, CHAR.ideograph);
