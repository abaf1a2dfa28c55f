import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ServiceError } from '../../../core/errors/service-error.ts';

const SECRET_BYTES = 32;
/** Standard Webhooks: `whsec_` and the base 64 of 24 to 64 bytes. */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;

/** The secret that signs callbacks, as receivers need it; made on first use. */
export const readWebhookSecret = (file: string): string => {
  const secret = readOptional(file) ?? createSecret(file);
  if (SECRET.test(secret)) return secret;
  throw new ServiceError(
    'ERR_CONFIG_INVALID',
    `${file}: expected "whsec_" and the base 64 of 24 to 64 bytes, got something else; delete the file and a new secret is made`,
  );
};

const createSecret = (file: string): string => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `whsec_${randomBytes(SECRET_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // A link never replaces: of two processes that make a secret, one wins and both use it.
    linkSync(draft, file);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8').trim();
};

const readOptional = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
};

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
