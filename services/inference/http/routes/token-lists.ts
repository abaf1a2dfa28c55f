import { invalidField, kindOf } from './refusals.ts';

/** A text or the ids of its tokens. */
export type TextOrTokens = string | readonly number[];

/** The largest id a token can have in any file format. */
const MAX_TOKEN_ID = 2 ** 31 - 1;

const isTokenId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKEN_ID;

/** What OpenAI allows as a prompt or input: a text, token ids, or a list of either; each entry is checked by its path. */
export const entriesOf = (value: string | readonly unknown[], field: string): readonly TextOrTokens[] => {
  if (typeof value === 'string') return [value];
  if (typeof value[0] === 'number') return [tokensOf(value, field)];
  return value.map((entry, index) => {
    const path = `${field}[${index}]`;
    if (Array.isArray(entry)) return tokensOf(entry, path);
    if (typeof entry !== 'string') throw invalidField(path, 'a string or a list of token ids', kindOf(entry));
    if (entry === '') throw invalidField(path, 'at least 1 character', 'an empty string');
    return entry;
  });
};

const tokensOf = (value: readonly unknown[], path: string): readonly number[] => {
  if (value.length === 0) throw invalidField(path, 'at least 1 token id', 'none');
  const wrong = value.findIndex((entry) => !isTokenId(entry));
  if (wrong !== -1) throw invalidField(`${path}[${wrong}]`, 'a token id', kindOf(value[wrong]));
  // Safe: no entry failed the check.
  return value as readonly number[];
};
