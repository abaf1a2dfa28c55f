import { SEP } from '../rules/features.ts';
import type { DigitRule, Refusal } from '../rules/rule.ts';
import { believedAfter, believedBefore, namedOtherwise } from './digit-borders.ts';
import { Candidate } from './digit-candidate.ts';
import { DigitGroups } from './digit-groups.ts';
import { beginningOf, type DigitRules, type SizedRule } from './digit-rules.ts';
import type { Found, RunView } from './run.ts';

/** More groups than anybody writes a number in, unless each digit stands alone. */
const MAX_GROUPS = 7;
const SINGLE_DIGITS_AT_MOST = 24;
const PLUS = 0x2b;

/** How long the plus sign before a place is; in a URL it is written `%2B`. */
const plusBefore = (run: string, place: number): number => {
  if (run.charCodeAt(place - 1) === PLUS) return 1;
  return run.charAt(place - 3) === '%' && /^%2b$/i.test(run.slice(place - 3, place)) ? 3 : 0;
};

const GROUPS = new DigitGroups();
const CANDIDATE = new Candidate(GROUPS);

/** What stands before a candidate, asked once for all that begin at the same place. */
class Beginning {
  private start = -1;
  private weak: Refusal | null = null;
  private strong: Refusal | null = null;
  private named: Refusal | null = null;

  /** Another run. */
  reset(): void {
    this.start = -1;
  }

  private at(start: number): void {
    if (this.start === start) return;
    this.start = start;
    this.weak = null;
    this.strong = null;
    this.named = null;
  }

  refuse(rule: DigitRule, view: RunView): Refusal {
    this.at(CANDIDATE.start);
    if (rule.isStrong === true) {
      if (this.strong === null) this.strong = believedBefore(view, CANDIDATE.start, rule, CANDIDATE.before);
      return this.strong;
    }
    if (this.weak === null) this.weak = believedBefore(view, CANDIDATE.start, rule, CANDIDATE.before);
    return this.weak;
  }

  nameOtherwise(rule: DigitRule): Refusal {
    if (rule.isStrong === true) return undefined;
    this.at(CANDIDATE.start);
    if (this.named === null) this.named = namedOtherwise(rule, CANDIDATE.before());
    return this.named;
  }
}

const BEGINNING = new Beginning();

const refuse = (rule: DigitRule, view: RunView): Refusal =>
  BEGINNING.refuse(rule, view) ??
  believedAfter(view, CANDIDATE.end, rule) ??
  rule.refuse(CANDIDATE) ??
  BEGINNING.nameOtherwise(rule);

/** Whether as many groups are one number: up to seven, or digits one by one with no more of them beside. */
const isTooScattered = (from: number, to: number, length: number): boolean => {
  const count = to - from + 1;
  if (count <= MAX_GROUPS) return false;
  return count !== length || count > SINGLE_DIGITS_AT_MOST || !GROUPS.endsChain(to);
};

/** One line break at most, and no column of numbers around it. */
const isJoined = (from: number, to: number, allowed: number): boolean => {
  const separators = GROUPS.between(from, to);
  if ((separators & ~allowed) !== 0) return false;
  return (separators & SEP.newline) === 0 || GROUPS.isBrokenOnce(from, to);
};

interface Search {
  readonly view: RunView;
  readonly report: (found: Found) => void;
  readonly onRefusal: ((rule: DigitRule, start: number, end: number, reason: string) => void) | undefined;
  tries: number;
}

/** How many digits the groups from one on may have together, as a set of bits; none spans a wall. */
const lengthsFrom = (from: number): number => {
  const first = GROUPS.firstOf(from);
  // Digits within the most groups that a number has; digits one by one may be more.
  const isSingle =
    GROUPS.beginsChain(from) && GROUPS.firstOf(Math.min(GROUPS.count, from + MAX_GROUPS)) - first === MAX_GROUPS;
  const last = Math.min(GROUPS.count, from + (isSingle ? SINGLE_DIGITS_AT_MOST : MAX_GROUPS));
  let lengths = 0;
  for (let group = from; group < last; group += 1) {
    const length = GROUPS.firstOf(group + 1) - first;
    if (length > SINGLE_DIGITS_AT_MOST) break;
    lengths |= 1 << length;
    if (GROUPS.endsChain(group)) break;
  }
  return lengths;
};

/** Tries the lengths of a rule from one group on; the longest that fits is taken. Gives its last group, or -1. */
const tryRule = (rule: DigitRule, from: number, lengths: number, plus: number, search: Search): number => {
  const { view, report, onRefusal } = search;
  const first = GROUPS.firstOf(from);
  for (let left = lengths; left !== 0; ) {
    const length = 31 - Math.clz32(left);
    left &= ~(1 << length);
    search.tries += 1;
    // Who asks for reasons gets all of them.
    if (onRefusal === undefined && !mayBe(rule, first, length, plus)) continue;
    const to = GROUPS.groupAt(first + length) - 1;
    if (to < from || isTooScattered(from, to, length)) continue;
    if (to > from && !isJoined(from, to, rule.separators)) continue;
    CANDIDATE.show(view.run, from, to, length, plus);
    const { start, end } = CANDIDATE;
    if (start < view.lead) continue;
    const refusal = refuse(rule, view);
    if (refusal === undefined) {
      report({ rule, start, end });
      return to;
    }
    onRefusal?.(rule, start, end, refusal);
  }
  return -1;
};

/** What the digits alone say. */
const mayBe = (rule: DigitRule, first: number, length: number, plus: number): boolean => {
  if (rule.hasLuhn === true && !GROUPS.passesLuhn(first, length)) return false;
  return (
    rule.mayBe === undefined || GROUPS.hasLetter(first, length - 1) || rule.mayBe(GROUPS.codes, first, length, plus > 0)
  );
};

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isLetter = (code: number): boolean => (code | 32) >= 0x61 && (code | 32) <= 0x7a;

/** Letters go on right after the group, or stand between it and digits before: no number begins here. */
const isWithinWord = (run: string, group: number): boolean => {
  const place = GROUPS.placeOf(GROUPS.firstOf(group));
  const end = GROUPS.placeOf(GROUPS.firstOf(group + 1) - 1) + 1;
  if (isLetter(run.charCodeAt(end))) return true;
  // `%2B` is a sign.
  const isEncoded = run.charAt(place - 3) === '%';
  return !isEncoded && isLetter(run.charCodeAt(place - 1)) && isDigit(run.charCodeAt(place - 2));
};

/** Finds what digit rules find in a run. Gives how often it tried a rule at a length. */
export const findDigits = (
  view: RunView,
  rules: DigitRules,
  shortest: number,
  report: (found: Found) => void,
  onRefusal?: Search['onRefusal'],
): number => {
  GROUPS.read(view.run);
  if (GROUPS.total < shortest) return 0;
  CANDIDATE.enter(view);
  BEGINNING.reset();
  const search: Search = { view, report, onRefusal, tries: 0 };
  for (let from = 0; from < GROUPS.count; from += 1) {
    const first = GROUPS.firstOf(from);
    if (GROUPS.total - first < shortest) break;
    const plus = plusBefore(view.run, GROUPS.placeOf(first));
    const isFirst = GROUPS.beginsChain(from);
    const way = beginningOf(GROUPS.valueOf(first), GROUPS.valueOf(first + 1), plus > 0, isFirst);
    const beginners = rules[way];
    if (beginners === undefined || beginners.lengths === 0) continue;
    const lengths = lengthsFrom(from) & beginners.lengths;
    if (lengths === 0) continue;
    if (isWithinWord(view.run, from) && onRefusal === undefined) continue;
    // Groups within a match begin none of their own.
    from = Math.max(from, tryRules(beginners.rules, from, lengths, plus, search));
  }
  return search.tries;
};

const tryRules = (rules: readonly SizedRule[], from: number, lengths: number, plus: number, search: Search): number => {
  let last = -1;
  for (let index = 0; index < rules.length; index += 1) {
    const sized = rules[index];
    if (sized === undefined || (sized.lengths & lengths) === 0) continue;
    last = Math.max(last, tryRule(sized.rule, from, sized.lengths & lengths, plus, search));
  }
  return last;
};
