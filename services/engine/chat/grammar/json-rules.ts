import type { GbnfRules } from './gbnf-rules.ts';

/** Rules for JSON of any shape. White space is bounded: small models get lost in it. */
const BODIES = {
  ws: '| " " | "\\n" [ \\t]{0,20}',
  'json-char': String.raw`[^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt/] | "u" [0-9a-fA-F]{4})`,
  'json-string': '"\\"" json-char* "\\""',
  'json-integer': '"-"? ("0" | [1-9] [0-9]{0,15})',
  'json-number': 'json-integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,3})?',
  'json-boolean': '"true" | "false"',
  'json-null': '"null"',
  'json-pair': 'json-string ":" ws json-value',
  'json-object': '"{" ws (json-pair (ws "," ws json-pair)*)? ws "}"',
  'json-array': '"[" ws (json-value (ws "," ws json-value)*)? ws "]"',
  'json-value': 'json-object | json-array | json-string | json-number | json-boolean | json-null',
} as const;

export type JsonRule = keyof typeof BODIES;

/** The name of one of the rules, which is added with all that it needs. */
export const jsonRule = (rules: GbnfRules, name: JsonRule): string => {
  let isNew = false;
  rules.share(name, () => {
    isNew = true;
    return BODIES[name];
  });
  if (!isNew) return name;
  for (const other of NAMES) if (other !== name && mentions(BODIES[name], other)) jsonRule(rules, other);
  return name;
};

// Safe: these are the keys.
const NAMES = Object.keys(BODIES) as JsonRule[];

const mentions = (body: string, name: string): boolean => new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'u').test(body);
