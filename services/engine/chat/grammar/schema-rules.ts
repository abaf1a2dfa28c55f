import { type GbnfRules, literal } from './gbnf-rules.ts';
import { jsonRule } from './json-rules.ts';
import { addNumber } from './number-rules.ts';
import { addObject } from './object-rules.ts';
import {
  checkKeywords,
  countOf,
  isSchema,
  type JsonType,
  merge,
  refuse,
  type Schema,
  typesOf,
  without,
} from './schema-keywords.ts';
import { addString } from './string-rules.ts';

export interface SchemaOptions {
  readonly rules: GbnfRules;
  /** Where the schema is in the request, for messages. */
  readonly path: string;
  /** Passes over what makes no rules instead of refusing it. */
  readonly isLoose: boolean;
}

/** Adds the rule of a schema that lies within another; `path` says where. */
export type AddSchema = (schema: unknown, path: string) => string;

/** llama.cpp and this reader go down by recursion. */
const DEEPEST = 64;

/** Adds rules for JSON that obeys a schema and returns the name of the first; refuses what no rule can keep. */
export const addSchema = (root: unknown, { rules, path: rootPath, isLoose }: SchemaOptions): string => {
  const references = new Map<string, string>();
  let depth = 0;

  const add: AddSchema = (schema, path) => {
    if (schema === true) return jsonRule(rules, 'json-value');
    if (!isSchema(schema)) throw refuse(path, 'a schema', schema);
    checkKeywords(schema, path, isLoose);
    depth += 1;
    if (depth > DEEPEST) throw refuse(path, `at most ${DEEPEST} schemas within each other`, 'more');
    const name = addPlain(schema, path);
    depth -= 1;
    return name;
  };

  const addPlain = (schema: Schema, path: string): string => {
    if ('$ref' in schema) return addReference(schema, path);
    if ('const' in schema) return rules.add('const', literal(JSON.stringify(schema.const)));
    if ('enum' in schema) return addEnum(schema.enum, `${path}.enum`);
    if ('allOf' in schema) return add(mergeAll(schema, path), path);
    for (const keyword of ['anyOf', 'oneOf']) if (keyword in schema) return addChoice(schema, keyword, path);
    const types = typesOf(schema, path);
    if (types === undefined) return jsonRule(rules, 'json-value');
    const names = types.map((type) => addTyped(schema, type, path));
    return names.length === 1 ? (names[0] ?? '') : rules.add('types', names.join(' | '));
  };

  const addTyped = (schema: Schema, type: JsonType, path: string): string => {
    const options = { rules, path, isLoose };
    if (type === 'object') return addObject(schema, options, add);
    if (type === 'array') return addArray(schema, path);
    if (type === 'string') return addString(schema, options);
    if (type === 'number' || type === 'integer') return addNumber(schema, type, options);
    return jsonRule(rules, `json-${type}`);
  };

  const addEnum = (values: unknown, path: string): string => {
    if (!Array.isArray(values) || values.length === 0) throw refuse(path, 'a list of values', values);
    return rules.add('enum', values.map((value) => literal(JSON.stringify(value))).join(' | '));
  };

  const addChoice = (schema: Schema, keyword: string, path: string): string => {
    const base = without(schema, keyword);
    const names = listOf(schema[keyword], `${path}.${keyword}`).map((part, index) => {
      const at = `${path}.${keyword}[${index}]`;
      const isAlone = Object.keys(base).length === 0 || !isSchema(part);
      return add(isAlone ? part : merge(base, resolve(part, at), at), at);
    });
    return rules.add('choice', names.join(' | '));
  };

  const mergeAll = (schema: Schema, path: string): Schema => {
    const parts = listOf(schema.allOf, `${path}.allOf`).map((part, index) => {
      const at = `${path}.allOf[${index}]`;
      if (!isSchema(part)) throw refuse(at, 'a schema', part);
      return resolve(part, at);
    });
    return parts.reduce((sum: Schema, part) => merge(sum, part, path), without(schema, 'allOf'));
  };

  const addArray = (schema: Schema, path: string): string => {
    const first = schema.prefixItems === undefined ? [] : listOf(schema.prefixItems, `${path}.prefixItems`);
    const names = first.map((item, index) => add(item, `${path}.prefixItems[${index}]`));
    const rest = schema.items === false ? undefined : add(schema.items ?? true, `${path}.items`);
    const least = Math.max(countOf(schema, 'minItems', path) ?? 0, names.length);
    const most = rest === undefined ? names.length : countOf(schema, 'maxItems', path);
    if (most !== undefined && most < least) throw refuse(`${path}.maxItems`, `at least ${least}`, String(most));
    const ws = jsonRule(rules, 'ws');
    const comma = `${ws} "," ${ws}`;
    const row = names.length > 0 ? names.join(` ${comma} `) : (rest ?? '');
    const done = Math.max(1, names.length);
    const more =
      rest === undefined
        ? ''
        : `(${comma} ${rest}){${Math.max(0, least - done)},${most === undefined ? '' : Math.max(0, most - done)}}`;
    const items = most === 0 ? '' : least === 0 ? `(${row} ${more})?` : `${row} ${more}`;
    return rules.add('array', `"[" ${ws} ${items} ${ws} "]"`);
  };

  const addReference = (schema: Schema, path: string): string => {
    const reference = String(schema.$ref);
    const known = references.get(reference);
    if (known !== undefined) return known;
    const name = rules.reserve('ref');
    references.set(reference, name);
    rules.define(name, add(resolve({ $ref: schema.$ref }, path), path));
    return name;
  };

  /** What a reference stands for; references to references as well. */
  const resolve = (schema: Schema, path: string): Schema => {
    let current = schema;
    for (let hops = 0; '$ref' in current; hops += 1) {
      const target = hops < DEEPEST ? follow(root, current.$ref) : undefined;
      if (target !== undefined) current = target;
      else if (isLoose) return {};
      else throw refuse(`${path}.$ref`, 'a reference within the schema, such as #/$defs/<name>', current.$ref);
    }
    return current;
  };

  return add(root, rootPath);
};

const listOf = (list: unknown, path: string): readonly unknown[] => {
  if (!Array.isArray(list) || list.length === 0) throw refuse(path, 'a list of schemas', list);
  return list;
};

/** The schema at a JSON pointer such as `#/$defs/cat`. */
const follow = (root: unknown, reference: unknown): Schema | undefined => {
  if (typeof reference !== 'string' || !/^#(\/|$)/u.test(reference)) return undefined;
  let current: unknown = root;
  for (const step of reference.split('/').slice(1)) {
    const key = decode(step);
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = Reflect.get(current, key);
  }
  return isSchema(current) ? current : undefined;
};

const decode = (step: string): string => {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return step;
  }
};
