import { readFileSync, statSync } from 'node:fs';
import { ServiceError } from '../errors/service-error.ts';

/** Reads the secret that `setting` names a file of; a rotated one is used from the next call on, without a restart. */
export const createSecret = (file: string, setting: string): (() => string) => {
  let known: { readonly stamp: string; readonly value: string } | undefined;
  return () => {
    try {
      const { mtimeMs, ino, size } = statSync(file);
      const stamp = `${mtimeMs} ${ino} ${size}`;
      if (known?.stamp !== stamp) known = { stamp, value: readSecret(file, setting) };
      return known.value;
    } catch (error) {
      // Between the two steps of a rotation there may be no file; the key read before is still the best guess.
      if (known === undefined) throw error instanceof ServiceError ? error : unreadable(file, setting, error);
      return known.value;
    }
  };
};

const readSecret = (file: string, setting: string): string => {
  const value = readFileSync(file, 'utf8').trim();
  // What HTTP allows in a header; anything else would fail later with a message that quotes it.
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw new ServiceError(
    'ERR_CONFIG_INVALID',
    `${setting}: expected one key on one line in ${file}, got something else`,
  );
};

const unreadable = (file: string, setting: string, cause: unknown): ServiceError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return new ServiceError('ERR_CONFIG_INVALID', `${setting}: expected a file that can be read, got ${file} (${code})`, {
    cause,
  });
};
