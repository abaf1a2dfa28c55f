import { createHmac, type KeyObject, randomBytes, randomInt } from 'node:crypto';

const PREFIX = 'cbk_';
const ID_LENGTH = 8;
const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SECRET_BYTES = 32;
const PATTERN = /^cbk_([0-9a-z]{8})_[A-Za-z0-9_-]{43}$/;

/** A new API key: `cbk_<id>_<secret>`. */
export const generateApiKey = (): { readonly id: string; readonly key: string } => {
  const id = Array.from({ length: ID_LENGTH }, () => ID_ALPHABET.charAt(randomInt(ID_ALPHABET.length))).join('');
  return { id, key: `${PREFIX}${id}_${randomBytes(SECRET_BYTES).toString('base64url')}` };
};

/** True for what was meant as an API key, well formed or not. */
export const looksLikeApiKey = (credential: string): boolean => credential.startsWith(PREFIX);

/** The public part of a well-formed key. */
export const apiKeyId = (key: string): string | undefined => PATTERN.exec(key)?.[1];

/**
 * What is stored of a key. A slow password hash would add nothing: the secret has 256 bits of entropy, so nobody
 * can guess it from a hash; the pepper keeps a stolen database from being checked against at all.
 */
export const hashApiKey = (key: string, pepper: KeyObject): Buffer => createHmac('sha256', pepper).update(key).digest();
