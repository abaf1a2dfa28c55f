import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { isNewEnough } from './node24.mjs';
import { npmCi } from './npm-run.mjs';
import { currentPlatform, NODE_PACKAGES } from './platform.mjs';

/** @typedef {{ path: string, remove: () => void }} InstallerNode */

/**
 * The Node to run npm with. npm leaves out optional packages whose `engines` the Node that runs it does not satisfy, and
 * under an older Node that is all the native code. So this project's own Node comes first, alone, by the lock's own
 * version and hash, into a folder that `npm ci` does not delete.
 * @param {string} root @param {import('./lock-tree.mjs').Lock} lock @param {import('./npm.mjs').Npm} npm
 * @returns {Promise<InstallerNode>}
 */
export const bringInstallerNode = async (root, lock, npm) => {
  const keep = (/** @type {string} */ path) => ({ path, remove: () => undefined });
  const isOutside = !process.execPath.split(sep).includes('node_modules');
  if (isOutside && isNewEnough(process.version)) return keep(process.execPath);
  const { os, cpu, libc } = currentPlatform();
  const name = NODE_PACKAGES[`${os}-${cpu}`];
  const entry = name === undefined ? undefined : lock.packages[`node_modules/${name}`];
  // Nothing of ours would run there: `findNode24` says so once the packages are there.
  if (name === undefined || entry?.version === undefined || libc === 'musl') return keep(npm.node);
  const folder = join(root, '.cache', 'installer');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Required here, so that a failed download is a failure and not an absence.
  const { optional: _optional, ...required } = entry;
  const dependencies = { [name]: entry.version };
  const packages = { '': { dependencies }, [`node_modules/${name}`]: required };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
  await npmCi(npm, folder);
  const path = join(folder, 'node_modules', name, 'bin', 'node');
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
};
