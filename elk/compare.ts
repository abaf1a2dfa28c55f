import type { Difference } from './resource.ts';

/** Mappings whose keys are all ours: one more there is a difference, because somebody added it by hand. */
const CLOSED = /(^|\.)(properties|phases|actions)$/;

/**
 * Where `got` is not what `expected` asks for. Elasticsearch gives numbers and truth values of settings back as text and
 * adds defaults of its own, so values are compared as they are written, and only in `CLOSED` places more than was
 * asked for counts.
 */
export const compare = (expected: unknown, got: unknown, at = ''): readonly Difference[] => {
  if (Array.isArray(expected)) return compareLists(expected, got, at);
  if (isMapping(expected)) return compareMappings(expected, got, at);
  if (expected === got) return [];
  return got !== undefined && got !== null && String(expected) === String(got) ? [] : [{ at, expected, got }];
};

/** Lists that say which, not in what order: Elasticsearch may give them back in another. */
const SETS = /(^|\.)(cluster|privileges|names|discover_v2|dashboard_v2)$/;

const sorted = (list: readonly unknown[]): readonly unknown[] =>
  list.toSorted((one, other) => (String(one) < String(other) ? -1 : 1));

const compareLists = (expected: readonly unknown[], got: unknown, at: string): readonly Difference[] => {
  if (!Array.isArray(got) || got.length !== expected.length) return [{ at, expected, got }];
  if (SETS.test(at)) {
    const found = sorted(got);
    return sorted(expected).every((value, index) => value === found[index]) ? [] : [{ at, expected, got }];
  }
  return expected.flatMap((value, index) => compare(value, got[index], `${at}[${index}]`));
};

const compareMappings = (
  expected: Readonly<Record<string, unknown>>,
  got: unknown,
  at: string,
): readonly Difference[] => {
  if (!isMapping(got)) return [{ at, expected, got }];
  const found = Object.entries(expected).flatMap(([key, value]) => compare(value, got[key], join(at, key)));
  if (!CLOSED.test(at)) return found;
  const more = Object.keys(got).filter((key) => !Object.hasOwn(expected, key));
  return [...found, ...more.map((key) => ({ at: join(at, key), expected: undefined, got: got[key] }))];
};

const join = (at: string, key: string): string => (at === '' ? key : `${at}.${key}`);

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
