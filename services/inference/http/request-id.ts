import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford's: no i, l, o, u to misread.
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 14;
const POOL_BYTES = RANDOM_CHARACTERS * 256;

const timePart = (at: number): string => {
  let text = '';
  for (let rest = at, left = TIME_CHARACTERS; left > 0; left--) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

/** Makes request ids: `req_` and 24 characters that sort by time; random bytes are drawn in bulk. */
export const createRequestIds = (now: () => number = Date.now): (() => string) => {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  let lastAt = -1;
  let prefix = '';
  return () => {
    const at = now();
    if (at !== lastAt) {
      lastAt = at;
      prefix = `req_${timePart(at)}`;
    }
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    let id = prefix;
    for (const end = used + RANDOM_CHARACTERS; used < end; used++) id += ALPHABET.charAt((pool[used] ?? 0) & 31);
    return id;
  };
};
