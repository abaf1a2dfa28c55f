import type { Finding } from '../../services/inference/redact/redactor.ts';
import type { LabelledText, Span, ValueType } from './types.ts';
import { TYPE_NAMES } from './types.ts';

/** What looks for private data: where, and by which rule. */
export type Finder = (text: string) => readonly Finding[];

/** A value of which at least one character stayed. */
export interface Miss {
  readonly text: LabelledText;
  readonly span: Span;
  readonly found: readonly Finding[];
}

/** A finding where nothing private is. */
export interface FalseAlarm {
  readonly text: LabelledText;
  readonly finding: Finding;
}

export interface TypeScore {
  readonly type: ValueType;
  readonly values: number;
  readonly covered: number;
}

export interface RuleScore {
  readonly rule: string;
  readonly findings: number;
  readonly right: number;
}

export interface Score {
  readonly texts: number;
  readonly lookAlikes: number;
  /** Look-alike texts in which something was found. */
  readonly touched: number;
  /** Findings that also replace more than a few characters that no label has. */
  readonly greedy: readonly FalseAlarm[];
  readonly types: readonly TypeScore[];
  readonly rules: readonly RuleScore[];
  readonly misses: readonly Miss[];
  readonly falseAlarms: readonly FalseAlarm[];
}

/** A label in front or a quote behind may go with the value; a sentence may not. */
const GREEDY_CHARACTERS = 16;

/** Holds what the finder finds against the labels. */
export const score = (texts: readonly LabelledText[], find: Finder): Score => {
  const values = new Map<ValueType, { values: number; covered: number }>();
  const rules = new Map<string, { findings: number; right: number }>();
  const misses: Miss[] = [];
  const falseAlarms: FalseAlarm[] = [];
  const greedy: FalseAlarm[] = [];
  let touched = 0;
  for (const text of texts) {
    const found = find(text.text).filter(({ action }) => action !== 'observe');
    if (text.spans.length === 0 && found.length > 0) touched += 1;
    for (const span of text.spans) {
      const count = values.get(span.type) ?? { values: 0, covered: 0 };
      const isCovered = covers(found, text.text, span);
      values.set(span.type, { values: count.values + 1, covered: count.covered + (isCovered ? 1 : 0) });
      if (!isCovered) misses.push({ text, span, found });
    }
    for (const finding of found) {
      const labels = [...text.spans, ...text.neutral].filter((range) => overlap(finding, range) > 0);
      const count = rules.get(finding.rule) ?? { findings: 0, right: 0 };
      rules.set(finding.rule, { findings: count.findings + 1, right: count.right + (labels.length > 0 ? 1 : 0) });
      const excess = finding.length - labels.reduce((sum, range) => sum + overlap(finding, range), 0);
      if (labels.length === 0) falseAlarms.push({ text, finding });
      else if (excess > GREEDY_CHARACTERS) greedy.push({ text, finding });
    }
  }
  return {
    ...{ texts: texts.length, lookAlikes: texts.filter(({ spans }) => spans.length === 0).length },
    ...{ touched, greedy, misses, falseAlarms },
    types: TYPE_NAMES.map((type) => ({ type, ...(values.get(type) ?? { values: 0, covered: 0 }) })),
    rules: [...rules].map(([rule, count]) => ({ rule, ...count })).sort((a, b) => (a.rule < b.rule ? -1 : 1)),
  };
};

const overlap = ({ start, length }: Finding, range: { readonly start: number; readonly end: number }): number =>
  Math.max(0, Math.min(start + length, range.end) - Math.max(start, range.start));

/** Spaces, signs and invisible characters of a number say nothing; of a secret each sign is part. */
const COUNTS = { secret: /[^\s\p{Cf}]/u, other: /[\p{L}\p{N}]/u };
const SECRETS = /^secrets\.|^global\.url-credentials$/;

const covers = (found: readonly Finding[], text: string, { type, start, end }: Span): boolean => {
  const counts = SECRETS.test(type) ? COUNTS.secret : COUNTS.other;
  for (let at = start; at < end; at += 1) {
    const isFound = found.some((finding) => finding.start <= at && at < finding.start + finding.length);
    if (!isFound && counts.test(text[at] ?? '')) return false;
  }
  return true;
};

/** Recall of a type, 1 where the corpus has none of it. */
export const recallOf = ({ values, covered }: TypeScore): number => (values === 0 ? 1 : covered / values);

/** Precision over some rules, 1 where they found nothing. */
export const precisionOf = (rules: readonly RuleScore[]): number => {
  const sum = (pick: (rule: RuleScore) => number) => rules.reduce((total, rule) => total + pick(rule), 0);
  const findings = sum((rule) => rule.findings);
  return findings === 0 ? 1 : sum((rule) => rule.right) / findings;
};
