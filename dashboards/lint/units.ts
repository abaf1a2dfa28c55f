import type { Expr } from './promql/parse.ts';
import { constantOf, namesIn } from './promql/walk.ts';

/**
 * What a value is measured in: units of the catalogue with their powers (`By` 1 and `s` -1 for a speed); `{request}` and
 * the like are counted things. `scale`: it was multiplied, as 100 makes a share a percentage.
 */
export interface Dimension {
  readonly powers: ReadonlyMap<string, number>;
  readonly scale: number;
  /** A mean of counted things may be a share: that of ones among zeros and ones. */
  readonly isMean: boolean;
}

/** What series are measured in; undefined where nobody knows them. */
export interface Units {
  of(series: string): Dimension | undefined;
  /** What was observed, of a series of buckets: those themselves are counts. */
  ofObserved(series: string): Dimension | undefined;
}

/** `number` fits everything; undefined: not to be known. */
type Known = Dimension | 'number' | undefined;

export const dimensionOf = (unit: string): Dimension => {
  const [over = '', ...under] = unit.split('/');
  return of([[over, 1], ...under.map((one) => [one, -1] as const)]);
};

const of = (pairs: Iterable<readonly [string, number]>, scale = 1): Dimension => {
  const powers = new Map<string, number>();
  for (const [unit, power] of pairs) {
    if (unit !== '1' && unit !== '') powers.set(unit, (powers.get(unit) ?? 0) + power);
  }
  return { powers: new Map([...powers].filter(([, power]) => power !== 0)), scale, isMean: false };
};

const combine = (one: Dimension, other: Dimension, direction: 1 | -1): Dimension =>
  of(
    [...one.powers, ...[...other.powers].map(([unit, power]) => [unit, power * direction] as const)],
    one.scale * other.scale ** direction,
  );

const PER_SECOND = dimensionOf('s');

/** What an expression is measured in; undefined where it cannot be told, and nothing may be said of its unit then. */
export const dimensionIn = (expr: Expr, units: Units): Dimension | undefined => {
  const known = measure(expr, units);
  return known === 'number' ? undefined : known;
};

const measure = (expr: Expr, units: Units): Known => {
  switch (expr.kind) {
    case 'number':
      return 'number';
    case 'string':
      return undefined;
    case 'selector':
      return units.of(expr.name);
    case 'negative':
    case 'subquery':
      return measure(expr.of, units);
    case 'aggregate':
      return aggregated(expr, units);
    case 'call':
      return called(expr, units);
    case 'binary':
      return calculated(expr, units);
  }
};

type Call = Extract<Expr, { kind: 'call' }>;
type Aggregate = Extract<Expr, { kind: 'aggregate' }>;
type Binary = Extract<Expr, { kind: 'binary' }>;

const averaged = (known: Known): Known =>
  known === undefined || known === 'number' ? known : { ...known, isMean: true };

const aggregated = ({ op, args }: Aggregate, units: Units): Known => {
  if (op === 'count' || op === 'group' || op === 'count_values') return dimensionOf('{series}');
  const last = args.at(-1);
  const inner = last === undefined ? undefined : measure(last, units);
  return op === 'avg' ? averaged(inner) : inner;
};

/** The place of the argument that the result is measured like. */
const LIKE: Readonly<Record<string, number>> = { quantile_over_time: 1 };
const FIRST = [
  ...[
    'increase',
    'delta',
    'idelta',
    'abs',
    'ceil',
    'floor',
    'round',
    'clamp',
    'clamp_min',
    'clamp_max',
    'sort',
    'sort_desc',
  ],
  ...['scalar', 'vector', 'label_replace', 'label_join', 'predict_linear', 'last_over_time', 'min_over_time'],
  ...['max_over_time', 'sum_over_time', 'avg_over_time', 'stddev_over_time', 'histogram_avg', 'histogram_sum'],
];
const COUNTED: Readonly<Record<string, string>> = {
  changes: '{change}',
  resets: '{reset}',
  count_over_time: '{sample}',
  absent: '{series}',
  absent_over_time: '{series}',
  present_over_time: '{series}',
  time: 's',
  timestamp: 's',
};

const called = ({ name, args }: Call, units: Units): Known => {
  const counted = COUNTED[name];
  if (counted !== undefined) return dimensionOf(counted);
  if (name === 'histogram_fraction') return dimensionOf('1');
  const argument = args[LIKE[name] ?? 0];
  if (name === 'histogram_quantile') {
    return args
      .flatMap(namesIn)
      .map((series) => units.ofObserved(series))
      .find((known) => known !== undefined);
  }
  const inner = argument === undefined ? undefined : measure(argument, units);
  if (name === 'rate' || name === 'irate' || name === 'deriv') {
    return inner === undefined || inner === 'number' ? inner : combine(inner, PER_SECOND, -1);
  }
  if (name === 'avg_over_time') return averaged(inner);
  return name in LIKE || FIRST.includes(name) ? inner : undefined;
};

const calculated = (expr: Binary, units: Units): Known => {
  const [left, right] = [measure(expr.left, units), measure(expr.right, units)];
  switch (expr.op) {
    case '*':
      return product(left, right, { factor: constantOf(expr.right) ?? constantOf(expr.left), direction: 1 });
    case '/':
      return product(left, right, { factor: constantOf(expr.right), direction: -1 });
    case '+':
    case '-':
      return left === 'number' || left === undefined ? right : left;
    case 'or':
      return either(left, right);
    case 'and':
    case 'unless':
      return left;
    case '^':
    case '%':
    case 'atan2':
      return undefined;
    default:
      // A comparison filters, unless it says yes or no.
      return expr.isBool ? dimensionOf('{yes}') : left;
  }
};

/** Of two that differ, nothing is known. */
const either = (left: Known, right: Known): Known => {
  if (left === 'number' || left === undefined) return right;
  return right === 'number' || right === undefined || isAlike(left, right) ? left : undefined;
};

/** Requests and tokens are both counted: only what is measured must be the same. */
const isAlike = (one: Dimension, other: Dimension): boolean => {
  const measured = ({ powers }: Dimension): string =>
    [...powers]
      .filter(([unit]) => !unit.startsWith('{'))
      .map(([unit, power]) => `${unit}${power}`)
      .sort()
      .join(' ');
  return measured(one) === measured(other) && one.scale === other.scale;
};

const product = (
  left: Known,
  right: Known,
  { factor, direction }: { readonly factor: number | undefined; readonly direction: 1 | -1 },
): Known => {
  if (left === undefined || right === undefined) return undefined;
  if (left !== 'number' && right !== 'number') return combine(left, right, direction);
  if (left === 'number' && right === 'number') return 'number';
  // One over something is measured in the other direction.
  if (left === 'number' && right !== 'number' && direction === -1) return combine(of([]), right, -1);
  const measured = left === 'number' ? right : left;
  if (measured === 'number' || factor === undefined || factor === 0) return undefined;
  // A share of a share that is allowed is still one.
  if (measured.powers.size === 0 && direction === -1) return measured;
  return { ...measured, scale: measured.scale * factor ** direction };
};
