import { readFileSync } from 'node:fs';
import { ServiceError } from '../errors/service-error.ts';

/** The PEM text of the option `caFile` of a plugin. */
export const readCa = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ServiceError('ERR_CONFIG_INVALID', `caFile: expected a PEM file that can be read, got ${file}`, {
      cause,
    });
  }
};
