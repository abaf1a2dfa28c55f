import { SEP } from '../rules/features.ts';
import type { DigitCandidate, DigitRule, Refusal } from '../rules/rule.ts';
import { believedAfter, believedBefore, namedOtherwise } from './digit-borders.ts';
import { DigitGroups } from './digit-groups.ts';
import type { Found, RunView } from './run.ts';

/** More groups than anybody writes a number in, unless each digit stands alone. */
const MAX_GROUPS = 7;
const SINGLE_DIGITS_AT_MOST = 24;
const PLUS = 0x2b;

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
    this.hasPlus = view.run.charCodeAt(place - 1) === PLUS;
    this.end = all.placeOf(first + length - 1) + 1;
    this.start = this.hasPlus ? place - 1 : place;
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

  get isAlone(): boolean {
    return this.all.isAlone(this.from, this.to);
  }

  readonly before = (): string => {
    this.context ??= this.view?.before(this.start) ?? '';
    return this.context;
  };

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

interface Search {
  readonly view: RunView;
  readonly report: (found: Found) => void;
  readonly onRefusal: ((rule: DigitRule, start: number, end: number, reason: string) => void) | undefined;
}

/** Tries the lengths of a rule from one group on; the longest that fits is taken. */
const tryRule = (rule: DigitRule, from: number, reach: number, { view, report, onRefusal }: Search): void => {
  const first = GROUPS.firstOf(from);
  for (const length of rule.lengths) {
    if (length > reach) continue;
    const to = GROUPS.groupAt(first + length) - 1;
    if (to < from || isTooScattered(from, to, length)) continue;
    if (to > from && (GROUPS.between(from, to) & ~rule.separators) !== 0) continue;
    CANDIDATE.show(view, from, to, length);
    const { start, end } = CANDIDATE;
    if (start < view.lead) continue;
    const refusal = refuse(rule, view);
    if (refusal === undefined) {
      report({ rule, start, end });
      return;
    }
    onRefusal?.(rule, start, end, refusal);
  }
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
    // Digits within the most groups that a number has; digits one by one may be more.
    const near = GROUPS.firstOf(Math.min(GROUPS.count, from + MAX_GROUPS)) - first;
    const reach = near === MAX_GROUPS && GROUPS.beginsChain(from) ? SINGLE_DIGITS_AT_MOST : near;
    if (reach < shortest) continue;
    const digit = GROUPS.valueOf(first);
    const hasPlus = view.run.charCodeAt(GROUPS.placeOf(first) - 1) === PLUS;
    for (const rule of byFirst[digit] ?? []) {
      if (rule.mayBegin?.(digit, GROUPS.valueOf(first + 1), hasPlus) !== false) tryRule(rule, from, reach, search);
    }
  }
};
