import { Places } from './collector.ts';
import type { CustomRule } from './custom/compile-custom-rule.ts';
import { CustomScanner } from './custom/custom-scanner.ts';
import type { Rule, RuleManifest } from './rules/rule.ts';
import { compileScanRules } from './scan/scan-rules.ts';
import { Scanner } from './scan/scanner.ts';

/** What was found or nearly found at one place, and why; the value shows only its shape. */
export interface Explanation {
  readonly rule: string;
  readonly pack: string;
  readonly label: string;
  readonly isHeuristic: boolean;
  readonly start: number;
  readonly length: number;
  /** Letters are `x`, digits `9`; signs stay. */
  readonly shape: string;
  readonly isMatch: boolean;
  /** Why it is believed, or why it is not. */
  readonly why: string;
}

const MAX_SHAPE = 48;

/** A value without what it says. */
export const shapeOf = (value: string): string => {
  const shape = value
    .replace(/\p{L}/gu, 'x')
    .replace(/\p{N}/gu, '9')
    .replace(/[\p{C}]/gu, ' ');
  return shape.length > MAX_SHAPE ? `${shape.slice(0, MAX_SHAPE)}…` : shape;
};

const explanation = (rule: RuleManifest, start: number, raw: string, isMatch: boolean, why: string): Explanation => ({
  rule: rule.id,
  pack: rule.id.slice(0, rule.id.indexOf('.')),
  label: rule.label,
  isHeuristic: rule.heuristic === true,
  start,
  length: raw.length,
  shape: shapeOf(raw),
  isMatch,
  why,
});

/** Everything that the rules find in a text, and what they refused beside it; in order of place. */
export const explain = (
  text: string,
  rules: readonly Rule[],
  customRules: readonly CustomRule[] = [],
): readonly Explanation[] => {
  const found: Explanation[] = [];
  const refused: Explanation[] = [];
  const places = new Places();
  let open: { rule: Rule; start: number } | undefined;
  let passed = 0;
  const scanRules = compileScanRules(
    rules,
    customRules.map(({ label }) => label),
  );
  const scanner = new Scanner(scanRules, {
    keep() {},
    follow() {},
    replace(rule, start, raw, _value, isOpen) {
      if (isOpen) open = { rule, start };
      else found.push(explanation(rule, start, raw, true, rule.why));
    },
    close(length) {
      if (open !== undefined)
        found.push({ ...explanation(open.rule, open.start, '', true, open.rule.why), length, shape: '…' });
    },
    refused: (rule, start, raw, reason) => refused.push(explanation(rule, start, raw, false, reason)),
  });
  const own: Explanation[] = [];
  const pass = (piece: string): void => {
    passed += piece.length;
    scanner.push(piece);
  };
  const custom = new CustomScanner(customRules, scanRules.ownLabels, {
    keep: pass,
    replace(rule, start, raw) {
      own.push(explanation(rule, start, raw, true, rule.why));
      const replacement = `[${rule.label}]`;
      pass(replacement);
      places.shift(passed, raw.length - replacement.length);
    },
    refused: (rule, start, raw, reason) => own.push(explanation(rule, start, raw, false, reason)),
  });
  custom.push(text);
  custom.end();
  scanner.end();
  const led = [...found, ...refused].sort(byPlace).map((one) => ({ ...one, start: places.before(one.start) }));
  return withoutCovered([...own, ...led].sort(byPlace));
};

const byPlace = (one: Explanation, other: Explanation): number =>
  one.start - other.start || Number(other.isMatch) - Number(one.isMatch);

const overlap = (one: Explanation, other: Explanation): boolean =>
  one.start < other.start + other.length && other.start < one.start + one.length;

/** What was refused inside a match explains nothing, nor does a part of what the same rule refused. */
const withoutCovered = (all: readonly Explanation[]): readonly Explanation[] => {
  const kept = all.filter(({ isMatch }) => isMatch);
  const refused = all.filter(({ isMatch }) => !isMatch).sort((one, other) => other.length - one.length);
  for (const one of refused) {
    const isCovered = kept.some((other) => (other.isMatch || other.rule === one.rule) && overlap(one, other));
    if (!isCovered) kept.push(one);
  }
  return kept.sort(byPlace);
};
