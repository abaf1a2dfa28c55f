import { readFileSync, statSync } from 'node:fs';
import { ServiceError } from '../../../core/errors/service-error.ts';

/** Reads a key from a file; a rotated key is used from the next request on, without a restart. */
export const createSecret = (file: string | undefined): (() => string | undefined) => {
  if (file === undefined) return () => undefined;
  let known: { readonly stamp: string; readonly value: string } | undefined;
  return () => {
    try {
      const { mtimeMs, ino, size } = statSync(file);
      const stamp = `${mtimeMs} ${ino} ${size}`;
      if (known?.stamp !== stamp) known = { stamp, value: readKey(file) };
    } catch (error) {
      // Between the two steps of a rotation there may be no file; the key read before is still the best guess.
      if (known === undefined) throw error instanceof ServiceError ? error : unreadable(file, error);
    }
    return known?.value;
  };
};

const readKey = (file: string): string => {
  const value = readFileSync(file, 'utf8').trim();
  // What HTTP allows in a header; anything else would fail later with a message that quotes it.
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw new ServiceError(
    'ERR_CONFIG_INVALID',
    `apiKeyFile: expected one key on one line in ${file}, got something else`,
  );
};

const unreadable = (file: string, cause: unknown): ServiceError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return new ServiceError('ERR_CONFIG_INVALID', `apiKeyFile: expected a file that can be read, got ${file} (${code})`, {
    cause,
  });
};
