import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford's: no i, l, o, u to misread.
const TIME_CHARACTERS = 10;
const RANDOM_PAIRS = 7;
const POOL_PAIRS = RANDOM_PAIRS * 256;
/** Ten bits each: half as many texts to put together as characters. */
const PAIRS: readonly string[] = Array.from(
  { length: 1024 },
  (_, pair) => `${ALPHABET.charAt(pair >> 5)}${ALPHABET.charAt(pair & 31)}`,
);

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
  const pool = new Uint16Array(POOL_PAIRS);
  let used = POOL_PAIRS;
  let lastAt = -1;
  let prefix = '';
  return () => {
    const at = now();
    if (at !== lastAt) {
      lastAt = at;
      prefix = `req_${timePart(at)}`;
    }
    if (used === POOL_PAIRS) {
      randomFillSync(pool);
      used = 0;
    }
    let id = prefix;
    for (const end = used + RANDOM_PAIRS; used < end; used++) id += PAIRS[(pool[used] ?? 0) & 1023];
    return id;
  };
};
