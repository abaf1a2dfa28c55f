import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Fills `folder` once for every later run: `fill` works in a hidden folder beside it, which takes the name only when complete.
 * Of several processes that fill at once, the first to end wins and the others use its result.
 */
export const fillOnce = async (folder: string, fill: (temporary: string) => Promise<void>): Promise<string> => {
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  removeAbandoned(folder);
  const temporary = mkdtempSync(join(dirname(folder), `.${basename(folder)}.`));
  try {
    await fill(temporary);
    if (!existsSync(folder)) renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
};

/** Longer than any filling takes. */
const ABANDONED_AFTER_MS = 6 * 3_600_000;

/** What a process left that was killed while it filled: hundreds of megabytes each, which nothing else would ever take away. */
const removeAbandoned = (folder: string): void => {
  const prefix = `.${basename(folder)}.`;
  for (const name of readdirSync(dirname(folder)).filter((entry) => entry.startsWith(prefix))) {
    const path = join(dirname(folder), name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > ABANDONED_AFTER_MS) rmSync(path, { recursive: true, force: true });
  }
};
