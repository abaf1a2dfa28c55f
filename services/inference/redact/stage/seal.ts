import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ServiceError } from '../../../../core/errors/service-error.ts';

/** Keeps on disk what only this service may read again. */
export interface Seal {
  /** `bound` names what it belongs to: under another name it does not open. */
  close(text: string, bound: string): string;
  /** Undefined: it was not closed with this key and this name. */
  open(sealed: string, bound: string): string | undefined;
  /** The same for equal texts, and nothing that a text could be guessed from without the key. */
  fingerprint(text: string): string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The seal of this data folder; its key is made on first use. */
export const openSeal = (file: string): Seal => {
  const key = readKey(file);
  return {
    close(text, bound) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(bound));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(sealed, bound) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(bound));
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString();
      } catch {
        return undefined;
      }
    },
    fingerprint: (text) => createHmac('sha256', key).update(text).digest('base64url'),
  };
};

const readKey = (file: string): Buffer => {
  const key = readOptional(file) ?? createKey(file);
  if (key.length === KEY_BYTES) return key;
  throw new ServiceError(
    'ERR_CONFIG_INVALID',
    `${file}: expected ${KEY_BYTES} bytes, got ${key.length}; delete the file and a new key is made, which jobs of the old one are not restored with`,
  );
};

const createKey = (file: string): Buffer => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx' });
  try {
    // A link never replaces: of two processes that make a key, one wins and both use it.
    linkSync(draft, file);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file);
};

const readOptional = (file: string): Buffer | undefined => {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
};

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
