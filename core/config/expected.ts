import { hideUrlCredentials, isSecretPath } from './secrets.ts';
import { isMapping, type SettingPath } from './setting-path.ts';
import { branchesOf, entryOf, type SettingSchema } from './settings.ts';

const MAX_SHOWN = 48;
const MAX_KEYS = 5;

/** What a schema accepts, in words: `an integer from 1 to 100000`. */
export const describeExpected = (schema: SettingSchema | undefined): string => {
  if (schema === undefined) return 'a known setting';
  if (schema.expected !== undefined) return schema.expected;
  if (schema.enum !== undefined) return oneOf(schema.enum.map(String));
  if (schema.const !== undefined) return String(schema.const);
  const branches = branchesOf(schema);
  if (branches.length > 0) return branches.map(describeExpected).join(' or ');
  if (schema.type === 'integer' || schema.type === 'number') return describeNumber(schema);
  if (schema.type === 'array') return describeList(schema);
  return describePlain(schema);
};

const PLAIN: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  object: 'a mapping',
  null: 'null',
};

const describePlain = (schema: SettingSchema): string => {
  if (schema.type === 'string') return (schema.minLength ?? 0) > 0 ? 'a string that is not empty' : 'a string';
  return PLAIN[String(schema.type)] ?? 'a value';
};

const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? values.join() : `one of ${values.join(', ')}`;

const describeNumber = (schema: SettingSchema): string => {
  const kind = schema.type === 'integer' ? 'an integer' : 'a number';
  const { minimum, maximum, exclusiveMinimum } = schema;
  if (typeof exclusiveMinimum === 'number') return `${kind} above ${exclusiveMinimum}`;
  // What zod adds to every integer says nothing about the setting.
  const highest = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum === undefined) return highest === undefined ? kind : `${kind} of at most ${highest}`;
  return highest === undefined ? `${kind} of at least ${minimum}` : `${kind} from ${minimum} to ${highest}`;
};

const describeList = (schema: SettingSchema): string => {
  const entry = entryOf(schema);
  const least = (schema.minItems ?? 0) > 0 ? ' with at least one entry' : '';
  return entry === undefined || entry.type === 'object'
    ? `a list${least}`
    : `a list${least}, each ${describeExpected(entry)}`;
};

/** What arrived, short enough for one line; never a secret. */
export const describeArrived = (value: unknown, path: SettingPath): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (isSecretPath(path)) return `a ${isMapping(value) ? 'mapping' : typeof value} that is not shown here`;
  if (isMapping(value)) return describeMapping(Object.keys(value));
  return `${shorten(value)} (${typeof value})`;
};

const describeMapping = (keys: readonly string[]): string => {
  if (keys.length === 0) return 'an empty mapping';
  const shown = keys.slice(0, MAX_KEYS).map((key) => shorten(key));
  return `a mapping with ${shown.join(', ')}${keys.length > MAX_KEYS ? ', …' : ''}`;
};

const shorten = (value: unknown): string => {
  const text = typeof value === 'string' ? printable(hideUrlCredentials(value)) : String(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
};

// JSON escapes C0 controls; C1 controls and text direction marks could still repaint a terminal.
const printable = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\\u{…}');
