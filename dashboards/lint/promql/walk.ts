import type { Expr, Selector } from './parse.ts';

/** Everything inside an expression with what it stands in, the nearest first; the expression itself is the first. */
export const walk = (
  expr: Expr,
  parents: readonly Expr[] = [],
): readonly { expr: Expr; parents: readonly Expr[] }[] => [
  { expr, parents },
  ...childrenOf(expr).flatMap((child) => walk(child, [expr, ...parents])),
];

const childrenOf = (expr: Expr): readonly Expr[] => {
  switch (expr.kind) {
    case 'call':
    case 'aggregate':
      return expr.args;
    case 'binary':
      return [expr.left, expr.right];
    case 'negative':
    case 'subquery':
      return [expr.of];
    default:
      return [];
  }
};

export const selectorsOf = (expr: Expr): readonly Selector[] =>
  walk(expr).flatMap(({ expr: one }) => (one.kind === 'selector' ? [one] : []));

/** Names of all series that an expression reads. */
export const namesIn = (expr: Expr): readonly string[] => [
  ...new Set(
    selectorsOf(expr)
      .map(({ name }) => name)
      .filter((name) => name !== ''),
  ),
];

/** The value of an expression that names no series; undefined where it does. */
export const constantOf = (expr: Expr): number | undefined => {
  if (expr.kind === 'number') return expr.value;
  if (expr.kind === 'negative') {
    const value = constantOf(expr.of);
    return value === undefined ? undefined : -value;
  }
  if (expr.kind !== 'binary') return undefined;
  const [left, right] = [constantOf(expr.left), constantOf(expr.right)];
  const compute = ARITHMETIC[expr.op];
  return left === undefined || right === undefined ? undefined : compute?.(left, right);
};

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};
