import { type Numbered, numbered } from '../rules/numbered.ts';
import type { LabelRule } from '../rules/rule.ts';
import type { ScanBuffer } from './buffer.ts';

/** A label rule in one shape for all, with its pattern compiled. */
export interface AskedLabel {
  readonly rule: LabelRule;
  /** Each of its labels stands by itself, so that a sign after one is the business of other rules. */
  readonly isBare: boolean;
  readonly stop: RegExp;
  readonly maxLength: number;
  readonly enough: RegExp | undefined;
  readonly pattern: RegExp;
  readonly value: Numbered['of'];
}

const askedOf = (rule: LabelRule): AskedLabel => {
  const { pattern, of: value } = numbered(rule.value, ['value', 'quoted']);
  const { stop, maxLength, enough } = rule;
  return { rule, isBare: rule.labels.length === 0, stop, maxLength, enough, pattern, value };
};

/** Label rules by the ends of their labels. */
export interface LabelRules {
  /** What a unit right before an assignment may be: `LAST` of a label, or `BETWEEN` it and the sign. */
  readonly before: Uint8Array;
  /** Threes that labels end in, by their slots: most names are told from every label by them. */
  readonly threes: Uint8Array;
  /** Those labels, by their last two units as one number. */
  readonly assigned: ReadonlyMap<number, readonly LabelWord[]>;
  /** Labels that stand by themselves, by their last character, for alphabets without spaces. */
  readonly bare: ReadonlyMap<string, readonly LabelWord[]>;
  /** Labels that stand by themselves and are words. */
  readonly words: ReadonlyMap<string, readonly AskedLabel[]>;
  readonly longestWord: number;
}

interface LabelWord {
  readonly word: string;
  readonly rule: AskedLabel;
}

const IDEOGRAPH = /[\u3400-\u9fff]$/;

const add = <Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

/** Arranges label rules; longer labels come first, so that the more telling one decides. */
export const arrangeLabels = (rules: readonly LabelRule[]): LabelRules => {
  const assigned = new Map<number, LabelWord[]>();
  const bare = new Map<string, LabelWord[]>();
  const words = new Map<string, AskedLabel[]>();
  for (const rule of rules.map(askedOf)) {
    const { labels, bareLabels } = rule.rule;
    for (const word of labels) add(assigned, lastTwoOf(word, word.length), { word, rule });
    for (const word of bareLabels) {
      if (IDEOGRAPH.test(word)) add(bare, word.slice(-1), { word, rule });
      else add(words, word, rule);
    }
  }
  for (const list of [...assigned.values(), ...bare.values()])
    list.sort((one, other) => other.word.length - one.word.length);
  return {
    before: unitsBefore(rules.flatMap(({ labels }) => labels)),
    threes: threesOf([...assigned.values()].flat()),
    assigned,
    bare,
    words,
    longestWord: Math.max(0, ...[...words.keys()].map((word) => word.length)),
  };
};

/** The last two units before a place, case aside, as one number. */
const lastTwoOf = (text: string, end: number): number =>
  lowerOf(text.charCodeAt(end - 2)) * 65_536 + lowerOf(text.charCodeAt(end - 1));

/** As `toLowerCase`, of one unit. */
const lowerOf = (code: number): number => {
  if (code < 0x80) return isUpper(code) ? code + 32 : code;
  return code >= 0x3000 && code <= 0x9fff ? code : String.fromCharCode(code).toLowerCase().charCodeAt(0);
};

const LAST = 1;
const BETWEEN = 2;
/** Signs that go with a `=` too: `?=`, `.=`, `::=`, `||=`, `+=`, `===`, `!==`; and the number of a name: `token2`. */
const isBetween = (code: number): boolean => /["'`\\\])\s*_?.:|+=!\d]/.test(String.fromCharCode(code));

/** `var token string = "…"`. */
const GO_TYPE = ' string';
const ENDS_GO_TYPE = [0x69, 0x6e, 0x67] as const;

/** Letters of both cases share a slot. */
const slotOfThree = (first: number, second: number, third: number): number =>
  ((first & 31) << 10) | ((second & 31) << 5) | (third & 31);

const threesOf = (words: readonly LabelWord[]): Uint8Array => {
  const threes = new Uint8Array(32_768);
  threes[slotOfThree(...ENDS_GO_TYPE)] = 1;
  for (const { word } of words) {
    const [second, third] = [word.charCodeAt(word.length - 2), word.charCodeAt(word.length - 1)];
    // Whatever stands before a word of two units.
    if (word.length > 2) threes[slotOfThree(word.charCodeAt(word.length - 3), second, third)] = 1;
    else for (let first = 0; first < 32; first += 1) threes[slotOfThree(first, second, third)] = 1;
  }
  return threes;
};

const unitsBefore = (ends: readonly string[]): Uint8Array => {
  const units = new Uint8Array(65_536);
  for (let code = 0; code < units.length; code += 1) if (isBetween(code)) units[code] = BETWEEN;
  for (const end of ends) {
    for (const unit of [end.slice(-1), end.slice(-1).toUpperCase()]) {
      units[unit.charCodeAt(0)] = (units[unit.charCodeAt(0)] ?? 0) | LAST;
    }
  }
  return units;
};

const MAX_BETWEEN = 4;

/** Label rules whose label ends right before an assignment sign at `index`. */
export const assignedBefore = (buffer: ScanBuffer, index: number, rules: LabelRules): readonly AskedLabel[] => {
  let back = 1;
  let last = buffer.codeBefore(index, back);
  while (back <= MAX_BETWEEN && ((rules.before[last] ?? 0) & BETWEEN) !== 0) {
    back += 1;
    last = buffer.codeBefore(index, back);
  }
  if (((rules.before[last] ?? 0) & LAST) === 0) return NONE;
  const [second, third] = [buffer.codeBefore(index, back + 1), buffer.codeBefore(index, back + 2)];
  if (rules.threes[slotOfThree(third, second, last)] === 0) return NONE;
  const context = buffer.contextAt(index);
  let end = endOfLabel(context, context.length, rules);
  if (context.endsWith(GO_TYPE, end)) end = endOfLabel(context, end - GO_TYPE.length, rules);
  const list = rules.assigned.get(lastTwoOf(context, end));
  return list === undefined ? NONE : rulesEndingIn(context, end, list);
};

const endOfLabel = (context: string, from: number, rules: LabelRules): number => {
  let end = from;
  const least = Math.max(0, end - MAX_BETWEEN);
  while (end > least && ((rules.before[context.charCodeAt(end - 1)] ?? 0) & BETWEEN) !== 0) end -= 1;
  return end;
};

/** Label rules whose label ends right before `index` and needs no sign. */
export const bareBefore = (buffer: ScanBuffer, index: number, rules: LabelRules): readonly AskedLabel[] => {
  let found: AskedLabel[] | undefined;
  for (const { word, rule } of rules.bare.get(buffer.unitBefore(index)) ?? NONE) {
    if (found?.includes(rule) || !buffer.endsWith(index, word)) continue;
    found ??= [];
    found.push(rule);
  }
  return found ?? NONE;
};

const NONE: readonly never[] = [];

const rulesEndingIn = (context: string, end: number, list: readonly LabelWord[]): readonly AskedLabel[] => {
  let found: AskedLabel[] | undefined;
  for (let index = 0; index < list.length; index += 1) {
    const label = list[index];
    if (label === undefined || !endsInWord(context, end, label.word)) continue;
    if (!beginsWord(context, end - label.word.length, end) || found?.includes(label.rule)) continue;
    found ??= [];
    found.push(label.rule);
  }
  return found ?? NONE;
};

const endsInWord = (text: string, end: number, word: string): boolean => {
  const from = end - word.length;
  if (from < 0) return false;
  for (let index = 0; index < word.length; index += 1)
    if (lowerOf(text.charCodeAt(from + index)) !== word.charCodeAt(index)) return false;
  return true;
};

const isUpper = (code: number): boolean => code >= 0x41 && code <= 0x5a;
const isLower = (code: number): boolean => code >= 0x61 && code <= 0x7a;

/** As long as `password`: a label whatever letters stand before it, as in `PGPASSWORD`. */
const TELLING = 8;

/** `password` in `dbPassword` and `DB_PASSWORD`, not `name` in `rename`. */
const beginsWord = (text: string, at: number, end: number): boolean => {
  const first = text.charCodeAt(at);
  const previous = text.charCodeAt(at - 1);
  const isInside = (isUpper(first) || isLower(first)) && (isUpper(previous) || isLower(previous));
  // `dbToken`, and `DBToken`.
  const isCapital =
    isUpper(first) && (isLower(previous) || isLower(at + 1 < end ? text.charCodeAt(at + 1) : Number.NaN));
  return !isInside || isCapital || end - at >= TELLING;
};
