import { z } from 'zod';
import { configSchema } from './schema.ts';
import { isMapping, type SettingPath } from './setting-path.ts';

/** The JSON Schema of a part of the configuration, with our metadata in it. */
export type SettingSchema = z.core.JSONSchema.BaseSchema & {
  readonly live?: boolean;
  readonly file?: boolean;
  readonly auto?: boolean;
  readonly expected?: string;
};

/** One setting of the configuration; `[]` in the path stands for a list entry, `*` for a name the user chooses. */
export interface Setting {
  readonly path: readonly string[];
  readonly schema: SettingSchema;
  readonly help: string;
  /** True when an edit applies within a second, without a restart. */
  readonly isLive: boolean;
  /** True for the path of a file, relative to the configuration file. */
  readonly isFile: boolean;
  readonly isRequired: boolean;
}

let cachedRoot: SettingSchema | undefined;

/** The whole configuration as JSON Schema; made once, on first use. */
export const rootSchema = (): SettingSchema => {
  cachedRoot ??= z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  return cachedRoot;
};

/** Every setting in the order of the schema. */
export const listSettings = (): Setting[] => settingsBelow([], rootSchema(), false);

/** Top-level sections with their one sentence. */
export const listSections = (): { readonly name: string; readonly help: string; readonly schema: SettingSchema }[] =>
  Object.entries(propertiesOf(rootSchema())).map(([name, schema]) => ({
    name,
    schema,
    help: schema.description ?? '',
  }));

/** The schema that governs a path, following list entries, chosen names and the branches of unions. */
export const schemaAt = (path: SettingPath): SettingSchema | undefined => schemaBelow(rootSchema(), path);

/** The same below another schema than that of the whole configuration. */
export const schemaBelow = (top: SettingSchema, path: SettingPath): SettingSchema | undefined => {
  let schema: SettingSchema | undefined = top;
  for (const part of path) schema = schema === undefined ? undefined : childOf(schema, part);
  return schema;
};

/** Keys a mapping at this schema may have; of a union, those of the branches that have the siblings too. */
export const knownKeys = (schema: SettingSchema, siblings: readonly string[] = []): string[] => {
  const branches = branchesOf(schema).map((branch) => Object.keys(propertiesOf(branch)));
  const fitting = branches.filter((keys) => siblings.every((sibling) => keys.includes(sibling)));
  const own = [...Object.keys(propertiesOf(schema)), ...namesOf(schema)];
  return [...new Set([...own, ...(fitting.length > 0 ? fitting : branches).flat()])];
};

/** The names that a free mapping takes, where they are a list. */
const namesOf = ({ propertyNames }: SettingSchema): string[] =>
  isSchema(propertyNames) ? (propertyNames.enum ?? []).filter((name) => typeof name === 'string') : [];

/** The alternatives of a union; empty for anything else. */
export const branchesOf = (schema: SettingSchema): SettingSchema[] => (schema.anyOf ?? []).filter(isSchema);

/** The schema of the entries of a list or of the values of a free mapping. */
export const entryOf = (schema: SettingSchema): SettingSchema | undefined => {
  const entry = schema.items ?? schema.additionalProperties;
  return isSchema(entry) ? entry : undefined;
};

const isSchema = (value: unknown): value is SettingSchema => isMapping(value);

/** The named children of a mapping. */
export const propertiesOf = (schema: SettingSchema): Record<string, SettingSchema> => {
  const properties: Record<string, SettingSchema> = {};
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    // `not: {}` is a key a union branch names only to refuse it.
    if (isSchema(child) && child.not === undefined) properties[key] = child;
  }
  return properties;
};

/** True for a mapping whose keys are settings, false for a setting. */
export const isSection = (schema: SettingSchema): boolean => Object.keys(propertiesOf(schema)).length > 0;

const childOf = (schema: SettingSchema, part: string | number): SettingSchema | undefined => {
  const own = typeof part === 'string' ? propertiesOf(schema)[part] : undefined;
  if (own !== undefined) return own;
  const fitsEntries = typeof part === 'number' ? schema.items !== undefined : schema.additionalProperties !== undefined;
  if (fitsEntries) return entryOf(schema);
  for (const branch of branchesOf(schema)) {
    const child = childOf(branch, part);
    if (child !== undefined) return child;
  }
  return undefined;
};

const settingsBelow = (path: readonly string[], schema: SettingSchema, isRequired: boolean): Setting[] => {
  if (isSection(schema)) {
    return Object.entries(propertiesOf(schema)).flatMap(([key, child]) =>
      settingsBelow([...path, key], child, schema.required?.includes(key) ?? false),
    );
  }
  const entry = entryOf(schema);
  if (entry !== undefined && isSection(entry)) {
    return settingsBelow([...path, schema.type === 'array' ? '[]' : '*'], entry, false);
  }
  const { description = '', live = false, file = false } = schema;
  return [{ path, schema, help: description, isLive: live, isFile: file, isRequired }];
};
