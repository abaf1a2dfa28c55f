import { FEATURE } from '../rules/features.ts';
import type { DigitRule, Rule, TokenRule } from '../rules/rule.ts';
import { CONTEXT_LENGTH, OPAQUE } from './buffer.ts';
import { findDigits } from './digits.ts';

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
}

/** A match in a run. */
export interface Found {
  readonly rule: Rule;
  readonly start: number;
  readonly end: number;
}

/** Hears what was nearly a match, for `explain`. */
export type OnRefused = (rule: Rule, start: number, end: number, reason: string) => void;

/** The rules that look into runs, arranged for a quick no. */
export interface RunRules {
  readonly digits: readonly (readonly DigitRule[])[];
  readonly shortestDigits: number;
  readonly tokens: readonly TokenRule[];
  /** Beginnings of tokens, all in one pattern. */
  readonly starts: RegExp | undefined;
  /** Token rules by the beginning that is in `starts`. */
  readonly byStart: ReadonlyMap<string, readonly TokenRule[]>;
  /** Lower is preferred where matches overlap. */
  rankOf(rule: Rule): number;
}

/** Builds them from all rules; earlier rules win. */
export const arrangeRunRules = (rules: readonly Rule[]): RunRules => {
  const ranks = new Map(rules.map((rule, index) => [rule, index]));
  const digitRules = rules.filter((rule) => rule.kind === 'digits');
  const tokens = rules.filter((rule) => rule.kind === 'token');
  const starts = tokens.flatMap((rule) => rule.starts ?? []);
  // `sk-` stands for `sk-ant-` too: alternatives stay few, and none hides another.
  const shortest = [...new Set(starts)].filter(
    (start) => !starts.some((other) => other !== start && start.startsWith(other)),
  );
  const byStart = new Map(
    shortest.map(
      (start) => [start, tokens.filter((rule) => rule.starts?.some((other) => other.startsWith(start)))] as const,
    ),
  );
  return {
    digits: Array.from({ length: 10 }, (_, digit) => digitRules.filter((rule) => rule.firsts.includes(String(digit)))),
    shortestDigits: Math.min(...digitRules.flatMap((rule) => rule.lengths)),
    tokens: tokens.filter((rule) => rule.starts === undefined),
    starts: starts.length === 0 ? undefined : new RegExp(shortest.map(escapePattern).join('|'), 'g'),
    byStart,
    rankOf: (rule) => ranks.get(rule) ?? rules.length,
  };
};

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

const findTokens = (
  view: RunView,
  features: number,
  rules: RunRules,
  report: (found: Found) => void,
  onRefused?: OnRefused,
): void => {
  const length = view.run.length - view.lead;
  for (const rule of rules.tokens) {
    if ((features & rule.needs) === rule.needs && length >= rule.minLength) findToken(view, rule, report, onRefused);
  }
  if (rules.starts === undefined || length < SHORTEST_START) return;
  for (const rule of startedIn(view.run, rules)) {
    if ((features & rule.needs) === rule.needs && length >= rule.minLength) findToken(view, rule, report, onRefused);
  }
};

/** Rules with literal beginnings are for keys, which are long. */
const SHORTEST_START = 16;

const startedIn = (run: string, { starts, byStart }: RunRules): ReadonlySet<TokenRule> => {
  const started = new Set<TokenRule>();
  if (starts === undefined) return started;
  starts.lastIndex = 0;
  for (let match = starts.exec(run); match !== null; match = starts.exec(run)) {
    for (const rule of byStart.get(match[0]) ?? []) started.add(rule);
    // The next beginning may overlap this one.
    starts.lastIndex = match.index + 1;
  }
  return started;
};

const findToken = (view: RunView, rule: TokenRule, report: (found: Found) => void, onRefused?: OnRefused): void => {
  const { run } = view;
  rule.pattern.lastIndex = 0;
  for (let match = rule.pattern.exec(run); match !== null; match = rule.pattern.exec(run)) {
    if (match[0] === '') rule.pattern.lastIndex += 1;
    const value = match.groups?.value;
    const end =
      match.index +
      match[0].length -
      (value === undefined ? 0 : match[0].length - match[0].lastIndexOf(value) - value.length);
    const first = value === undefined ? match.index - (match.groups?.left?.length ?? 0) : end - value.length;
    const start = Math.max(view.lead, first);
    const text = run.slice(start, end);
    if (text === '') continue;
    const outcome = rule.refuse?.({ text, run, start, before: () => view.before(start) });
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
 */
export const findInRun = (
  view: RunView,
  features: number,
  rules: RunRules,
  onRefused?: OnRefused,
): readonly Found[] => {
  const kept: Found[] = [];
  let { run } = view;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const current = run;
    const before = (index: number): string =>
      index > CONTEXT_LENGTH ? current.slice(index - CONTEXT_LENGTH, index) : view.before(0) + current.slice(0, index);
    const seen =
      round === 0 ? view : { ...view, run, before: (index: number) => before(index).replace(OPAQUE_UNITS, OPAQUE) };
    const found = findApart(seen, features, rules, round === 0 ? onRefused : undefined);
    if (found.length === 0) break;
    kept.push(...found);
    run = hideFound(run, found);
  }
  return kept.sort((one, other) => one.start - other.start);
};

const hideFound = (run: string, found: readonly Found[]): string => {
  let hidden = '';
  let from = 0;
  for (const { start, end } of [...found].sort((one, other) => one.start - other.start)) {
    hidden += run.slice(from, start) + OPAQUE.repeat(end - start);
    from = end;
  }
  return hidden + run.slice(from);
};

const findApart = (view: RunView, features: number, rules: RunRules, onRefused?: OnRefused): readonly Found[] => {
  const all: Found[] = [];
  const report = (found: Found): void => {
    all.push(found);
  };
  if ((features & FEATURE.digit) !== 0 && view.run.length - view.lead >= rules.shortestDigits) {
    findDigits(view, rules.digits, rules.shortestDigits, report, onRefused);
  }
  findTokens(view, features, rules, report, onRefused);
  if (all.length <= 1) return all;
  all.sort((one, other) => rules.rankOf(one.rule) - rules.rankOf(other.rule) || one.start - other.start);
  const taken = new Uint8Array(view.run.length);
  return all.filter(({ start, end }) => {
    for (let index = start; index < end; index += 1) if (taken[index] === 1) return false;
    taken.fill(1, start, end);
    return true;
  });
};
