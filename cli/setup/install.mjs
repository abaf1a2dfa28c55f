import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bringInstallerNode } from './installer-node.mjs';
import { neededPackages } from './lock-match.mjs';
import { nameOf } from './lock-tree.mjs';
import { findNpm } from './npm.mjs';
import { npmCi, registryHas } from './npm-run.mjs';
import { currentPlatform } from './platform.mjs';
import { showProgress } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {import('./lock-tree.mjs').Lock} Lock
 * @typedef {import('./lock-match.mjs').Mismatch} Mismatch
 * @typedef {(line: string) => void} Say
 */

/**
 * Installs exactly the lock, and answers with the optional packages that the registry does not have.
 * @param {{ root: string, lock: Lock, mismatches: () => Mismatch[], say: Say }} options @returns {Promise<string[]>} lock keys
 */
export const installLock = async ({ root, lock, mismatches, say }) => {
  const found = findNpm(process.env);
  if (found === undefined) {
    throw new SetupError('npm: expected it beside node or on PATH, found none; install it (it comes with Node.js)');
  }
  const needed = [...neededPackages(lock, currentPlatform())];
  say(`installing ${needed.length} packages as package-lock.json says (once; a few minutes, about 1.5 GB of disk)`);
  const node = await bringInstallerNode(root, lock, found);
  try {
    const npm = { ...found, node: node.path };
    const stopProgress = showProgress({
      total: needed.length,
      count: () => needed.filter((key) => existsSync(join(root, key, 'package.json'))).length,
      say,
    });
    await npmCi(npm, root).finally(stopProgress);
    const absent = await judge(mismatches(), (spec) => registryHas(npm, spec, root), lock);
    if (absent.length > 0) say(`not in the registry, and optional: ${absent.map(nameOf).join(', ')}`);
    return absent;
  } finally {
    node.remove();
  }
};

/**
 * What `npm ci` left out although it ended well. npm takes a failed download of an optional package for its absence, and
 * native code would then be missing for good; so only what the registry itself does not know may stay away.
 * @param {Mismatch[]} left @param {(spec: string) => Promise<boolean>} isInRegistry @param {Lock} lock
 */
export const judge = async (left, isInRegistry, lock) => {
  const wrong = left.filter(({ optional }) => !optional);
  if (wrong.length > 0) {
    const list = wrong.map(({ key, why }) => `${key} (${why})`).join(', ');
    throw new SetupError(`npm ci ended well, yet node_modules is not what package-lock.json says: ${list}`);
  }
  const keys = left.map(({ key }) => key);
  for (const key of keys) {
    const spec = `${nameOf(key)}@${lock.packages[key]?.version}`;
    if (!(await isInRegistry(spec))) continue;
    throw new SetupError(`${spec}: the registry has it, yet npm could not fetch it; run this again`);
  }
  return keys;
};
