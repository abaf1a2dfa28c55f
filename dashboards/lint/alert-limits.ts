import type { Alert } from '../../alerting/rules/entry.ts';
import type { AlertingRule } from '../../alerting/rules/render.ts';
import { type Expr, parsePromql } from './promql/parse.ts';
import { constantOf, namesIn, walk } from './promql/walk.ts';
import type { SeriesTable } from './series.ts';
import { dimensionIn } from './units.ts';

/** A number that an alert compares series with. */
export interface AlertLimit {
  readonly alert: string;
  /** The panel of `alerting/links.ts` that the alert leads to; an objective leads nowhere. */
  readonly panel?: Alert['panel'];
  readonly series: readonly string[];
  /** In units of the catalogue: an alert that counts in days is as good as one in seconds. */
  readonly value: number;
  /** The side on which it fires. */
  readonly beyond: 'above' | 'below';
  /** What the alert is about, rather than what else must hold, and something whose height can be drawn. */
  readonly isDrawable: boolean;
}

const COMPARISONS: readonly string[] = ['>', '<', '>=', '<='];
const CLAUSES: readonly string[] = ['and', 'unless'];

/** What the rules of an alert compare with, read from their expressions, so that no number is written twice. */
export const limitsOf = (
  { name, panel }: Alert,
  rules: readonly AlertingRule[],
  series: SeriesTable,
): readonly AlertLimit[] =>
  rules.flatMap(({ expr }) => compared(expr, series)).map((limit) => ({ alert: name, panel, ...limit }));

type Compared = Omit<AlertLimit, 'alert' | 'panel'>;

const compared = (text: string, series: SeriesTable): readonly Compared[] => {
  const parsed = parsePromql(text);
  if (!parsed.ok) throw new TypeError(`a rule that cannot be read near "${parsed.near}": ${text}`);
  const about = subjectsOf(parsed.expr);
  return walk(parsed.expr).flatMap(({ expr }) => {
    if (expr.kind !== 'binary' || !COMPARISONS.includes(expr.op)) return [];
    const isMore = expr.op.startsWith('>');
    const sides = [
      { of: expr.left, value: constantOf(expr.right), isAbove: isMore },
      { of: expr.right, value: constantOf(expr.left), isAbove: !isMore },
    ];
    return sides.flatMap(({ of, value, isAbove }): Compared[] => {
      const names = namesIn(of);
      if (value === undefined || names.length === 0) return [];
      const isDrawable = about.includes(expr) && value !== 0 && !names.some((one) => series.isCounter(one));
      const beyond = isAbove ? 'above' : 'below';
      return [{ series: names, value: value / (dimensionIn(of, series)?.scale ?? 1), beyond, isDrawable }];
    });
  });
};

/** What stands before `and` or `unless`; of an `or`, both sides. */
const subjectsOf = (expr: Expr): readonly Expr[] => {
  if (expr.kind !== 'binary') return [expr];
  if (CLAUSES.includes(expr.op)) return subjectsOf(expr.left);
  return expr.op === 'or' ? [...subjectsOf(expr.left), ...subjectsOf(expr.right)] : [expr];
};
