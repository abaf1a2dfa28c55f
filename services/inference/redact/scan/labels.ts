import type { LabelRule } from '../rules/rule.ts';
import type { ScanBuffer } from './buffer.ts';
import type { OnRefused } from './run.ts';

/** A value that follows a label, by places in the text. */
export interface Labelled {
  readonly rule: LabelRule;
  readonly start: number;
  readonly end: number;
  /** The window was full and the value reached its end: what follows may belong to it. */
  readonly runsOn: boolean;
}

/** Label rules by the ends of their labels. */
export interface LabelRules {
  /** What a unit right before an assignment may be: `LAST` of a label, or `BETWEEN` it and the sign. */
  readonly before: Uint8Array;
  /** Pairs that labels end in, by their slots: most names are told from every label by them. */
  readonly pairs: Uint8Array;
  /** Those labels, by their last two units. */
  readonly assigned: ReadonlyMap<string, readonly LabelWord[]>;
  /** Labels that stand by themselves, by their last character, for alphabets without spaces. */
  readonly bare: ReadonlyMap<string, readonly LabelWord[]>;
  /** Labels that stand by themselves and are words. */
  readonly words: ReadonlyMap<string, readonly LabelRule[]>;
  readonly longestWord: number;
}

interface LabelWord {
  readonly word: string;
  readonly rule: LabelRule;
}

const IDEOGRAPH = /[\u3400-\u9fff]$/;

const add = <Value>(map: Map<string, Value[]>, key: string, value: Value): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

/** Arranges label rules; longer labels come first, so that the more telling one decides. */
export const arrangeLabels = (rules: readonly LabelRule[]): LabelRules => {
  const assigned = new Map<string, LabelWord[]>();
  const bare = new Map<string, LabelWord[]>();
  const words = new Map<string, LabelRule[]>();
  for (const rule of rules) {
    for (const word of rule.labels) add(assigned, word.slice(-2), { word, rule });
    for (const word of rule.bareLabels) {
      if (IDEOGRAPH.test(word)) add(bare, word.slice(-1), { word, rule });
      else add(words, word, rule);
    }
  }
  for (const list of [...assigned.values(), ...bare.values()])
    list.sort((one, other) => other.word.length - one.word.length);
  return {
    before: unitsBefore([...assigned.keys()]),
    pairs: pairsOf([...assigned.keys()]),
    assigned,
    bare,
    words,
    longestWord: Math.max(0, ...[...words.keys()].map((word) => word.length)),
  };
};

const LAST = 1;
const BETWEEN = 2;
const isBetween = (code: number): boolean => /["'`\\\])\s*_]/.test(String.fromCharCode(code));

/** Letters of both cases share a slot. */
const pairSlot = (first: number, second: number): number => ((first & 31) << 5) | (second & 31);

const pairsOf = (ends: readonly string[]): Uint8Array => {
  const pairs = new Uint8Array(1024);
  for (const end of ends) pairs[pairSlot(end.charCodeAt(0), end.charCodeAt(1))] = 1;
  return pairs;
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
const MAX_LABEL = 40;

/** Label rules whose label ends right before an assignment sign at `index`. */
export const assignedBefore = (buffer: ScanBuffer, index: number, rules: LabelRules): readonly LabelRule[] => {
  const last = buffer.codeBefore(index, 1);
  const bits = rules.before[last] ?? 0;
  if (bits === 0) return NONE;
  if ((bits & BETWEEN) === 0) {
    const second = buffer.codeBefore(index, 2);
    if (rules.pairs[pairSlot(second, last)] === 0) return NONE;
  }
  const context = buffer.contextAt(index);
  let end = context.length;
  const least = Math.max(0, end - MAX_BETWEEN);
  while (end > least && ((rules.before[context.charCodeAt(end - 1)] ?? 0) & BETWEEN) !== 0) end -= 1;
  const list = rules.assigned.get(context.slice(Math.max(0, end - 2), end).toLowerCase());
  return list === undefined ? NONE : rulesEndingIn(context.slice(Math.max(0, end - MAX_LABEL), end), list);
};

/** Label rules whose label ends right before `index` and needs no sign. */
export const bareBefore = (buffer: ScanBuffer, index: number, rules: LabelRules): readonly LabelRule[] => {
  const found: LabelRule[] = [];
  for (const { word, rule } of rules.bare.get(buffer.unitBefore(index)) ?? NONE) {
    if (buffer.endsWith(index, word) && !found.includes(rule)) found.push(rule);
  }
  return found;
};

const NONE: readonly never[] = [];

const rulesEndingIn = (label: string, list: readonly LabelWord[]): readonly LabelRule[] => {
  const lower = label.toLowerCase();
  const found: LabelRule[] = [];
  for (const { word, rule } of list) {
    if (lower.endsWith(word) && beginsWord(label, label.length - word.length) && !found.includes(rule))
      found.push(rule);
  }
  return found;
};

const LETTER = /[A-Za-z]/;
const UPPER = /[A-Z]/;
const LOWER = /[a-z0-9]/;

/** As long as `password`: a label whatever letters stand before it, as in `PGPASSWORD`. */
const TELLING = 8;

/** `password` in `dbPassword` and `DB_PASSWORD`, not `name` in `rename`. */
const beginsWord = (label: string, at: number): boolean => {
  const first = label.charAt(at);
  const previous = label.charAt(at - 1);
  if (!LETTER.test(first) || !LETTER.test(previous)) return true;
  return (UPPER.test(first) && LOWER.test(previous)) || label.length - at >= TELLING;
};

/** What may stand between a label and its value; a stop character does not count before the value has begun. */
const LEAD = /[\s"'：:=\\]*/y;

/** Where enough has come for a rule; nothing when it has not. */
const enoughOf = (window: string, { enough }: LabelRule): number | undefined => {
  if (enough === undefined) return undefined;
  enough.lastIndex = 0;
  return enough.test(window) ? enough.lastIndex : undefined;
};

/** The window after a label, or nothing while its end has not come. */
const windowFrom = (text: string, from: number, rule: LabelRule, final: boolean): string | undefined => {
  const most = text.slice(from, from + rule.maxLength);
  const enough = enoughOf(most, rule);
  const window = enough === undefined ? most : most.slice(0, enough);
  LEAD.lastIndex = 0;
  LEAD.test(window);
  const begin = LEAD.lastIndex;
  const stop = (begin === 0 ? window : window.slice(begin)).search(rule.stop);
  if (stop >= 0) return window.slice(0, begin + stop + 1);
  return enough !== undefined || window.length === rule.maxLength || final ? window : undefined;
};

const OWN_OUTPUT = /\[[A-Z][A-Z0-9_]*(?::[0-9a-f]{8,32})?\]|\*{4}/;

/** What a label rule finds after its label, which ends at `from`. */
export const valueAfter = (
  text: string,
  from: number,
  rule: LabelRule,
  context: () => string,
  final: boolean,
  onRefused?: OnRefused,
): Labelled | 'more' | undefined => {
  const window = windowFrom(text, from, rule, final);
  if (window === undefined) return 'more';
  rule.value.lastIndex = 0;
  const match = rule.value.exec(window);
  const value = match?.groups?.value ?? match?.groups?.quoted;
  // What holds an output of the redactor was looked at before.
  if (match === null || value === undefined || value === '' || OWN_OUTPUT.test(value)) return undefined;
  const offset = match[0].lastIndexOf(value);
  const end = from + offset + value.length;
  const start = rule.includesLabel === true ? from - 1 : from + offset;
  const refusal = rule.refuse?.(value, window.slice(offset + value.length), context());
  if (refusal !== undefined) {
    onRefused?.(rule, start, end, refusal);
    return undefined;
  }
  return { rule, start, end, runsOn: rule.runsOn !== undefined && end === from + rule.maxLength };
};
