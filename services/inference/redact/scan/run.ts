import type { Rule } from '../rules/rule.ts';
import { CHAR, CHAR_CLASS } from '../text/char-classes.ts';
import { CONTEXT_LENGTH, OPAQUE } from './buffer.ts';
import { findDigits } from './digits.ts';
import { featuresOf } from './features-of.ts';
import { WIDE_COLON } from './run-end.ts';
import { type AskedToken, hasDigitsFor, isWorthwhile, type RunRules, SHORTEST_START } from './run-rules.ts';
import { TokenMatch } from './token-match.ts';

/** A run of characters without a break, and what stands around it. */
export interface RunView {
  readonly run: string;
  /** 1 when the run goes on from before, and its first unit was decided. */
  readonly lead: number;
  /** The unit before the run, or nothing. */
  readonly previous: string;
  /** The unit after it, or nothing. */
  readonly next: string;
  /** Normalised text before a position in the run. */
  before(index: number): string;
  /** Rules of which a word is near, as bits of `mentions`. */
  mentioned(): number;
}

/** A match in a run. */
export interface Found {
  readonly rule: Rule;
  readonly start: number;
  readonly end: number;
}

/** Hears what was nearly a match, for `explain`. */
export type OnRefused = (rule: Rule, start: number, end: number, reason: string) => void;

const MATCH = new TokenMatch();

const findTokens = (
  view: RunView,
  features: number,
  rules: RunRules,
  report: (found: Found) => void,
  onRefused?: OnRefused,
): void => {
  const length = view.run.length - view.lead;
  MATCH.enter(view);
  let mentioned: number | undefined;
  const tokens = rules.tokensFor(features);
  for (let index = 0; index < tokens.length; index += 1) {
    const asked = tokens[index];
    if (asked === undefined || length < asked.minLength) continue;
    if (asked.mention !== 0) {
      mentioned ??= view.mentioned();
      if ((mentioned & asked.mention) === 0) continue;
    }
    findToken(view, asked, report, onRefused);
  }
  if (length < SHORTEST_START) return;
  for (const asked of rules.starts.rulesIn(view.run)) {
    if (isWorthwhile(asked, features, length)) findToken(view, asked, report, onRefused);
  }
};

const findToken = (view: RunView, asked: AskedToken, report: (found: Found) => void, onRefused?: OnRefused): void => {
  const { run } = view;
  const { rule, pattern } = asked;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(run); match !== null; match = pattern.exec(run)) {
    const [whole] = match;
    if (whole === '') pattern.lastIndex += 1;
    const value = asked.value(match);
    const end =
      match.index + whole.length - (value === undefined ? 0 : whole.length - whole.lastIndexOf(value) - value.length);
    const first = value === undefined ? match.index - (asked.left(match)?.length ?? 0) : end - value.length;
    const start = Math.max(view.lead, first);
    if (start >= end) continue;
    MATCH.show(start, run.slice(start, end));
    const outcome = rule.refuse?.(MATCH);
    if (outcome === undefined) report({ rule, start, end });
    else if (typeof outcome === 'string') onRefused?.(rule, start, end, outcome);
    else report({ rule, start, end: start + outcome.keep });
  }
};

const OPAQUE_UNITS = new RegExp(`${OPAQUE}+`, 'g');
/** Rounds add what was only hidden by its neighbours; each finds one at least, and few are needed. */
const MAX_ROUNDS = 6;

/**
 * All matches in a run that do not overlap: the better rule wins, then the earlier place. In order of place. What was
 * refused only because it touched a match is looked at again beside its replacement, as it would be in redacted text.
 * `units` is what single units tell of the run, `counted` is that and what counting tells.
 */
export const findInRun = (
  view: RunView,
  counted: number,
  units: number,
  rules: RunRules,
  onRefused?: OnRefused,
): readonly Found[] => {
  let features = counted;
  const kept: Found[] = [];
  let { run } = view;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const current = run;
    const before = (index: number): string =>
      index > CONTEXT_LENGTH ? current.slice(index - CONTEXT_LENGTH, index) : view.before(0) + current.slice(0, index);
    const seen = round === 0 ? view : beside(view, run, (index) => before(index).replace(OPAQUE_UNITS, OPAQUE));
    const found = findApart(seen, features, rules, round === 0 ? onRefused : undefined);
    if (found.length === 0) break;
    kept.push(...found);
    if (!hasRest(view, found, rules)) break;
    run = hideFound(run, found);
    // What was in the matches alone leaves rules without a chance.
    features = featuresOf(run, units & unitsOf(run));
  }
  return kept.sort(byPlace);
};

/** A run as it was seen, with what was found hidden. */
const beside = (view: RunView, run: string, before: RunView['before']): RunView => ({
  run,
  lead: view.lead,
  previous: view.previous,
  next: view.next,
  before,
  mentioned: () => view.mentioned(),
});

/** Whether a stretch beside the matches is long enough for another one. */
const hasRest = (view: RunView, found: readonly Found[], rules: RunRules): boolean => {
  let from = view.lead;
  for (const { start, end } of found) {
    if (start - from >= rules.shortest) return true;
    from = Math.max(from, end);
  }
  return view.run.length - from >= rules.shortest;
};

/** What the units of a run are; a wide colon is a colon within one. */
const unitsOf = (run: string): number => {
  let units = 0;
  for (let index = 0; index < run.length; index += 1) {
    const code = run.charCodeAt(index);
    units |= code === WIDE_COLON ? CHAR.colon : (CHAR_CLASS[code] ?? 0);
  }
  return units;
};

const hideFound = (run: string, found: readonly Found[]): string => {
  let hidden = '';
  let from = 0;
  for (const { start, end } of found) {
    hidden += run.slice(from, start) + OPAQUE.repeat(end - start);
    from = end;
  }
  return hidden + run.slice(from);
};

/** What is proven wins over what is not, and then the longer match: a part of a number may pass a check by chance. */
const tierOf = ({ rule }: Found): number => (rule.isProven === true ? 0 : 1);

const byPlace = (one: Found, other: Found): number => one.start - other.start;

/** The best matches that are seen at once, in order of place. */
export const findApart = (
  view: RunView,
  features: number,
  rules: RunRules,
  onRefused?: OnRefused,
): readonly Found[] => {
  const all: Found[] = [];
  const report = (found: Found): void => {
    all.push(found);
  };
  if (hasDigitsFor(rules, features) && view.run.length - view.lead >= rules.shortestDigits) {
    findDigits(view, rules.digits, rules.shortestDigits, report, onRefused);
  }
  findTokens(view, features, rules, report, onRefused);
  if (all.length <= 1) return all;
  all.sort(
    (one, other) =>
      tierOf(one) - tierOf(other) ||
      other.end - other.start - (one.end - one.start) ||
      rules.rankOf(one.rule) - rules.rankOf(other.rule) ||
      one.start - other.start,
  );
  const taken = new Uint8Array(view.run.length);
  const kept = all.filter(({ start, end }) => {
    for (let index = start; index < end; index += 1) if (taken[index] === 1) return false;
    taken.fill(1, start, end);
    return true;
  });
  return kept.sort(byPlace);
};
