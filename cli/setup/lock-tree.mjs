/**
 * @typedef {import('./platform.mjs').Restrictions & {
 *   version?: string, resolved?: string, integrity?: string, optional?: boolean, dev?: boolean, peer?: boolean,
 *   devOptional?: boolean, engines?: Record<string, string>, license?: string, bin?: unknown,
 *   dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>,
 *   devDependencies?: Record<string, string>, peerDependencies?: Record<string, string>,
 *   peerDependenciesMeta?: Record<string, { optional?: boolean }>
 * }} LockEntry
 * @typedef {{ lockfileVersion: number, packages: Record<string, LockEntry> }} Lock
 * @typedef {{ name: string, range: string, optional: boolean }} Edge
 */

/**
 * What one lock entry asks for. Optional peers are left out: npm installs them for nobody's sake.
 * @param {LockEntry} entry @returns {Edge[]}
 */
export const edgesOf = (entry) => {
  const peers = Object.entries(entry.peerDependencies ?? {});
  return [
    ...edges(entry.dependencies, false),
    ...edges(entry.devDependencies, false),
    ...edges(entry.optionalDependencies, true),
    ...edges(
      Object.fromEntries(peers.filter(([name]) => entry.peerDependenciesMeta?.[name]?.optional !== true)),
      false,
    ),
  ];
};

/** @param {Record<string, string> | undefined} wanted @param {boolean} optional @returns {Edge[]} */
const edges = (wanted, optional) => Object.entries(wanted ?? {}).map(([name, range]) => ({ name, range, optional }));

/**
 * The lock key that `name` means when asked for from `from`, looked up the way Node looks up folders.
 * @param {Lock} lock @param {string} from @param {string} name @returns {string | undefined}
 */
export const resolveEdge = (lock, from, name) => {
  for (let folder = from; ; folder = parentOf(folder)) {
    const key = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (lock.packages[key] !== undefined) return key;
    if (folder === '') return undefined;
  }
};

/** @param {string} key */
const parentOf = (key) => key.slice(0, Math.max(0, key.lastIndexOf('/node_modules/')));

/** The package name in a lock key: `node_modules/a/node_modules/@b/c` is `@b/c`. @param {string} key */
export const nameOf = (key) => key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
