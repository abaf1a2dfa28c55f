import { FEATURE } from '../rules/features.ts';
import { type Numbered, numbered } from '../rules/numbered.ts';
import type { Rule, TokenRule } from '../rules/rule.ts';
import { arrangeDigits, type DigitRules } from './digit-rules.ts';
import { featuresOf } from './features-of.ts';
import { arrangeMentions, type MentionWords } from './mentions.ts';
import { arrangeStarts, type TokenStarts } from './token-starts.ts';

/** The rules that look into runs, arranged for a quick no. */
export interface RunRules {
  readonly digits: DigitRules;
  readonly shortestDigits: number;
  readonly longestDigits: number;
  /** Shorter runs hold no match. */
  readonly shortest: number;
  /** Token rules without literal beginnings that a run of such features may hold. */
  tokensFor(features: number): readonly AskedToken[];
  readonly mentions: MentionWords;
  /** Token rules with literal beginnings. */
  readonly starts: TokenStarts;
  /** Lower is preferred where matches overlap. */
  rankOf(rule: Rule): number;
}

/** Builds them from all rules; earlier rules win. */
export const arrangeRunRules = (rules: readonly Rule[]): RunRules => {
  const ranks = new Map(rules.map((rule, index) => [rule, index]));
  const digitRules = rules.filter((rule) => rule.kind === 'digits');
  const tokens = rules.filter((rule) => rule.kind === 'token');
  const mentions = arrangeMentions(tokens);
  return {
    digits: arrangeDigits(digitRules),
    shortestDigits: Math.min(...digitRules.flatMap((rule) => rule.lengths)),
    longestDigits: Math.max(0, ...digitRules.flatMap((rule) => rule.lengths)),
    shortest: Math.min(...digitRules.flatMap((rule) => rule.lengths), ...tokens.map((rule) => rule.minLength)),
    tokensFor: byFeatures(tokens.filter((rule) => rule.starts === undefined).map((rule) => needsOf(rule, mentions))),
    mentions,
    starts: arrangeStarts(tokens.filter((rule) => rule.starts !== undefined).map((rule) => needsOf(rule, mentions))),
    rankOf: (rule) => ranks.get(rule) ?? rules.length,
  };
};

/** A rule in one shape for all rules, with its pattern compiled: it is asked of every run. */
export interface AskedToken {
  readonly rule: TokenRule;
  readonly pattern: RegExp;
  readonly value: Numbered['of'];
  readonly left: Numbered['of'];
  readonly needs: number;
  readonly needsOne: number;
  readonly minLength: number;
  /** Its bit of `mentions`; 0 for none. */
  readonly mention: number;
}

/** Few combinations of features are met again and again, so each is looked up; a text cannot make more than are kept. */
const MAX_COMBINATIONS = 1024;

const byFeatures = (all: readonly AskedToken[]): RunRules['tokensFor'] => {
  const asked = all.reduce((bits, { needs, needsOne }) => bits | needs | (needsOne === ANYTHING ? 0 : needsOne), 0);
  const known = new Map<number, readonly AskedToken[]>();
  return (features) => {
    const key = features & asked;
    const before = known.get(key);
    if (before !== undefined) return before;
    const list = all.filter(
      ({ needs, needsOne }) => (key & needs) === needs && (needsOne === ANYTHING || (key & needsOne) !== 0),
    );
    if (known.size < MAX_COMBINATIONS) known.set(key, list);
    return list;
  };
};

const needsOf = (rule: TokenRule, { bits }: MentionWords): AskedToken => {
  const bit = bits.get(rule);
  const { needs, needsOne = ANYTHING, minLength } = rule;
  const { pattern, of: value } = numbered(rule.pattern, ['value']);
  const { of: left } = numbered(rule.pattern, ['left']);
  return { rule, pattern, value, left, needs, needsOne, minLength, mention: bit === undefined ? 0 : 1 << bit };
};

/** Whether a run of such features, so long, may hold a match. */
export const isWorthwhile = ({ needs, needsOne, minLength }: AskedToken, features: number, length: number): boolean =>
  (features & needs) === needs && length >= minLength && (needsOne === ANYTHING || (features & needsOne) !== 0);
const ANYTHING = -1;

/** Rules with literal beginnings are for keys, which are long. */
export const SHORTEST_START = 16;

/**
 * The features of a run between two places of a text where a rule looks into it, or nothing where none does: most runs are
 * left by it before anything is made of them.
 */
export const worthwhileFeatures = (
  text: string,
  from: number,
  to: number,
  units: number,
  rules: RunRules,
  near: (from: number, to: number) => number,
): number | undefined => {
  const length = to - from;
  const features = featuresOf(text, units, from, to);
  if (hasDigitsFor(rules, features) && length >= rules.shortestDigits) return features;
  if (length >= SHORTEST_START && rules.starts.beginsIn(text, from, to)) return features;
  const tokens = rules.tokensFor(features);
  let mention = 0;
  for (let index = 0; index < tokens.length; index += 1) {
    const asked = tokens[index];
    if (asked === undefined || length < asked.minLength) continue;
    if (asked.mention === 0) return features;
    mention |= asked.mention;
  }
  return mention !== 0 && (near(from, to) & mention) !== 0 ? features : undefined;
};

/** No rule takes six digits and a check letter, which may count as a seventh. */
export const hasDigitsFor = (rules: RunRules, features: number): boolean =>
  (features & (rules.shortestDigits < 7 ? FEATURE.digit : FEATURE.digits7)) !== 0;
