import { jsonRule } from './json-rules.ts';
import { patternBody } from './pattern.ts';
import { countOf, refuse, type Schema } from './schema-keywords.ts';
import type { SchemaOptions } from './schema-rules.ts';

const HEX = '[0-9a-fA-F]';
const DATE = '[0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [1-2] [0-9] | "3" [0-1])';
const TIME =
  '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{3})? ("Z" | [-+] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])';

const FORMATS: Readonly<Record<string, string>> = {
  date: DATE,
  time: TIME,
  'date-time': `${DATE} "T" ${TIME}`,
  uuid: `${HEX}{8} "-" ${HEX}{4} "-" ${HEX}{4} "-" ${HEX}{4} "-" ${HEX}{12}`,
};

/** Adds the rule of a string. */
export const addString = (schema: Schema, { rules, path, isLoose }: SchemaOptions): string => {
  const { format, pattern } = schema;
  const least = countOf(schema, 'minLength', path);
  const most = isLoose && Number(schema.maxLength) > LONGEST_LOOSE ? undefined : countOf(schema, 'maxLength', path);
  const known = typeof format === 'string' ? FORMATS[format] : undefined;
  if (format !== undefined && known === undefined && !isLoose) {
    throw refuse(`${path}.format`, Object.keys(FORMATS).join(', '), format);
  }
  const hasLength = least !== undefined || most !== undefined;
  if (!isLoose && [known, pattern, hasLength || undefined].filter((kind) => kind !== undefined).length > 1) {
    throw refuse(path, 'only one of format, pattern and a length', 'several');
  }
  if (known !== undefined) return rules.add('format', `"\\"" ${known} "\\""`);
  if (pattern !== undefined) {
    const body = patternBody(pattern, `${path}.pattern`, isLoose);
    if (body !== undefined) return rules.add('pattern', `"\\"" (${body}) "\\""`);
  }
  if (!hasLength) return jsonRule(rules, 'json-string');
  if (most !== undefined && most < (least ?? 0)) throw refuse(`${path}.maxLength`, `at least ${least}`, String(most));
  return rules.add('string', `"\\"" ${jsonRule(rules, 'json-char')}{${least ?? 0},${most ?? ''}} "\\""`);
};

/** A tool may allow more than a grammar can count; then it is not counted. */
const LONGEST_LOOSE = 2000;
