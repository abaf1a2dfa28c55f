/** Where a value lies: keys and list indices from the root. */
export type SettingPath = readonly (string | number)[];

/** The path as messages and documents write it: `models[0].sources[1].hf`. */
export const printPath = (path: SettingPath): string => {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
};

/** A mapping as YAML and JSON give it. */
export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path, or undefined where there is none. */
export const valueAt = (root: unknown, path: SettingPath): unknown => {
  let value = root;
  for (const part of path) {
    if (Array.isArray(value) && typeof part === 'number') value = value[part];
    else if (isMapping(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
};
