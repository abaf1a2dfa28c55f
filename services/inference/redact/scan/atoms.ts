import { REFUSED_YET, type Step } from './step.ts';

/** Longest of the redactor's own outputs: `[`, a label, a hash or a number, `]`. */
const MAX_ATOM = 64;
const STARS = 4;
const SHOWN = 4;

const isLabelUnit = (code: number): boolean =>
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x30 && code <= 0x39) ||
  code === 0x5f ||
  code === 0x3a;
const isWordUnit = (code: number): boolean =>
  (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);

const OWN = /^([A-Z][A-Z0-9_]*?)(?:_\d{1,9}|:[0-9a-f]{8,32})?$/;
const PLAIN = /^[A-Z][A-Z0-9_]*$/;

/** `[CN_ID]`, `[EMAIL_1]`, `[EMAIL:9f2c41ab]`: what was replaced before is not looked into again. */
const bracketAtom = (text: string, at: number, final: boolean, labels: ReadonlySet<string>): Step => {
  let index = at + 1;
  const limit = Math.min(text.length, at + MAX_ATOM);
  while (index < limit && isLabelUnit(text.charCodeAt(index))) index += 1;
  if (index === text.length && !final && index < at + MAX_ATOM) return 'more';
  if (text.charAt(index) !== ']') return REFUSED_YET;
  const inside = text.slice(at + 1, index);
  const isOwn = (PLAIN.test(inside) && labels.has(inside)) || labels.has(OWN.exec(inside)?.[1] ?? '');
  return isOwn ? { end: index + 1 } : REFUSED_YET;
};

/** `****1234`, the output of `partial`. */
const starAtom = (text: string, at: number, final: boolean): Step => {
  let index = at;
  while (index < text.length && index < at + STARS && text.charAt(index) === '*') index += 1;
  if (index < at + STARS) return index === text.length && !final ? 'more' : REFUSED_YET;
  while (index < text.length && index < at + STARS + SHOWN && isWordUnit(text.charCodeAt(index))) index += 1;
  return index === text.length && index < at + STARS + SHOWN && !final ? 'more' : { end: index };
};

/** One of the redactor's own outputs that begins here, which counts as a single opaque unit. */
export const atomAt = (text: string, at: number, final: boolean, labels: ReadonlySet<string>): Step => {
  const first = text.charAt(at);
  if (first === '[') return bracketAtom(text, at, final, labels);
  return first === '*' ? starAtom(text, at, final) : REFUSED_YET;
};

const ESCAPED_UNIT = /^\\u[0-9A-Fa-f]{4}$/;
const COULD_BE_UNIT = /^\\(?:u[0-9A-Fa-f]{0,4})?$/;

/** `\n`, `\t`, `\u673a` as they stand in quoted text: what they stand for is no letter of the word that follows. */
export const escapeAt = (text: string, at: number, final: boolean): Step => {
  const unit = text.slice(at, at + 6);
  if (ESCAPED_UNIT.test(unit)) return { end: at + 6 };
  if (/^\\[nrt]/.test(unit)) return { end: at + 2 };
  return !final && unit.length < 6 && COULD_BE_UNIT.test(unit) ? 'more' : REFUSED_YET;
};
