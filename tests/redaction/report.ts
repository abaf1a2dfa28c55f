import type { Table } from '../../bench/suite.ts';
import type { Part } from './corpus.ts';
import { type FalseAlarm, type Miss, precisionOf, type RuleScore, recallOf, type Score } from './score.ts';
import { type LabelledText, TYPES, type ValueType } from './types.ts';

/** What must hold for each core type. */
export const BARS = { recall: 0.99, precision: 0.98 } as const;

/** Rules of other names than the type that they look for. */
const RULES: Readonly<Partial<Record<ValueType, RegExp>>> = {
  'cn.uscc': /^cn\.credit-code/,
  'global.email': /^global\.email/,
  'global.mac': /^global\.mac/,
  'global.url-credentials': /^global\.url-credentials/,
  'cn.resident-id-15': /^cn\.resident-id$/,
  'secrets.pem': /^secrets\.private-key/,
  'secrets.header': /^secrets\.(bearer|basic|header)/,
  'secrets.password': /^secrets\.(password|key)/,
  'secrets.vendor-key': /^secrets\.(?!jwt$|private-key|bearer|basic|header|password|key)/,
};

/** Precision of the rules that look for a type; rules of its own name unless the table has others. */
export const precisionFor = (type: ValueType, rules: readonly RuleScore[]): number =>
  precisionOf(rules.filter(({ rule }) => RULES[type]?.test(rule) ?? rule === type));

/** Recall of the types and precision of the rules, those that must hold before those that may not. */
export const qualityTables = (part: Part | 'written', result: Score): readonly Table[] => [
  {
    title: `recall, ${part} part: ${result.texts} texts, ${result.lookAlikes} of them look-alikes`,
    columns: ['type', 'judged', 'values', 'found whole', 'recall %'],
    rows: result.types.map((one) => [one.type, TYPES[one.type], one.values, one.covered, percent(recallOf(one))]),
  },
  {
    title: `precision, ${part} part: ${result.touched} of ${result.lookAlikes} look-alikes touched, ${result.greedy.length} findings too long`,
    columns: ['rule', 'findings', 'right', 'precision %'],
    rows: [...result.rules, totalOf(result.rules)].map((one) => [
      ...[one.rule, one.findings, one.right],
      percent(precisionOf([one])),
    ]),
  },
];

/** A share with two digits, rounded down: 98.996 % is not 99 %. */
export const percent = (share: number): string => (Math.floor(share * 10_000) / 100).toFixed(2);

const totalOf = (rules: readonly RuleScore[]): RuleScore => ({
  rule: 'all',
  findings: rules.reduce((sum, { findings }) => sum + findings, 0),
  right: rules.reduce((sum, { right }) => sum + right, 0),
});

/** So many failures of each kind, one line each; the values in them masked by their type unless asked for. */
export const failuresOf = (result: Score, each: number, hasValues: boolean): readonly string[] => {
  const shown = new Map<string, number>();
  const isWanted = (kind: string): boolean => {
    shown.set(kind, (shown.get(kind) ?? 0) + 1);
    return (shown.get(kind) ?? 0) <= each;
  };
  const alarm = (kind: string) => (one: FalseAlarm) => ({
    kind: `${kind} ${one.finding.rule}`,
    line: `${one.finding.start}+${one.finding.length} in ${written(one.text, hasValues)}`,
  });
  return [
    ...result.misses.map(({ span, found, text }) => ({
      kind: `missed ${span.type}`,
      line: `${span.start}+${span.end - span.start}, found ${namesOf(found)}, in ${written(text, hasValues)}`,
    })),
    ...result.falseAlarms.map(alarm('false alarm')),
    ...result.greedy.map(alarm('too long')),
  ].flatMap(({ kind, line }) => (isWanted(kind) ? [`${kind}: ${line}`] : []));
};

const namesOf = (found: Miss['found']): string =>
  found.map(({ rule, start, length }) => `${rule}@${start}+${length}`).join(' ') || 'nothing';

const written = ({ text, spans }: LabelledText, hasValues: boolean): string => {
  if (hasValues) return JSON.stringify(text);
  const masked = spans
    .toReversed()
    .reduce((all, { type, start, end }) => `${all.slice(0, start)}<${type}>${all.slice(end)}`, text);
  return JSON.stringify(masked);
};
