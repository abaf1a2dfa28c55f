import { closest, distance } from 'fastest-levenshtein';
import type { ZodError, ZodType, z } from 'zod';
import { keysAt } from './schema-keys.ts';

/** One mistake in a request: where, what was expected, what arrived. */
export interface Problem {
  readonly path: string;
  readonly expected: string;
  readonly received: string;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const MAX_PROBLEMS = 20;
const MAX_NAME_LENGTH = 64;

/** Describes what a schema found wrong with a value, without repeating any text of the value. */
export const problemsOf = (error: ZodError, schema: ZodType, value: unknown): Problem[] => {
  const problems: Problem[] = [];
  for (const issue of error.issues) {
    if (problems.length >= MAX_PROBLEMS) break;
    problems.push(...describe(issue, [], { schema, value }));
  }
  return problems.slice(0, MAX_PROBLEMS);
};

interface Subject {
  readonly schema: ZodType;
  readonly value: unknown;
}

const describe = (issue: Issue, base: Path, subject: Subject): Problem[] => {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(path, key, subject.schema));
  if (issue.code === 'invalid_union') return describeUnion(issue, path, subject);
  const found = valueAt(subject.value, path);
  const received = receivedOf(found, issue);
  return [problem(path, expectedBy(issue), received)];
};

// The branch that got furthest is the one that was meant; where none got anywhere, all of them were possible.
const describeUnion = (issue: Issue & { code: 'invalid_union' }, path: Path, subject: Subject): Problem[] => {
  if ('options' in issue && Array.isArray(issue.options)) {
    return [problem(path, oneOf(issue.options), typeName(valueAt(subject.value, path)))];
  }
  const reach = (branch: readonly Issue[]) => Math.max(0, ...branch.map((inner) => inner.path.length));
  const inside = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.path.length === 0 && isTypeIssue(inner)),
  );
  const best = [...inside].sort((a, b) => a.length - b.length || reach(b) - reach(a))[0];
  if (best !== undefined && best.length > 0) return best.flatMap((inner) => describe(inner, path, subject));
  const expected = [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectedBy)))].join(' or ');
  const fallback = expected === '' ? 'one of the documented forms' : expected;
  return [problem(path, fallback, typeName(valueAt(subject.value, path)))];
};

const isTypeIssue = (issue: Issue): boolean => issue.code === 'invalid_type' || issue.code === 'invalid_value';

const unknownField = (path: Path, key: string, schema: ZodType): Problem => {
  const name = key.length > MAX_NAME_LENGTH ? `${key.slice(0, MAX_NAME_LENGTH)}…` : key;
  const known = keysAt(schema, path);
  const nearest = known.length === 0 ? undefined : closest(name, known);
  const isNear = nearest !== undefined && distance(name, nearest) <= Math.max(2, Math.floor(name.length / 3));
  const expected = isNear ? `"${nearest}"` : `a known field${listOf(known)}`;
  const hint = isNear ? `did you mean "${nearest}"?` : `the route knows${listOf(known) || ' none here'}`;
  const where = pathText([...path, name]);
  return { path: where, expected, received: 'an unknown field', message: `${where}: no such field; ${hint}` };
};

const listOf = (known: readonly string[]): string => (known.length === 0 ? '' : ` (${known.join(', ')})`);

const problem = (path: Path, expected: string, received: string): Problem => {
  const where = pathText(path);
  return { path: where, expected, received, message: `${where || 'body'}: expected ${expected}, got ${received}` };
};

const pathText = (path: Path): string => {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
};

const valueAt = (value: unknown, path: Path): unknown => {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    // Safe: the key was just seen on this object, and the result stays unknown.
    current = (current as Record<PropertyKey, unknown>)[part];
  }
  return current;
};

const expectedBy = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return article(issue.expected);
    case 'invalid_value':
      return oneOf(issue.values);
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return `a valid ${issue.format}`;
    default:
      return issue.message;
  }
};

const oneOf = (values: readonly unknown[]): string =>
  `${values.length === 1 ? '' : 'one of '}${values.map((value) => JSON.stringify(value)).join(', ')}`;

const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'item', set: 'item', object: 'field' };

const counted = (count: number | bigint, unit: string): string => `${count} ${unit}${Number(count) === 1 ? '' : 's'}`;

const bound = (origin: string, how: string, limit: number | bigint): string => {
  const unit = UNITS[origin];
  return `${how} ${unit === undefined ? limit : counted(limit, unit)}`;
};

const article = (type: string): string => {
  if (type === 'nonoptional') return 'a value';
  if (type === 'int') return 'an integer';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
};

// Numbers and booleans are harmless; a string could be a prompt in the wrong place, so only its size is named.
const receivedOf = (value: unknown, issue: Issue): string => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string' && issue.code === 'too_big') return counted(value.length, 'character');
  if (Array.isArray(value) && (issue.code === 'too_big' || issue.code === 'too_small'))
    return counted(value.length, 'item');
  return typeName(value);
};

const typeName = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  return article(Array.isArray(value) ? 'array' : typeof value);
};
