import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { edgesOf, nameOf, resolveEdge } from '../../cli/setup/lock-tree.mjs';
import { currentPlatform, NODE_PACKAGES, suits } from '../../cli/setup/platform.mjs';
import { NATIVE, NATIVE_SCOPE, WITHOUT } from './images.mjs';

/**
 * @typedef {import('../../cli/setup/lock-tree.mjs').Lock} Lock
 * @typedef {import('../../cli/setup/lock-tree.mjs').LockEntry} LockEntry
 * @typedef {import('../../cli/setup/platform.mjs').Platform} Platform
 * @typedef {import('./images.mjs').Kind} Kind
 * @typedef {import('./images.mjs').Variant} Variant
 * @typedef {{ name: string, version: string, dependencies: Record<string, string>, optionalDependencies?: Record<string, string> }} Manifest
 */

/**
 * A manifest and a lock that hold what one image needs, at exactly the versions of the project's lock: `npm ci` then
 * downloads nothing else, and nothing has to be deleted from a layer afterwards.
 * @param {{ manifest: Manifest, lock: Lock, kind: Kind, variant: Variant, platform: Platform }} options
 * @returns {{ manifest: Manifest & { private: true, type: 'module' }, lock: Lock }}
 */
export const selectPackages = ({ manifest, lock, kind, variant, platform }) => {
  const { name, version } = manifest;
  const dependencies = { ...without(manifest.dependencies, WITHOUT[kind]), ...ownNode(manifest, platform) };
  const root = { name, version, dependencies };
  const native = new Set(NATIVE[variant](`${platform.os}-${platform.cpu}`).map((folder) => `${NATIVE_SCOPE}${folder}`));
  /** @param {string} key */
  const belongs = (key) => {
    const entry = lock.packages[key] ?? {};
    if (nameOf(key).startsWith(NATIVE_SCOPE)) return native.has(nameOf(key));
    return entry.optional !== true || suits(entry, platform);
  };
  /** @type {Record<string, LockEntry>} */
  const packages = { '': root };
  const reached = [''];
  for (const from of reached) {
    for (const { name: wanted } of edgesOf(packages[from] ?? {})) {
      const key = resolveEdge(lock, from, wanted);
      if (key === undefined || packages[key] !== undefined || !belongs(key)) continue;
      packages[key] = trimmed(lock, key, belongs);
      reached.push(key);
    }
  }
  return { manifest: { ...root, private: true, type: 'module' }, lock: { ...lock, packages } };
};

/** The entry of a package without the optional ones that stay away: npm takes one that is wanted and not there for a broken lock. */
const trimmed = (
  /** @type {Lock} */ lock,
  /** @type {string} */ key,
  /** @type {(key: string) => boolean} */ belongs,
) => {
  const { optional, dev, devOptional, ...entry } = lock.packages[key] ?? {};
  const wanted = Object.entries(entry.optionalDependencies ?? {}).filter(([name]) => {
    const found = resolveEdge(lock, key, name);
    return found !== undefined && belongs(found);
  });
  const { optionalDependencies: _all, ...rest } = entry;
  return wanted.length === 0 ? rest : { ...rest, optionalDependencies: Object.fromEntries(wanted) };
};

/** @param {Record<string, string>} all @param {readonly string[]} names */
const without = (all, names) => Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));

/** @param {Manifest} manifest @param {Platform} platform */
const ownNode = ({ optionalDependencies = {} }, { os, cpu }) => {
  const name = NODE_PACKAGES[`${os}-${cpu}`] ?? '';
  const version = optionalDependencies[name];
  if (version === undefined) throw new Error(`${os}-${cpu}: no package in optionalDependencies carries Node for it`);
  return { [name]: version };
};

/** `node select-packages.mjs KIND VARIANT FOLDER`, in the root of the project. @param {readonly string[]} args */
const main = ([kind, variant, folder]) => {
  if (kind === undefined || !(kind in WITHOUT)) throw new Error(`expected one of ${Object.keys(WITHOUT)}, got ${kind}`);
  if (variant === undefined || !(variant in NATIVE)) {
    throw new Error(`VARIANT: expected one of ${Object.keys(NATIVE)}, got ${variant}`);
  }
  if (folder === undefined) throw new Error('expected a folder to write to, got none');
  const read = (/** @type {string} */ file) => JSON.parse(readFileSync(file, 'utf8'));
  const chosen = selectPackages({
    ...{ manifest: read('package.json'), lock: read('package-lock.json'), platform: currentPlatform() },
    // Both are in their tables.
    ...{ kind: /** @type {Kind} */ (kind), variant: /** @type {Variant} */ (variant) },
  });
  mkdirSync(folder, { recursive: true });
  for (const [file, value] of [
    ['package.json', chosen.manifest],
    ['package-lock.json', chosen.lock],
  ]) {
    writeFileSync(join(folder, String(file)), `${JSON.stringify(value, null, 2)}\n`);
  }
  cpSync('.npmrc', join(folder, '.npmrc'));
};

if (import.meta.filename === process.argv[1]) main(process.argv.slice(2));
