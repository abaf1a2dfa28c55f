import { literal } from './gbnf-rules.ts';
import { refuse } from './schema-keywords.ts';

/** What may stand in a JSON string without an escape. */
const ANY = String.raw`[^"\\\x00-\x1F\x7F]`;
const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: 'a-zA-Z0-9_',
  s: ' ',
};
/** Beyond it a pattern is no pattern of a field. */
const LONGEST = 500;

/**
 * A regular expression as the body of a rule for the inside of a JSON string; `undefined` where it is passed over. What
 * has no counterpart in GBNF is refused: look-around, back references, lazy repetition, Unicode classes.
 */
export const patternBody = (pattern: unknown, path: string, isLoose: boolean): string | undefined => {
  const fail = (what: string) => refuse(path, `a regular expression without ${what}`, pattern);
  try {
    if (typeof pattern !== 'string' || pattern.length > LONGEST) throw fail(`more than ${LONGEST} characters`);
    return convert(pattern, fail);
  } catch (error) {
    if (isLoose) return undefined;
    throw error;
  }
};

type Fail = (what: string) => Error;

/** A pattern that is not anchored may stand anywhere in the text. */
const convert = (pattern: string, fail: Fail): string => {
  const isFromStart = pattern.startsWith('^');
  const isToEnd = /(?<!\\)(?:\\\\)*\$$/u.test(pattern);
  const inner = pattern.slice(isFromStart ? 1 : 0, isToEnd ? -1 : undefined);
  const scan = { text: [...inner], at: 0 };
  const body = alternatives(scan, fail, 0);
  if (scan.at < scan.text.length) throw fail('a ) too many');
  // An anchor belongs to one alternative only.
  if ((isFromStart || isToEnd) && hasTopLevelChoice(inner))
    throw fail('anchors beside alternatives; put them in a group');
  return [...(isFromStart ? [] : [`${ANY}*`]), `(${body})`, ...(isToEnd ? [] : [`${ANY}*`])].join(' ');
};

interface Scan {
  readonly text: readonly string[];
  at: number;
}

const DEEPEST = 20;

const alternatives = (scan: Scan, fail: Fail, depth: number): string => {
  if (depth > DEEPEST) throw fail(`groups deeper than ${DEEPEST}`);
  const rows = [sequence(scan, fail, depth)];
  while (scan.text[scan.at] === '|') {
    scan.at += 1;
    rows.push(sequence(scan, fail, depth));
  }
  return rows.join(' | ');
};

const sequence = (scan: Scan, fail: Fail, depth: number): string => {
  const items: string[] = [];
  for (;;) {
    const character = scan.text[scan.at];
    if (character === undefined || character === '|' || character === ')') break;
    items.push(atom(scan, fail, depth) + repetition(scan, fail));
  }
  return items.length === 0 ? '""' : items.join(' ');
};

const atom = (scan: Scan, fail: Fail, depth: number): string => {
  const character = scan.text[scan.at] ?? '';
  scan.at += 1;
  if (character === '.') return ANY;
  if (character === '(') return group(scan, fail, depth);
  if (character === '[') return set(scan, fail);
  if (character === '\\') return escaped(scan, fail);
  if ('*+?{^$'.includes(character)) throw fail(`"${character}" in this place`);
  return inString(character);
};

const group = (scan: Scan, fail: Fail, depth: number): string => {
  if (scan.text[scan.at] === '?') {
    if (scan.text[scan.at + 1] !== ':') throw fail('look-around and named groups');
    scan.at += 2;
  }
  const body = alternatives(scan, fail, depth + 1);
  if (scan.text[scan.at] !== ')') throw fail('a ( too many');
  scan.at += 1;
  return `(${body})`;
};

const escaped = (scan: Scan, fail: Fail): string => {
  const character = scan.text[scan.at] ?? '';
  scan.at += 1;
  const known = CLASSES[character];
  if (known !== undefined) return `[${known}]`;
  if (/[a-zA-Z0-9]/u.test(character) || character === '') throw fail(`the escape \\${character}`);
  return inString(character);
};

const set = (scan: Scan, fail: Fail): string => {
  const isNegated = scan.text[scan.at] === '^';
  if (isNegated) scan.at += 1;
  let body = '';
  for (let character = scan.text[scan.at]; character !== ']'; character = scan.text[scan.at]) {
    if (character === undefined) throw fail('a [ that is not closed');
    scan.at += 1;
    if (character !== '\\') body += inSet(character, fail);
    else {
      const next = scan.text[scan.at] ?? '';
      scan.at += 1;
      const known = CLASSES[next];
      if (known === undefined && /[a-zA-Z0-9]/u.test(next)) throw fail(`the escape \\${next}`);
      body += known ?? (next === '-' ? '\\x2D' : inSet(next, fail));
    }
  }
  scan.at += 1;
  if (body === '') throw fail('an empty set');
  return isNegated ? `[^${body}"\\\\\\x00-\\x1F\\x7F]` : `[${body}]`;
};

const inSet = (character: string, fail: Fail): string => {
  // In a JSON string these are two characters, which a set cannot say.
  if (character === '"' || character === '\\') throw fail('quotes or backslashes in a set');
  return '[]^'.includes(character) ? `\\x${character.charCodeAt(0).toString(16).toUpperCase()}` : character;
};

/** A character as it stands inside a JSON string. */
const inString = (character: string): string => literal(JSON.stringify(character).slice(1, -1));

const repetition = (scan: Scan, fail: Fail): string => {
  const rest = scan.text.slice(scan.at, scan.at + 12).join('');
  const found = /^(?:[*+?]|\{\d{1,4}(?:,\d{0,4})?\})/u.exec(rest)?.[0] ?? '';
  scan.at += found.length;
  if (found !== '' && /[*+?]/u.test(scan.text[scan.at] ?? '')) throw fail('lazy or possessive repetition');
  return found;
};

const hasTopLevelChoice = (pattern: string): boolean => {
  let depth = 0;
  let isInSet = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === '\\') at += 1;
    else if (isInSet) isInSet = character !== ']';
    else if (character === '[') isInSet = true;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === '|' && depth === 0) return true;
  }
  return false;
};
