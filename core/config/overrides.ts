import type { Override } from './environment.ts';
import type { Origin } from './problem.ts';
import { isMapping, type SettingPath } from './setting-path.ts';

/** The values of the file with the overrides laid over them, the last one winning; the file's are not changed. */
export const applyOverrides = (value: unknown, overrides: readonly Override[]): unknown =>
  overrides.reduce((root, override) => replaceAt(root, override.path, override.value), value);

/** Where the value at a path came from; undefined: from the file. */
export const originOfOverride = (path: SettingPath, overrides: readonly Override[]): Origin | undefined => {
  const source = overrides.findLast((override) => override.path.every((part, index) => part === path[index]));
  return source === undefined ? undefined : { name: source.name };
};

const replaceAt = (value: unknown, path: readonly string[], replacement: unknown): unknown => {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  // A section that is not a mapping stays as it is, so that the mistake is reported.
  if (value !== undefined && value !== null && !isMapping(value)) return value;
  return { ...value, [key]: replaceAt(value?.[key], rest, replacement) };
};
