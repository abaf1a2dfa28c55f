import { type GbnfRules, literal, noneOf } from './gbnf-rules.ts';
import { jsonRule } from './json-rules.ts';
import { countOf, isSchema, refuse, type Schema } from './schema-keywords.ts';
import type { AddSchema, SchemaOptions } from './schema-rules.ts';

/** Adds the rule of an object: its properties in the order of the schema, those that are not required may be missing. */
export const addObject = (schema: Schema, { rules, path, isLoose }: SchemaOptions, add: AddSchema): string => {
  const properties = propertiesOf(schema, path, isLoose);
  const ws = jsonRule(rules, 'ws');
  const extra = addExtra(schema, Object.keys(properties), { rules, path, isLoose }, add);
  const comma = `${ws} "," ${ws}`;
  const counts = [countOf(schema, 'minProperties', path), countOf(schema, 'maxProperties', path)] as const;
  if (counts.some((count) => count !== undefined) && Object.keys(properties).length > 0 && !isLoose) {
    throw refuse(`${path}.minProperties`, 'a count only where no properties are named', 'both');
  }
  const required = new Set(requiredOf(schema, path));
  let after = extra === undefined ? '' : `(${comma} ${extra})*`;
  let first = extra === undefined ? '' : mapBody(extra, comma, Object.keys(properties).length > 0 ? [] : counts);
  for (const [name, property] of Object.entries(properties).toReversed()) {
    const value = add(property, `${path}.properties.${name}`);
    const pair = rules.add(name, `${literal(JSON.stringify(name))} ":" ${ws} ${value}`);
    if (required.has(name)) {
      first = `${pair} ${after}`;
      after = `${comma} ${pair} ${after}`;
    } else {
      const rest = after === '' ? '' : rules.add('rest', after);
      first = rules.add('first', `${pair} ${rest} | ${first === '' ? '""' : first}`);
      after = `(${comma} ${pair})? ${rest}`;
    }
  }
  return rules.add('object', `"{" ${ws} ${first} ${ws} "}"`);
};

/** The pairs of an object without named properties. */
const mapBody = (pair: string, comma: string, [least, most]: readonly (number | undefined)[]): string => {
  if (most === 0) return '';
  const limits = `{${Math.max(0, (least ?? 0) - 1)},${most === undefined ? '' : most - 1}}`;
  const row = `${pair} (${comma} ${pair})${limits}`;
  return (least ?? 0) > 0 ? row : `(${row})?`;
};

/** Named properties, and those that are only required. */
const propertiesOf = (schema: Schema, path: string, isLoose: boolean): Schema => {
  const { properties = {}, additionalProperties } = schema;
  if (!isSchema(properties)) throw refuse(`${path}.properties`, 'an object of schemas', properties);
  const others = requiredOf(schema, path).filter((name) => !Object.hasOwn(properties, name));
  if (others.length > 0 && additionalProperties === false && !isLoose) {
    throw refuse(`${path}.required`, 'names of properties', others[0]);
  }
  const unknown = isSchema(additionalProperties) ? additionalProperties : true;
  return { ...properties, ...Object.fromEntries(others.map((name) => [name, unknown])) };
};

const requiredOf = ({ required = [] }: Schema, path: string): readonly string[] => {
  const isList = Array.isArray(required) && required.every((name) => typeof name === 'string');
  if (!isList) throw refuse(`${path}.required`, 'a list of names', required);
  return required;
};

/** The rule of further pairs; none where the schema names properties and says nothing of others. */
const addExtra = (
  schema: Schema,
  names: readonly string[],
  { rules, path }: SchemaOptions,
  add: AddSchema,
): string | undefined => {
  const { additionalProperties = names.length === 0 } = schema;
  if (additionalProperties === false) return undefined;
  const value = add(additionalProperties, `${path}.additionalProperties`);
  const key = names.length === 0 ? jsonRule(rules, 'json-string') : addOtherName(rules, names);
  return rules.add('extra', `${key} ":" ${jsonRule(rules, 'ws')} ${value}`);
};

/** A JSON string that is none of these names. */
const addOtherName = (rules: GbnfRules, names: readonly string[]): string => {
  const character = jsonRule(rules, 'json-char');
  const addNode = (rests: readonly string[]): string => {
    const starts = new Set(rests.map((rest) => rest.charAt(0)).filter((start) => start !== ''));
    const paths = [...starts].map((start) => {
      const inner = rests.filter((rest) => rest.startsWith(start)).map((rest) => rest.slice(1));
      return `${literal(start)} ${addNode(inner)}`;
    });
    const others = `${noneOf([...starts, '"', '\\'], '\\x00-\\x1F\\x7F')} ${character}* "\\""`;
    return rules.add('other', [...paths, others, ...(rests.includes('') ? [] : ['"\\""'])].join(' | '));
  };
  return rules.add('other-name', `"\\"" ${addNode(names)}`);
};
