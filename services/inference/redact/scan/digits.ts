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

/** What a rule is shown. One serves every candidate; what takes work to find out is found out when it is asked for. */
class Candidate implements DigitCandidate {
  digits = '';
  hasPlus = false;
  start = 0;
  end = 0;
  private view: RunView | undefined;
  private from = 0;
  private to = 0;
  private context: string | undefined;
  private readonly all: DigitGroups;

  constructor(all: DigitGroups) {
    this.all = all;
  }

  show(view: RunView, from: number, to: number, length: number): void {
    const { all } = this;
    const first = all.firstOf(from);
    const place = all.placeOf(first);
    this.view = view;
    this.from = from;
    this.to = to;
    this.context = undefined;
    this.digits = all.digits(from, to);
    const plus = plusBefore(view.run, place);
    this.hasPlus = plus > 0;
    this.end = all.placeOf(first + length - 1) + 1;
    this.start = place - plus;
    // An opening bracket whose closing one is within goes with the number.
    const hasBracket = to > from && /[（(]/.test(view.run.charAt(this.start - 1));
    if (hasBracket && (this.separators & SEP.paren) !== 0) this.start -= 1;
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
    this.context ??= this.view?.before(this.start) ?? '';
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

/** Tries the lengths of a rule from one group on; the longest that fits is taken. Gives its last group, or -1. */
const tryRule = (rule: DigitRule, from: number, reach: number, { view, report, onRefusal }: Search): number => {
  const first = GROUPS.firstOf(from);
  for (const length of rule.lengths) {
    if (length > reach) continue;
    const to = GROUPS.groupAt(first + length) - 1;
    if (to < from || isTooScattered(from, to, length)) continue;
    if (to > from && !isJoined(from, to, rule.separators)) continue;
    CANDIDATE.show(view, from, to, length);
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
  byFirst: readonly (readonly DigitRule[])[],
  shortest: number,
  report: (found: Found) => void,
  onRefusal?: Search['onRefusal'],
): void => {
  GROUPS.read(view.run);
  if (GROUPS.total < shortest) return;
  const search: Search = { view, report, onRefusal };
  for (let from = 0; from < GROUPS.count; from += 1) {
    const first = GROUPS.firstOf(from);
    if (isWithinWord(view.run, from) && onRefusal === undefined) continue;
    // Digits within the most groups that a number has; digits one by one may be more.
    const near = GROUPS.firstOf(Math.min(GROUPS.count, from + MAX_GROUPS)) - first;
    const reach = near === MAX_GROUPS && GROUPS.beginsChain(from) ? SINGLE_DIGITS_AT_MOST : near;
    if (reach < shortest) continue;
    const digit = GROUPS.valueOf(first);
    const second = GROUPS.valueOf(first + 1);
    const isFirst = GROUPS.beginsChain(from);
    let last = -1;
    const hasPlus = plusBefore(view.run, GROUPS.placeOf(first)) > 0;
    for (const rule of byFirst[digit] ?? []) {
      if (rule.mayBegin?.(digit, second, hasPlus, isFirst) === false) continue;
      last = Math.max(last, tryRule(rule, from, reach, search));
    }
    // Groups within a match begin none of their own.
    from = Math.max(from, last);
  }
};
