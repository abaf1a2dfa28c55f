import { ServiceError } from '../../../core/errors/service-error.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Keywords that constrain nothing, and those the grammar generator turns into rules. */
const ANNOTATIONS = ['$schema', '$id', '$comment', 'title', 'description', 'default', 'examples', 'deprecated'];
const KEYWORDS: ReadonlySet<string> = new Set([
  ...ANNOTATIONS,
  ...['type', 'const', 'enum', 'oneOf', 'anyOf', '$defs', '$ref'],
  ...['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  ...['items', 'prefixItems', 'minItems', 'maxItems'],
  ...['minLength', 'maxLength', 'format'],
]);
const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);
const FORMATS: ReadonlySet<unknown> = new Set(['date-time', 'date', 'time']);

/**
 * The schema as the grammar generator reads it. What the generator would silently ignore is refused here with its path:
 * an answer that breaks a constraint the caller wrote is worse than no answer.
 */
export const toGrammarSchema = (schema: unknown, path = 'schema'): Schema => {
  if (!isSchema(schema)) throw refuse(path, 'an object', schema);
  for (const keyword of Object.keys(schema)) {
    if (!KEYWORDS.has(keyword)) throw refuse(`${path}.${keyword}`, 'a keyword of the supported subset', keyword);
  }
  const hasKind = ['type', 'const', 'enum', 'oneOf', 'anyOf', '$ref'].some((keyword) => keyword in schema);
  if (!hasKind) throw refuse(path, 'one of type, const, enum, oneOf, anyOf or $ref', schema);
  checkType(schema.type, path);
  if ('format' in schema && !FORMATS.has(schema.format)) {
    throw refuse(`${path}.format`, 'date-time, date or time', schema.format);
  }
  return rewrite(schema, path);
};

const checkType = (type: unknown, path: string): void => {
  if (type === undefined) return;
  const types = Array.isArray(type) ? type : [type];
  if (types.length === 0 || types.some((name) => !TYPES.has(name))) throw refuse(`${path}.type`, 'a JSON type', type);
  if (types.length > 1 && types.some((name) => name === 'object' || name === 'array')) {
    throw refuse(`${path}.type`, 'a list of simple types (use anyOf for objects and arrays)', type);
  }
};

const rewrite = (schema: Schema, path: string): Schema => {
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (ANNOTATIONS.includes(keyword)) continue;
    const at = `${path}.${keyword}`;
    if (keyword === 'oneOf' || keyword === 'anyOf') result.oneOf = each(value, at);
    else if (keyword === 'prefixItems') result.prefixItems = each(value, at);
    else if (keyword === 'properties' || keyword === '$defs') result[keyword] = values(value, at);
    else if (keyword === 'items') result.items = toGrammarSchema(value, at);
    else if (keyword === 'additionalProperties' && typeof value !== 'boolean')
      result[keyword] = toGrammarSchema(value, at);
    else if (keyword === '$ref') result.$ref = checkReference(value, at);
    else result[keyword] = value;
  }
  return result;
};

const each = (list: unknown, path: string): Schema[] => {
  if (!Array.isArray(list) || list.length === 0) throw refuse(path, 'a list of schemas', list);
  return list.map((schema, index) => toGrammarSchema(schema, `${path}[${index}]`));
};

const values = (map: unknown, path: string): Record<string, Schema> => {
  if (!isSchema(map)) throw refuse(path, 'an object of schemas', map);
  return Object.fromEntries(
    Object.entries(map).map(([name, schema]) => [name, toGrammarSchema(schema, `${path}.${name}`)]),
  );
};

const checkReference = (reference: unknown, path: string): string => {
  if (typeof reference === 'string' && reference.startsWith('#/$defs/')) return reference;
  throw refuse(path, 'a reference of the form #/$defs/<name>', reference);
};

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (path: string, expected: string, got: unknown): ServiceError => {
  const arrived = typeof got === 'string' ? `"${got.slice(0, 60)}"` : Array.isArray(got) ? 'a list' : typeof got;
  return new ServiceError('ERR_ENGINE_GRAMMAR', `responseFormat.${path}: expected ${expected}, got ${arrived}`, {
    details: { path },
  });
};
