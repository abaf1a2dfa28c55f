import { edgesOf, resolveEdge } from './lock-tree.mjs';
import { suits } from './platform.mjs';

/**
 * @typedef {import('./lock-tree.mjs').Lock} Lock
 * @typedef {import('./platform.mjs').Platform} Platform
 * @typedef {{ key: string, optional: boolean, why: 'absent' | 'other version' | 'not in the lock' }} Mismatch
 */

/**
 * The keys of the lock that belong in `node_modules` on this platform: reached from the project, skipping optional
 * packages made for another one together with everything only they need.
 * @param {Lock} lock @param {Platform} platform @returns {Set<string>}
 */
export const neededPackages = (lock, platform) => {
  const needed = new Set(['']);
  for (const from of needed) {
    for (const { name } of edgesOf(lock.packages[from] ?? {})) {
      const key = resolveEdge(lock, from, name);
      const entry = key === undefined ? undefined : lock.packages[key];
      if (key === undefined || entry === undefined) continue;
      if (entry.optional === true && !suits(entry, platform)) continue;
      needed.add(key);
    }
  }
  needed.delete('');
  return needed;
};

/**
 * Where `node_modules` differs from what the lock asks for on this platform. Packages of other platforms may lie there
 * too: an older npm does not know `libc` and installs both.
 * @param {{ lock: Lock, installed: Lock | undefined, platform: Platform, hasFolder: (key: string) => boolean }} state
 * @returns {Mismatch[]}
 */
export const findMismatches = ({ lock, installed, platform, hasFolder }) => {
  /** @type {Mismatch[]} */
  const found = [];
  for (const key of neededPackages(lock, platform)) {
    const entry = lock.packages[key] ?? {};
    const present = installed?.packages[key];
    const optional = entry.optional === true;
    if (present === undefined || !hasFolder(key)) found.push({ key, optional, why: 'absent' });
    else if (!isSame(entry, present)) found.push({ key, optional: false, why: 'other version' });
  }
  for (const key of Object.keys(installed?.packages ?? {})) {
    if (lock.packages[key] === undefined) found.push({ key, optional: false, why: 'not in the lock' });
  }
  return found;
};

/**
 * @param {import('./lock-tree.mjs').LockEntry} wanted
 * @param {import('./lock-tree.mjs').LockEntry} present
 */
const isSame = (wanted, present) =>
  wanted.version === present.version &&
  (wanted.integrity === undefined || present.integrity === undefined || wanted.integrity === present.integrity);
