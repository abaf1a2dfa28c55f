import { PRIVATE_MODE, readIfPresent, replaceFile } from '../../core/config/private-files.ts';
import type { Memory } from './watch.ts';

/** A memory in one file, so that a watch that starts again in an outage does not tell it a second time. */
export const openMemory = async (file: string): Promise<Memory> => {
  const values = new Map<string, unknown>(Object.entries(parse(await readIfPresent(file))));
  let writing: Promise<void> = Promise.resolve();
  return {
    get: (key) => values.get(key),
    put(key, value) {
      values.set(key, value);
      const text = JSON.stringify(Object.fromEntries(values));
      const written = writing.then(() => replaceFile(file, PRIVATE_MODE, text));
      writing = written.catch(() => undefined);
      return written;
    },
  };
};

/** A file that is none of ours, or was cut short, says nothing. */
const parse = (text = '{}'): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    // Safe: JSON that is an object has names as keys.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};
