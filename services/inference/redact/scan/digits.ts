import { SEP } from '../rules/features.ts';
import type { DigitCandidate, DigitRule, Refusal } from '../rules/rule.ts';
import { believedAfter, believedBefore, namedOtherwise } from './digit-borders.ts';
import { DigitGroups } from './digit-groups.ts';
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

const isBracket = (code: number): boolean => code === 0x28 || code === 0xff08;

/** What a rule is shown. One serves every candidate; what takes work to find out is found out when it is asked for. */
class Candidate implements DigitCandidate {
  hasPlus = false;
  start = 0;
  end = 0;
  private view: RunView | undefined;
  private from = 0;
  private to = 0;
  private joined: string | undefined;
  private context: string | undefined;
  private contextStart = -1;
  private readonly all: DigitGroups;

  constructor(all: DigitGroups) {
    this.all = all;
  }

  /** Another run. */
  enter(view: RunView): void {
    this.view = view;
    this.contextStart = -1;
  }

  /** Groups `from` to `to` of the run, `plus` units of a sign before them. */
  show(run: string, from: number, to: number, length: number, plus: number): void {
    const { all } = this;
    const first = all.firstOf(from);
    this.from = from;
    this.to = to;
    this.joined = undefined;
    this.hasPlus = plus > 0;
    this.end = all.placeOf(first + length - 1) + 1;
    this.start = all.placeOf(first) - plus;
    // An opening bracket whose closing one is within goes with the number.
    const hasBracket = to > from && isBracket(run.charCodeAt(this.start - 1));
    if (hasBracket && (this.separators & SEP.paren) !== 0) this.start -= 1;
  }

  get digits(): string {
    this.joined ??= this.all.digits(this.from, this.to);
    return this.joined;
  }

  get groups(): readonly number[] {
    return this.all.lengths(this.from, this.to);
  }

  get separators(): number {
    return this.all.between(this.from, this.to);
  }

  get gaps(): readonly number[] {
    return Array.from({ length: this.to - this.from }, (_, index) => this.all.before(this.from + index + 1));
  }

  get beside(): readonly [number, number] {
    return this.all.beside(this.from, this.to);
  }

  get isAlone(): boolean {
    const [left, right] = this.beside;
    return left === 0 && right === 0;
  }

  hasForm(test: (form: string) => boolean): boolean {
    const { groups } = this;
    if (test(groups.join('-'))) return true;
    if ((this.separators & SEP.newline) === 0) return false;
    const { gaps } = this;
    const joined = [groups[0] ?? 0];
    for (const [index, gap] of gaps.entries()) {
      const length = groups[index + 1] ?? 0;
      if (gap === SEP.newline) joined.push((joined.pop() ?? 0) + length);
      else joined.push(length);
    }
    return test(joined.join('-'));
  }

  readonly before = (): string => {
    if (this.contextStart !== this.start || this.context === undefined) {
      this.context = this.view?.before(this.start) ?? '';
      this.contextStart = this.start;
    }
    return this.context;
  };

  readonly text = (): string => this.view?.run.slice(this.start, this.end) ?? '';

  readonly after = (): string => (this.view === undefined ? '' : this.view.run.slice(this.end) + this.view.next);
}

const GROUPS = new DigitGroups();
const CANDIDATE = new Candidate(GROUPS);

const refuse = (rule: DigitRule, view: RunView): Refusal =>
  believedBefore(view, CANDIDATE.start, rule, CANDIDATE.before) ??
  believedAfter(view, CANDIDATE.end, rule) ??
  rule.refuse(CANDIDATE) ??
  namedOtherwise(rule, CANDIDATE.before());

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
}

/** What a rule asks of digits, in one shape for all rules; its lengths as a set of bits. */
export interface SizedRule {
  readonly rule: DigitRule;
  readonly lengths: number;
  readonly mayBegin: DigitRule['mayBegin'];
}

/** Arranges digit rules by the digits that they may begin with. */
export const arrangeDigits = (rules: readonly DigitRule[]): readonly (readonly SizedRule[])[] => {
  const sized = rules.map((rule) => ({
    rule,
    lengths: rule.lengths.reduce((bits, length) => bits | (1 << length), 0),
    mayBegin: rule.mayBegin,
  }));
  return Array.from({ length: 10 }, (_, digit) => sized.filter(({ rule }) => rule.firsts.includes(String(digit))));
};

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
const tryRule = (
  rule: DigitRule,
  from: number,
  lengths: number,
  plus: number,
  { view, report, onRefusal }: Search,
): number => {
  const first = GROUPS.firstOf(from);
  for (const length of rule.lengths) {
    if ((lengths & (1 << length)) === 0) continue;
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

/** Finds what digit rules find in a run; `byFirst` has the rules that may begin with each digit. */
export const findDigits = (
  view: RunView,
  byFirst: readonly (readonly SizedRule[])[],
  shortest: number,
  report: (found: Found) => void,
  onRefusal?: Search['onRefusal'],
): void => {
  GROUPS.read(view.run);
  if (GROUPS.total < shortest) return;
  CANDIDATE.enter(view);
  const search: Search = { view, report, onRefusal };
  for (let from = 0; from < GROUPS.count; from += 1) {
    const lengths = lengthsFrom(from);
    if (lengths < 1 << shortest) continue;
    if (isWithinWord(view.run, from) && onRefusal === undefined) continue;
    const first = GROUPS.firstOf(from);
    const digit = GROUPS.valueOf(first);
    const second = GROUPS.valueOf(first + 1);
    const isFirst = GROUPS.beginsChain(from);
    let last = -1;
    const plus = plusBefore(view.run, GROUPS.placeOf(first));
    for (const { rule, lengths: own, mayBegin } of byFirst[digit] ?? []) {
      if ((own & lengths) === 0 || mayBegin?.(digit, second, plus > 0, isFirst) === false) continue;
      last = Math.max(last, tryRule(rule, from, own & lengths, plus, search));
    }
    // Groups within a match begin none of their own.
    from = Math.max(from, last);
  }
};
