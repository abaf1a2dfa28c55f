import { SEP } from '../rules/features.ts';
import type { DigitCandidate, DigitRule, Refusal } from '../rules/rule.ts';
import { believedAfter, believedBefore } from './digit-borders.ts';
import type { Found, RunView } from './run.ts';

/** The groups of digits in a run: where each begins, and what stands before it. */
interface Groups {
  /** All digits of the run, in a row; a last `X` counts as one. */
  readonly digits: string;
  /** Position in the run of each digit. */
  readonly at: Int16Array;
  /** Index in `digits` of the first digit of each group, and one past the last. */
  readonly first: Int16Array;
  /** Group that begins with this digit, or -1. */
  readonly groupOf: Int16Array;
  /** Separators before each group. */
  readonly before: Uint8Array;
  count: number;
}

/** More groups than anybody writes a number in, unless each digit stands alone. */
const MAX_GROUPS = 7;
const SINGLE_DIGITS_AT_MOST = 24;

const SEPARATOR: Readonly<Record<string, number>> = {
  ' ': SEP.space,
  '\t': SEP.space,
  '\n': SEP.newline,
  '\r': SEP.newline,
  '-': SEP.dash,
  '.': SEP.dot,
  '·': SEP.dot,
  '/': SEP.slash,
  '(': SEP.paren,
  ')': SEP.paren,
  '（': SEP.paren,
  '）': SEP.paren,
  转: SEP.extension,
  '+': SEP.wall,
};

const CHECK_LETTER = /[Xx]/;
const WORD = /[A-Za-z0-9_]/;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** `X` ends a group of digits as their check digit, when no word goes on after it. */
const isCheckLetter = (run: string, index: number): boolean =>
  CHECK_LETTER.test(run.charAt(index)) && isDigit(run.charCodeAt(index - 1)) && !WORD.test(run.charAt(index + 1));

/** One set of arrays for every run: a run is read and judged before the next, and none is longer than a window. */
const SCRATCH_LENGTH = 4096;
const SCRATCH = {
  at: new Int16Array(SCRATCH_LENGTH),
  first: new Int16Array(SCRATCH_LENGTH),
  groupOf: new Int16Array(SCRATCH_LENGTH),
  before: new Uint8Array(SCRATCH_LENGTH),
};

const readGroups = (run: string): Groups => {
  const length = run.length;
  const { at, first, groupOf, before } = SCRATCH;
  groupOf.fill(-1, 0, length + 2);
  let digits = '';
  let count = 0;
  let gap = 0;
  let inGroup = false;
  for (let index = 0; index < length; index += 1) {
    const code = run.charCodeAt(index);
    if (!isDigit(code) && !(inGroup && isCheckLetter(run, index))) {
      gap |= SEPARATOR[run.charAt(index)] ?? SEP.wall;
      inGroup = false;
      continue;
    }
    if (!inGroup) {
      groupOf[digits.length] = count;
      first[count] = digits.length;
      before[count] = gap;
      count += 1;
      gap = 0;
      inGroup = true;
    }
    at[digits.length] = index;
    digits += isDigit(code) ? run.charAt(index) : 'X';
  }
  first[count] = digits.length;
  groupOf[digits.length] = count;
  before[count] = gap;
  return { digits, at, first, groupOf, before, count };
};

/** A slice of the groups that may be a number. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

const separatorsIn = (groups: Groups, { from, to }: Span): number => {
  let separators = 0;
  for (let group = from + 1; group <= to; group += 1) separators |= groups.before[group] ?? 0;
  return separators;
};

const lengthsIn = (groups: Groups, { from, to }: Span): number[] =>
  Array.from(
    { length: to - from + 1 },
    (_, index) => (groups.first[from + index + 1] ?? 0) - (groups.first[from + index] ?? 0),
  );

const LOOSE = SEP.space | SEP.paren;

/** A neighbour that could be part of the same number stands beyond spaces alone. */
const isAlone = (groups: Groups, { from, to }: Span): boolean => {
  const left = groups.before[from] ?? 0;
  const right = groups.before[to + 1] ?? 0;
  const leftJoined = from > 0 && left !== 0 && (left & ~LOOSE) === 0;
  const rightJoined = to + 1 < groups.count && right !== 0 && (right & ~LOOSE) === 0;
  return !leftJoined && !rightJoined;
};

const isTooScattered = (groups: Groups, span: Span): boolean => {
  const count = span.to - span.from + 1;
  if (count <= MAX_GROUPS) return false;
  return count !== span.length || count > SINGLE_DIGITS_AT_MOST || !isAlone(groups, span);
};

/** Tells the finder what became of a candidate. */
export type OnRefusal = (rule: DigitRule, start: number, end: number, reason: string) => void;

const judge = (rule: DigitRule, view: RunView, groups: Groups, span: Span): { found?: Found; refusal?: Refusal } => {
  const firstDigit = groups.first[span.from] ?? 0;
  let start = groups.at[firstDigit] ?? 0;
  const end = (groups.at[firstDigit + span.length - 1] ?? 0) + 1;
  const hasPlus = view.run.charAt(start - 1) === '+';
  if (hasPlus) start -= 1;
  const separators = separatorsIn(groups, span);
  if ((separators & SEP.paren) !== 0 && /[（(]/.test(view.run.charAt(start - 1))) start -= 1;
  if (start < view.lead) return {};
  const border = believedBefore(view, start, rule) ?? believedAfter(view, end, rule);
  if (border !== undefined) return { refusal: border };
  const candidate: DigitCandidate = {
    digits: groups.digits.slice(firstDigit, firstDigit + span.length),
    groups: lengthsIn(groups, span),
    separators,
    hasPlus,
    isAlone: isAlone(groups, span),
    before: () => view.before(start),
    after: () => view.run.slice(end) + view.next,
  };
  const refusal = rule.refuse(candidate);
  return refusal === undefined ? { found: { rule, start, end } } : { refusal };
};

/** Finds what digit rules find in a run; `byFirst` has the rules that may begin with each digit. */
export const findDigits = (
  view: RunView,
  byFirst: readonly (readonly DigitRule[])[],
  shortest: number,
  report: (found: Found) => void,
  onRefusal?: OnRefusal,
): void => {
  const groups = readGroups(view.run);
  if (groups.digits.length < shortest) return;
  for (let from = 0; from < groups.count; from += 1) {
    const first = groups.first[from] ?? 0;
    for (const rule of byFirst[groups.digits.charCodeAt(first) - 0x30] ?? []) {
      for (const length of rule.lengths) {
        const beyond = groups.groupOf[first + length];
        if (first + length > groups.digits.length || beyond === undefined || beyond <= from) continue;
        const span = { from, to: beyond - 1, length };
        if (isTooScattered(groups, span)) continue;
        if (span.to > from && (separatorsIn(groups, span) & ~rule.separators) !== 0) continue;
        const { found, refusal } = judge(rule, view, groups, span);
        if (found !== undefined) {
          report(found);
          break;
        }
        if (refusal !== undefined && onRefusal !== undefined) {
          const start = groups.at[first] ?? 0;
          onRefusal(rule, start, (groups.at[first + length - 1] ?? 0) + 1, refusal);
        }
      }
    }
  }
};
