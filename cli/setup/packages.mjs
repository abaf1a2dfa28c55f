import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installLock } from './install.mjs';
import { withLockFolder } from './lock-folder.mjs';
import { findMismatches } from './lock-match.mjs';
import { currentPlatform } from './platform.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {import('./lock-tree.mjs').Lock} Lock
 * @typedef {import('./lock-match.mjs').Mismatch} Mismatch
 * @typedef {(line: string) => void} Say
 */

/** Optional packages that the registry does not have are noted here, or every start would try for them again. */
const ABSENT_FILE = join('node_modules', '.absent-optional-packages.json');

/**
 * Makes `node_modules` what the lock says, and does nothing (no network, a few milliseconds) when it already is.
 * @param {string} root @param {Say} say
 */
export const bringPackages = async (root, say) => {
  if (mismatchesIn(root).length === 0) return;
  await withLockFolder(
    join(root, '.cache', 'setup.lock'),
    async () => {
      // Somebody else may have done it while this process waited.
      if (mismatchesIn(root).length === 0) return;
      const absent = await installLock({ root, lock: readLock(root), mismatches: () => allMismatches(root), say });
      if (absent.length > 0) writeFileSync(join(root, ABSENT_FILE), JSON.stringify(absent));
    },
    ({ pid }) => say(`another set-up of this folder is running (process ${pid}); waiting for it`),
  );
};

/**
 * What still has to be installed; optional packages known to be unobtainable are not counted.
 * @param {string} root @returns {Mismatch[]}
 */
export const mismatchesIn = (root) => {
  const known = new Set(readJson(join(root, ABSENT_FILE)) ?? []);
  return allMismatches(root).filter(({ key, optional }) => !(optional && known.has(key)));
};

/** @param {string} root */
const allMismatches = (root) =>
  findMismatches({
    lock: readLock(root),
    installed: readJson(join(root, 'node_modules', '.package-lock.json')),
    platform: currentPlatform(),
    hasFolder: (key) => existsSync(join(root, key)),
  });

/** @param {string} root @returns {Lock} */
const readLock = (root) => {
  const file = join(root, 'package-lock.json');
  const lock = readJson(file);
  if (lock?.packages === undefined) {
    throw new SetupError(`${file}: expected npm's lock file, found none that can be read`);
  }
  return lock;
};

/** @param {string} file @returns {any} */
const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};
