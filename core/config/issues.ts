import type { z } from 'zod';
import { adviseValue, nearestName } from './advice.ts';
import { describeArrived, describeExpected } from './expected.ts';
import type { Finding } from './problem.ts';
import { isMapping, type SettingPath, valueAt } from './setting-path.ts';
import { knownKeys, type SettingSchema, schemaAt } from './settings.ts';

type Issue = z.core.$ZodIssue;

type SchemaOf = (path: SettingPath) => SettingSchema | undefined;

/** Turns what zod found into findings: one for each mistake a person would count. `schemaOf` knows what `root` should be. */
export const findingsOf = (issues: readonly Issue[], root: unknown, schemaOf: SchemaOf = schemaAt): Finding[] =>
  issues.flatMap((issue) => findingsOfIssue(issue, [], root, schemaOf));

const findingsOfIssue = (issue: Issue, base: SettingPath, root: unknown, schemaOf: SchemaOf): Finding[] => {
  const path = [...base, ...issue.path.filter((part) => typeof part !== 'symbol')];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], root, schemaOf));
  if (issue.code === 'invalid_key') return [invalidKey(path, schemaOf)];
  if (issue.code === 'invalid_union') {
    const branch = bestBranch(issue.errors, valueAt(root, path));
    if (branch !== undefined) return branch.flatMap((inner) => findingsOfIssue(inner, path, root, schemaOf));
  }
  return [wrongValue(path, valueAt(root, path), schemaOf)];
};

/** A mistake in the value at a path, said from the schema of the setting. */
export const wrongValue = (path: SettingPath, value: unknown, schemaOf: SchemaOf = schemaAt): Finding => {
  const schema = schemaOf(path);
  return {
    path,
    expected: describeExpected(schema),
    arrived: describeArrived(value, path),
    advice: adviseValue(schema, value, path),
  };
};

const unknownKey = (path: SettingPath, root: unknown, schemaOf: SchemaOf): Finding => {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const siblings = Object.keys(valueAt(root, parent) ?? {}).filter((sibling) => sibling !== key);
  const known = knownKeys(schemaOf(parent) ?? {}, siblings);
  const nearest = nearestName(key, known);
  return {
    path,
    isKey: true,
    expected: 'a known setting',
    arrived: 'an unknown one',
    advice: adviseKey(nearest, known),
  };
};

const adviseKey = (nearest: string | undefined, known: readonly string[]): string => {
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  return known.length === 0 ? 'remove it' : `remove it or use one of ${known.join(', ')}`;
};

const invalidKey = (path: SettingPath, schemaOf: SchemaOf): Finding => {
  const names = schemaOf(path.slice(0, -1))?.propertyNames;
  return {
    path,
    isKey: true,
    // Safe: a schema made by zod, like its parent.
    expected: describeExpected(isMapping(names) ? (names as SettingSchema) : undefined),
    arrived: 'another name',
    advice: 'rename it',
  };
};

/**
 * The branch of a union that was meant: the one whose own kind of value arrived, with the fewest foreign and missing
 * keys. Undefined when none stands out; then the union as a whole is what was expected.
 */
const bestBranch = (branches: readonly (readonly Issue[])[], value: unknown): readonly Issue[] | undefined => {
  if (!isMapping(value) && !Array.isArray(value)) return undefined;
  const scored = branches
    .filter((issues) => issues.length > 0 && issues.every(isInside))
    .map((issues) => ({ issues, strangeness: strangenessOf(issues) }))
    .sort((a, b) => a.strangeness - b.strangeness);
  const [best, second] = scored;
  if (best === undefined || best.strangeness === second?.strangeness) return undefined;
  return best.issues;
};

const isInside = (issue: Issue): boolean => issue.path.length > 0 || issue.code === 'unrecognized_keys';

const strangenessOf = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + issue.keys.length;
    return sum + (issue.code === 'invalid_type' && issue.message.endsWith('received undefined') ? 1 : 0);
  }, 0);
