import { isDeepStrictEqual } from 'node:util';
import { deepFreeze } from './deep-freeze.ts';
import { checkRules } from './rules.ts';
import type { Config } from './schema.ts';
import { isMapping, printPath, type SettingPath, valueAt } from './setting-path.ts';
import { entryOf, isSection, propertiesOf, rootSchema, type SettingSchema } from './settings.ts';

/** What an edit means for a running service. */
export interface Changes {
  /** Settings that apply now. */
  readonly live: readonly string[];
  /** Settings that apply after a restart. */
  readonly restart: readonly string[];
  /** The running configuration with the live settings changed; frozen. */
  readonly effective: Config;
}

interface Change {
  readonly path: SettingPath;
  readonly isLive: boolean;
}

/** Compares two configurations setting by setting. */
export const classifyChanges = (current: Config, next: Config): Changes => {
  const changes = compare(rootSchema(), current, next, []);
  const live = changes.filter(({ isLive }) => isLive);
  const effective = deepFreeze(withChanges(current, next, live));
  // A live setting may lean on one that waits for the restart, such as a scenario on a new model: then it waits too.
  const isWaiting = checkRules(effective).length > 0;
  const print = (list: readonly Change[]) => list.map(({ path }) => printPath(path));
  if (isWaiting) return { live: [], restart: print(changes), effective: current };
  return { live: print(live), restart: print(changes.filter(({ isLive }) => !isLive)), effective };
};

const compare = (schema: SettingSchema, before: unknown, after: unknown, path: SettingPath): Change[] => {
  if (isDeepStrictEqual(before, after)) return [];
  if (isSection(schema)) return compareSections(schema, before, after, path);
  const entry = entryOf(schema);
  if (entry !== undefined && isSection(entry)) {
    if (Array.isArray(before) && Array.isArray(after)) return compareLists(entry, before, after, path);
    if (isMapping(before) && isMapping(after)) return compareNamed(entry, before, after, path);
  }
  return [{ path, isLive: schema.live === true }];
};

const compareSections = (schema: SettingSchema, before: unknown, after: unknown, path: SettingPath): Change[] =>
  Object.entries(propertiesOf(schema)).flatMap(([key, child]) =>
    compare(child, valueAt(before, [key]), valueAt(after, [key]), [...path, key]),
  );

const compareLists = (entry: SettingSchema, before: unknown[], after: unknown[], path: SettingPath): Change[] => {
  const sameEntries = isDeepStrictEqual(before.map(identity), after.map(identity));
  if (!sameEntries) return [{ path, isLive: isWhollyLive(entry) }];
  return after.flatMap((value, index) => compare(entry, before[index], value, [...path, index]));
};

const identity = (entry: unknown): unknown => valueAt(entry, ['id']);

const compareNamed = (
  entry: SettingSchema,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: SettingPath,
): Change[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    Object.hasOwn(before, name) && Object.hasOwn(after, name)
      ? compare(entry, before[name], after[name], [...path, name])
      : [{ path: [...path, name], isLive: isWhollyLive(entry) }],
  );

const isWhollyLive = (schema: SettingSchema): boolean =>
  isSection(schema) ? Object.values(propertiesOf(schema)).every(isWhollyLive) : schema.live === true;

const withChanges = (current: Config, next: Config, changes: readonly Change[]): Config => {
  const result = structuredClone(current);
  for (const { path } of changes) {
    const parent = valueAt(result, path.slice(0, -1));
    const key = path.at(-1);
    const value = valueAt(next, path);
    if (key === undefined || typeof parent !== 'object' || parent === null) continue;
    if (value === undefined) Reflect.deleteProperty(parent, key);
    else Reflect.set(parent, key, structuredClone(value));
  }
  return result;
};
