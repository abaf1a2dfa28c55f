import { hideUrlCredentials, isSecretPath } from './secrets.ts';
import { isMapping, type SettingPath } from './setting-path.ts';
import { schemaAt } from './settings.ts';

export const REDACTED = '[redacted]';

/** A copy that can be shown: secrets are `[redacted]`, paths of files that hold them are not secret. */
export const redactSecrets = (value: unknown, path: SettingPath = []): unknown => {
  if (Array.isArray(value)) return value.map((entry, index) => redactSecrets(entry, [...path, index]));
  if (isMapping(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, redactSecrets(child, [...path, key])]));
  }
  if (value === undefined || value === null) return value;
  if (isSecretPath(path) && !namesFile(path)) return REDACTED;
  return typeof value === 'string' ? hideUrlCredentials(value) : value;
};

const namesFile = (path: SettingPath): boolean => schemaAt(path)?.file === true || String(path.at(-1)).endsWith('File');
