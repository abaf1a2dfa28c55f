import { defaultAt, describeType, oneLine } from './docs.ts';
import { configSchema } from './schema.ts';
import { isMapping, valueAt } from './setting-path.ts';
import { entryOf, isSection, listSections, propertiesOf, type SettingSchema } from './settings.ts';

const HEAD = `# Every setting with its default. Generated from core/config/schema.ts by \`clawdbot config docs --write\`.
# Copy what you want to change to clawdbot.yaml; everything may be left out. [live] applies within a second of an edit,
# [restart] when the service starts again. \`clawdbot config check\` names every mistake. See docs/configuration.md.
`;

/** The example file: every setting, its meaning, what it accepts, its default. */
export const renderExample = (): string => {
  const defaults = configSchema.parse({});
  const sections = listSections().map(({ name, help, schema }) =>
    [`# ${help}`, ...renderSetting([name], schema, defaults)].join('\n'),
  );
  return `${[HEAD.trimEnd(), ...sections].join('\n\n')}\n`;
};

const renderSetting = (path: readonly string[], schema: SettingSchema, defaults: unknown): string[] => {
  const key = path.at(-1) ?? '';
  if (isSection(schema)) return [`${key}:`, ...indent(renderChildren(path, schema, defaults))];
  const entry = entryOf(schema);
  if (entry === undefined || !isSection(entry)) return renderLeaf(path, schema, defaults);
  return schema.type === 'array' ? renderList(path, entry, defaults) : renderNamed(path, entry, defaults);
};

const renderChildren = (path: readonly string[], schema: SettingSchema, defaults: unknown): string[] =>
  Object.entries(propertiesOf(schema)).flatMap(([key, child]) => renderSetting([...path, key], child, defaults));

const renderLeaf = (path: readonly string[], schema: SettingSchema, defaults: unknown): string[] => {
  const key = path.at(-1) ?? '';
  const value = path.includes('[]') || path.includes('*') ? undefined : valueAt(defaults, path);
  const fallback = value ?? defaultAt(path, defaults);
  // What has no default stands as a comment, so that the file is valid and changes nothing.
  const line = fallback === undefined ? `# ${key}:` : `${key}: ${oneLine(fallback)}`;
  return [
    `# ${schema.description ?? ''} [${schema.live === true ? 'live' : 'restart'}]`,
    `# ${describeType(path, schema)}`,
    line,
  ];
};

/** The first entry of the default with every setting an entry can have, the others on a line; an empty default after a comment with them. */
const renderList = (path: readonly string[], entry: SettingSchema, defaults: unknown): string[] => {
  const first = valueAt(defaults, [...path, 0]);
  const lines = Object.entries(propertiesOf(entry)).flatMap(([key, child]) => {
    const value = valueAt(first, [key]);
    const leaf = renderLeaf([...path, '[]', key], child, defaults);
    return value === undefined ? leaf : [...leaf.slice(0, -1), ...renderValue(key, value)];
  });
  // A list that is empty by default shows in a comment what an entry may have.
  if (first === undefined) return ['# -', ...indent(lines).map((line) => `# ${line}`), `${path.at(-1)}: []`];
  const others = listAt(defaults, path).slice(1);
  return [`${path.at(-1)}:`, '  -', ...indent(indent(lines)), ...others.map((other) => `  - ${oneLine(other)}`)];
};

const renderValue = (key: string, value: unknown): string[] =>
  Array.isArray(value) && value.some(isMapping)
    ? [`${key}:`, ...value.map((entry) => `  - ${oneLine(entry)}`)]
    : [`${key}: ${oneLine(value)}`];

/** The entries of the default, after a comment with every setting an entry can have. */
const renderNamed = (path: readonly string[], entry: SettingSchema, defaults: unknown): string[] => {
  const all = Object.entries(propertiesOf(entry)).flatMap(([key, child]) =>
    (isSection(child) ? renderSetting : renderLeaf)([...path, '*', key], child, defaults),
  );
  const shipped = Object.entries(mappingAt(defaults, path)).map(([name, value]) => `${name}: ${oneLine(value)}`);
  const explained = ['# <name>:', ...indent(all).map((line) => `# ${line}`)];
  // Without a shipped one there must still be a mapping.
  if (shipped.length === 0) return [...explained, `${path.at(-1)}: {}`];
  return [`${path.at(-1)}:`, ...indent([...explained, ...shipped])];
};

const listAt = (defaults: unknown, path: readonly string[]): readonly unknown[] => {
  const value = valueAt(defaults, path);
  return Array.isArray(value) ? value : [];
};

const mappingAt = (defaults: unknown, path: readonly string[]): Record<string, unknown> => {
  const value = valueAt(defaults, path);
  return isMapping(value) ? value : {};
};

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
