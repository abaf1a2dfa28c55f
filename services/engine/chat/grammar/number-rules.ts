import { oneOf } from './gbnf-rules.ts';
import { jsonRule } from './json-rules.ts';
import { refuse, type Schema } from './schema-keywords.ts';
import type { SchemaOptions } from './schema-rules.ts';

const MOST_DIGITS = 16;

interface Limits {
  readonly least: number | undefined;
  readonly most: number | undefined;
}

/** Adds the rule of a number; limits are kept for whole numbers, of others only that they are not negative. */
export const addNumber = (schema: Schema, type: 'number' | 'integer', options: SchemaOptions): string => {
  const { rules, path, isLoose } = options;
  const limits = limitsOf(schema, path);
  if (limits.least === undefined && limits.most === undefined) return jsonRule(rules, `json-${type}`);
  if (type === 'integer') return rules.add('integer', between(limits, path).join(' | '));
  const isNotNegative = schema.minimum === 0 && limits.most === undefined && schema.exclusiveMinimum === undefined;
  if (!isNotNegative && !isLoose) {
    throw refuse(`${path}.${LIMITS.find((keyword) => keyword in schema)}`, 'limits of an integer', 'those of a number');
  }
  if (!isNotNegative) return jsonRule(rules, 'json-number');
  jsonRule(rules, 'json-integer');
  return rules.share('positive', () => '("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,3})?');
};

const LIMITS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const;

const limitsOf = (schema: Schema, path: string): Limits => {
  const read = (keyword: (typeof LIMITS)[number]): number | undefined => {
    const value = schema[keyword];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Math.abs(value) < 10 ** MOST_DIGITS) return value;
    throw refuse(`${path}.${keyword}`, `a number of at most ${MOST_DIGITS} digits`, value);
  };
  const over = read('exclusiveMinimum');
  const under = read('exclusiveMaximum');
  return {
    least: highest(ceil(read('minimum')), over === undefined ? undefined : Math.floor(over) + 1),
    most: lowest(floor(read('maximum')), under === undefined ? undefined : Math.ceil(under) - 1),
  };
};

const ceil = (value: number | undefined): number | undefined => (value === undefined ? undefined : Math.ceil(value));
const floor = (value: number | undefined): number | undefined => (value === undefined ? undefined : Math.floor(value));
const highest = (left: number | undefined, right: number | undefined): number | undefined =>
  left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
const lowest = (left: number | undefined, right: number | undefined): number | undefined =>
  left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);

const LARGEST = 10 ** MOST_DIGITS - 1;

/** Alternatives for the whole numbers from `least` to `most`. */
const between = ({ least = -LARGEST, most = LARGEST }: Limits, path: string): string[] => {
  if (least > most) throw refuse(`${path}.maximum`, `at least ${least}`, String(most));
  const alternatives: string[] = [];
  if (least < 0) {
    const negative = upTo(Math.max(1, -most), -least).map((digits) => `"-" ${digits}`);
    alternatives.push(...negative);
  }
  if (most >= 0) alternatives.push(...upTo(Math.max(0, least), most));
  return alternatives;
};

/** The same for numbers that are not negative, one alternative for each number of digits. */
const upTo = (least: number, most: number): string[] => {
  const alternatives: string[] = [];
  for (let digits = `${least}`.length; digits <= `${most}`.length; digits += 1) {
    const from = digits === 1 ? 0 : 10 ** (digits - 1);
    const low = Math.max(least, from);
    const high = Math.min(most, 10 ** digits - 1);
    if (low <= high) alternatives.push(range(`${low}`, `${high}`));
  }
  return alternatives;
};

/** Numbers of the same length, digit by digit. */
const range = (low: string, high: string): string => {
  if (low === '') return '';
  if (/^0*$/u.test(low) && /^9*$/u.test(high)) return low.length === 1 ? '[0-9]' : `[0-9]{${low.length}}`;
  const [first = '', last = ''] = [low[0], high[0]];
  if (first === last) return `${oneOf([first])} ${range(low.slice(1), high.slice(1))}`.trimEnd();
  const rest = low.length - 1;
  if (rest === 0) return `[${first}-${last}]`;
  const middle = Number(last) - Number(first) > 1 ? [`[${Number(first) + 1}-${Number(last) - 1}] [0-9]{${rest}}`] : [];
  return `(${[
    `${oneOf([first])} ${range(low.slice(1), '9'.repeat(rest))}`,
    ...middle,
    `${oneOf([last])} ${range('0'.repeat(rest), high.slice(1))}`,
  ].join(' | ')})`;
};
