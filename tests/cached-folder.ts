import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Fills `folder` once for every later run: `fill` works in a hidden folder beside it, which takes the name only when complete.
 * Of several processes that fill at once, the first to end wins and the others use its result.
 */
export const fillOnce = async (folder: string, fill: (temporary: string) => Promise<void>): Promise<string> => {
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
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
