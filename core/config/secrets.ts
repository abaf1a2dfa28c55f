import type { SettingPath } from './setting-path.ts';

const SECRET_WORDS: ReadonlySet<string> = new Set([
  'key',
  'keys',
  'apikey',
  'secret',
  'secrets',
  'token',
  'password',
  'passwords',
  'passphrase',
  'passwd',
  'credential',
  'credentials',
  'authorization',
  'bearer',
  'cookie',
  'pepper',
]);

/** A name that ends in one of these is a measure of something, such as `maxFirstTokenMs`. */
const MEASURES: ReadonlySet<string> = new Set([
  'ms',
  'seconds',
  'bytes',
  'count',
  'limit',
  'minute',
  'entries',
  'ratio',
]);

/** Mappings of names the user chooses, whose values may all be secret. */
const SECRET_SECTIONS: ReadonlySet<string> = new Set(['headers']);

/** Sections whose name has such a word although nothing in them is secret. */
const HARMLESS_KEYS: ReadonlySet<string> = new Set(['perKey']);

/** True where a value may be a secret: something on its path is called key, secret, token or password. */
export const isSecretPath = (path: SettingPath): boolean =>
  path.some((part) => typeof part === 'string' && isSecretPart(part));

const isSecretPart = (part: string): boolean =>
  SECRET_SECTIONS.has(part) || (!HARMLESS_KEYS.has(part) && isSecretName(wordsOf(part)));

const isSecretName = (words: readonly string[]): boolean =>
  words.some((word) => SECRET_WORDS.has(word)) && !MEASURES.has(words.at(-1) ?? '');

/** `apiKey`, `API_KEY` and `api-key` are the same words. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);

/** The text with the user and password of every URL in it hidden. */
export const hideUrlCredentials = (text: string): string => text.replace(/\/\/[^/\s@]*@/g, '//[redacted]@');
