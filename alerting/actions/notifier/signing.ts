import { createHash, createHmac } from 'node:crypto';

type Key = string | Uint8Array;

/** SHA-256 in lower-case hexadecimal digits. */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** HMAC-SHA-256 as bytes, for keys derived from keys. */
export const hmacSha256 = (key: Key, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The header lines that are signed, sorted by name, and the list of their names. */
export const canonicalHeaders = (headers: Readonly<Record<string, string>>): { lines: string; names: string } => {
  const sorted = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    lines: sorted.map(([name, value]) => `${name}:${value}\n`).join(''),
    names: sorted.map(([name]) => name).join(';'),
  };
};
