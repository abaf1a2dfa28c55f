import { isIP } from 'node:net';
import { closest, distance } from 'fastest-levenshtein';
import { isSecretPath } from './secrets.ts';
import type { SettingPath } from './setting-path.ts';
import { branchesOf, type SettingSchema } from './settings.ts';

const REFERENCE = 'see `clawdbot config docs`';

/** The one of `names` that was probably meant, if any comes near. */
export const nearestName = (given: string, names: readonly string[]): string | undefined => {
  const sameLetters = names.find((name) => fold(name) === fold(given));
  if (sameLetters !== undefined) return sameLetters;
  if (names.length === 0 || given.length > 128) return undefined;
  const nearest = closest(given, names);
  const changes = distance(given, nearest);
  if (changes <= (given.length - 1) / 3) return nearest;
  // Short words are near everything (`gpu` does not mean `cpu`): there only letters left out, added or swapped count.
  const isSlip = given.length !== nearest.length && changes <= Math.max(1, given.length / 3);
  return isSlip || (changes === 2 && sorted(given) === sorted(nearest)) ? nearest : undefined;
};

const sorted = (text: string): string => [...text].sort().join('');

const fold = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** What to do about a value that does not fit. */
export const adviseValue = (schema: SettingSchema | undefined, value: unknown, path: SettingPath): string => {
  if (schema === undefined) return REFERENCE;
  if (value === undefined) return 'add it';
  if (value === null) return 'give it a value or remove the line';
  const schemas = [schema, ...branchesOf(schema)];
  const corrected = isSecretPath(path) ? undefined : correct(schemas, value, path);
  if (corrected !== undefined) return `write ${corrected}`;
  return typeof value === 'number' && schemas.some(isNumeric) ? 'write a number in that range' : REFERENCE;
};

const isNumeric = ({ type }: SettingSchema): boolean => type === 'integer' || type === 'number';

const correct = (schemas: readonly SettingSchema[], value: unknown, path: SettingPath): string | undefined => {
  const takesText = schemas.some(({ type, enum: choices }) => type === 'string' && choices === undefined);
  for (const schema of schemas) {
    const corrected = correctOne(schema, value, path);
    if (corrected !== undefined) return corrected;
  }
  if (typeof value !== 'string') return undefined;
  if (schemas.some(({ format }) => format === 'cidrv4') && isIP(value) > 0)
    return `${value}/${isIP(value) === 4 ? 32 : 128}`;
  const takesList = schemas.some(({ type }) => type === 'array');
  return takesList && !takesText && value !== '' ? 'it as a list, in square brackets' : undefined;
};

const correctOne = (schema: SettingSchema, value: unknown, path: SettingPath): string | undefined => {
  const { type } = schema;
  if (schema.enum !== undefined) return nearestName(String(value), schema.enum.map(String));
  if (schema.auto === true) return nearestName(String(value), ['auto']);
  if (schema.const !== undefined) return nearestName(String(value), [String(schema.const)]);
  if (isNumeric(schema)) return correctNumber(schema, value, path);
  if (type === 'boolean') return BOOLEANS[String(value).toLowerCase()];
  if (type === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return `"${value}" with the quotes`;
  return undefined;
};

const BOOLEANS: Readonly<Record<string, string>> = {
  yes: 'true',
  on: 'true',
  true: 'true',
  '1': 'true',
  no: 'false',
  off: 'false',
  false: 'false',
  '0': 'false',
};

const correctNumber = (schema: SettingSchema, value: unknown, path: SettingPath): string | undefined => {
  const number = typeof value === 'string' ? readQuantity(value, unitOf(path)) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  const whole = schema.type === 'integer' ? Math.round(number) : number;
  return isWithin(schema, whole) && whole !== value ? String(whole) : undefined;
};

const isWithin = ({ minimum, maximum, exclusiveMinimum }: SettingSchema, value: number): boolean =>
  value >= (minimum ?? value) &&
  value <= (maximum ?? value) &&
  (typeof exclusiveMinimum !== 'number' || value > exclusiveMinimum);

/** What a number of this setting counts, as the end of its name says. */
export const unitOf = (path: SettingPath): 'ms' | 's' | 'bytes' | undefined => {
  const name = String(path.findLast((part) => typeof part === 'string') ?? '');
  if (name.endsWith('Ms')) return 'ms';
  if (name.endsWith('Seconds')) return 's';
  return name.endsWith('Bytes') ? 'bytes' : undefined;
};

const DURATIONS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZES: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Reads `4k`, `30s`, `1_000` or `10 MiB` as the plain number the setting wants. */
const readQuantity = (text: string, unit: ReturnType<typeof unitOf>): number | undefined => {
  const [, digits, suffix = ''] = /^\s*(-?[\d_]+(?:\.\d+)?(?:e\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const number = Number(digits.replaceAll('_', ''));
  const lower = suffix.toLowerCase();
  if (lower === '') return number;
  if (unit === 'ms' || unit === 's') {
    const factor = DURATIONS_MS[lower];
    return factor === undefined ? undefined : (number * factor) / (unit === 's' ? 1000 : 1);
  }
  const factor = SIZES[lower.replace(/i?b$/, '') || 'b'];
  return factor === undefined ? undefined : number * factor;
};
