import { FEATURE } from '../rules/features.ts';
import type { Rule, TokenRule } from '../rules/rule.ts';
import { arrangeDigits, type DigitRules } from './digit-rules.ts';
import { featuresOf } from './features-of.ts';
import { arrangeMentions, type MentionWords } from './mentions.ts';
import { arrangeStarts, type TokenStarts } from './token-starts.ts';

/** The rules that look into runs, arranged for a quick no. */
export interface RunRules {
  readonly digits: DigitRules;
  readonly shortestDigits: number;
  /** Shorter runs hold no match. */
  readonly shortest: number;
  /** Token rules without literal beginnings that a run of such features may hold. */
  tokensFor(features: number): readonly TokenNeeds[];
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
    shortest: Math.min(...digitRules.flatMap((rule) => rule.lengths), ...tokens.map((rule) => rule.minLength)),
    tokensFor: byFeatures(tokens.filter((rule) => rule.starts === undefined).map((rule) => needsOf(rule, mentions))),
    mentions,
    starts: arrangeStarts(tokens),
    rankOf: (rule) => ranks.get(rule) ?? rules.length,
  };
};

/** What a rule needs, in one shape for all rules: it is asked of every run. */
interface TokenNeeds {
  readonly rule: TokenRule;
  readonly needs: number;
  readonly needsOne: number;
  readonly minLength: number;
  /** Its bit of `mentions`; 0 for none. */
  readonly mention: number;
}

/** Few combinations of features are met again and again, so each is looked up; a text cannot make more than are kept. */
const MAX_COMBINATIONS = 1024;

const byFeatures = (all: readonly TokenNeeds[]): RunRules['tokensFor'] => {
  const asked = all.reduce((bits, { needs, needsOne }) => bits | needs | (needsOne === ANYTHING ? 0 : needsOne), 0);
  const known = new Map<number, readonly TokenNeeds[]>();
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

const needsOf = (rule: TokenRule, { bits }: MentionWords): TokenNeeds => {
  const bit = bits.get(rule);
  const { needs, needsOne = ANYTHING, minLength } = rule;
  return { rule, needs, needsOne, minLength, mention: bit === undefined ? 0 : 1 << bit };
};
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
