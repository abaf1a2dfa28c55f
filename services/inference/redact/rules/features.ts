import { CHAR } from '../text/char-classes.ts';

/** What a run of characters may have in it; a token rule names what it needs. */
export const FEATURE = {
  digit: CHAR.digit,
  upper: CHAR.upper,
  lower: CHAR.lower,
  at: CHAR.at,
  colon: CHAR.colon,
  dot: CHAR.dot,
  slash: CHAR.slash,
  dash: CHAR.dash,
  /** Seven digits or more. */
  digits7: 1 << 16,
  /** Seven digits in a row. */
  row7: 1 << 17,
  /** Three dots. */
  dots3: 1 << 18,
  /** Two colons side by side, or six. */
  colons: 1 << 19,
  /** Five colons or dashes, or two dots: what parts a hardware address. */
  pairs: 1 << 20,
  percent: 1 << 21,
  /** Fifteen letters and digits that no more than spaces, dashes, dots and underscores part, and eighteen. */
  chain15: 1 << 22,
  chain18: 1 << 23,
} as const;

/** What may stand between two groups of digits; a set of bits. */
export const SEP = {
  space: 1,
  newline: 2,
  dash: 4,
  dot: 8,
  slash: 16,
  paren: 32,
  extension: 64,
  /** Anything else: no number spans it. */
  wall: 128,
} as const;

/** How a person writes a number in groups. */
export const USUAL_SEPARATORS = SEP.space | SEP.newline | SEP.dash | SEP.paren;
