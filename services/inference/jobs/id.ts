import { randomBytes } from 'node:crypto';

/** Crockford's base 32 in lower case: sorts like the numbers it writes, and no letter looks like a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;

/** `job_` and 26 characters: the time, so that ids sort by age, and 80 random bits, so that none can be guessed. */
export const newJobId = (nowMs: number): string => `job_${encodeTime(nowMs)}${encodeRandom()}`;

/** What a job id looks like; anything else need not be looked up. */
export const JOB_ID = /^job_[0-9a-hjkmnp-tv-z]{26}$/;

const encodeTime = (nowMs: number): string => {
  let rest = Math.floor(nowMs);
  let text = '';
  for (let i = 0; i < TIME_CHARACTERS; i += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

const encodeRandom = (): string => {
  let text = '';
  // 256 is a multiple of 32, so the remainder is uniform.
  for (const byte of randomBytes(RANDOM_CHARACTERS)) text += ALPHABET.charAt(byte % 32);
  return text;
};
