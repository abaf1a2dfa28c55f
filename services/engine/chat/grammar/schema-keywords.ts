import { ServiceError } from '../../../../core/errors/service-error.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** Keywords that constrain nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  ...['$schema', '$id', '$comment', '$anchor', 'title', 'description', 'default', 'examples', 'deprecated'],
  ...['readOnly', 'writeOnly', '$defs', 'definitions'],
]);

/** Keywords that make rules, by the type they belong to. */
const TYPED = {
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'format', 'pattern'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  number: [],
  boolean: [],
  null: [],
} as const;

export type JsonType = keyof typeof TYPED;

const SUPPORTED: ReadonlySet<string> = new Set([
  ...['type', 'const', 'enum', 'oneOf', 'anyOf', 'allOf', '$ref'],
  ...Object.values(TYPED).flat(),
]);

/** Checks the words of one schema. A loose one may hold words that make no rules: they are passed over. */
export const checkKeywords = (schema: Schema, path: string, isLoose: boolean): void => {
  for (const keyword of isLoose ? [] : Object.keys(schema)) {
    if (SUPPORTED.has(keyword) || ANNOTATIONS.has(keyword)) continue;
    throw refuse(`${path}.${keyword}`, 'a keyword of the supported subset', keyword);
  }
};

/** The types a schema allows, by name or by the words in it; `undefined`: any. */
export const typesOf = (schema: Schema, path: string): readonly JsonType[] | undefined => {
  if (schema.type === undefined) {
    const implied = TYPES.find((type) => TYPED[type].some((keyword) => keyword in schema));
    return implied === undefined ? undefined : [implied];
  }
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.length === 0 || !types.every(isType)) throw refuse(`${path}.type`, 'a JSON type', schema.type);
  return types;
};

// Safe: these are the keys.
const TYPES = Object.keys(TYPED) as JsonType[];
const isType = (name: unknown): name is JsonType => TYPES.some((type) => type === name);

/** What is left of a schema besides some of its words and those that say nothing. */
export const without = (schema: Schema, ...keywords: readonly string[]): Schema =>
  Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword) && !ANNOTATIONS.has(keyword)),
  );

/** One schema that holds both; throws where they contradict each other. */
export const merge = (left: Schema, right: Schema, path: string): Schema => {
  const merged: Record<string, unknown> = { ...left };
  for (const [keyword, value] of Object.entries(right)) {
    const known = merged[keyword];
    if (known === undefined || JSON.stringify(known) === JSON.stringify(value)) merged[keyword] = value;
    else if (keyword === 'properties' && isSchema(known) && isSchema(value)) {
      merged.properties = merge(known, value, `${path}.properties`);
    } else if (keyword === 'required' && Array.isArray(known) && Array.isArray(value)) {
      merged.required = [...new Set<unknown>([...known, ...value])];
    } else if (!ANNOTATIONS.has(keyword)) throw refuse(`${path}.${keyword}`, 'the same in all parts', 'different ones');
  }
  return merged;
};

export const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A whole number of items, characters or fields. */
export const countOf = (schema: Schema, keyword: string, path: string): number | undefined => {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_REPEATED) return value;
  throw refuse(`${path}.${keyword}`, `a whole number from 0 to ${MOST_REPEATED}`, value);
};

/** llama.cpp writes repetitions out; more than this it refuses. */
const MOST_REPEATED = 2000;

/** The error for a schema; `path` begins with the field of the request. */
export const refuse = (path: string, expected: string, got: unknown): ServiceError => {
  const arrived = typeof got === 'string' ? `"${got.slice(0, 60)}"` : Array.isArray(got) ? 'a list' : typeof got;
  return new ServiceError('ERR_ENGINE_GRAMMAR', `${path}: expected ${expected}, got ${arrived}`, {
    details: { path },
  });
};
