import { edgesOf, type Lock, type LockEntry, resolveEdge } from './lock-tree.mjs';

/** A dependency that one entry of a lock asks for and the lock does not hold. */
export interface Gap {
  readonly from: string;
  readonly name: string;
  readonly range: string;
  readonly optional: boolean;
}

/** Every dependency that the lock asks for and does not hold. */
export const findGaps = (lock: Lock): Gap[] =>
  Object.entries(lock.packages).flatMap(([from, entry]) =>
    edgesOf(entry)
      .filter(({ name }) => resolveEdge(lock, from, name) === undefined)
      .map((edge) => ({ from, ...edge })),
  );

/** The fields of a registry manifest that npm itself writes into a lock. */
const COPIED = [
  'os',
  'cpu',
  'libc',
  'engines',
  'license',
  'bin',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
] as const;

/** What could be learnt about one version of a package. */
export interface PackageFacts {
  readonly version: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly integrity: string | undefined;
}

/**
 * The lock entry that npm would have written for an optional package that `asker` wants. Without `resolved`: it would
 * name one registry host for everybody.
 */
export const entryFor = (asker: LockEntry, { version, manifest, integrity }: PackageFacts): LockEntry => {
  const copied = COPIED.map((field) => [field, manifest[field]]);
  const entry = { version, integrity, optional: true, dev: asker.dev, peer: asker.peer, ...Object.fromEntries(copied) };
  return inOrder(Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)));
};

const SYSTEMS = { darwin: 'darwin', mac: 'darwin', linux: 'linux', win32: 'win32', win: 'win32', android: 'android' };
const PROCESSORS = { x64: 'x64', arm64: 'arm64', armv7l: 'arm', riscv64: 'riscv64' };
const LIBRARIES = { musl: 'musl', gnu: 'glibc', glibc: 'glibc' };

/** What a platform package's own name says about where it runs, for one that the registry does not have at all. */
export const restrictionsFromName = (name: string): Record<string, string[]> => {
  const words = name.split(/[^a-z0-9]+/);
  const pick = (table: Readonly<Record<string, string>>): string[] =>
    words.flatMap((word) => (Object.hasOwn(table, word) ? [table[word] ?? ''] : [])).slice(0, 1);
  const restrictions = { os: pick(SYSTEMS), cpu: pick(PROCESSORS), libc: pick(LIBRARIES) };
  return Object.fromEntries(Object.entries(restrictions).filter(([, values]) => values.length > 0));
};

/** The lock with these entries added or replaced, in npm's own order. */
export const withEntries = (lock: Lock, entries: Readonly<Record<string, LockEntry>>): Lock => {
  const packages = Object.entries({ ...lock.packages, ...entries });
  packages.sort(([one], [other]) => one.localeCompare(other, 'en'));
  return { ...lock, packages: Object.fromEntries(packages) };
};

/** The keys of the entries that carry no hash. */
export const withoutIntegrity = (lock: Lock): string[] =>
  Object.keys(lock.packages).filter((key) => key !== '' && lock.packages[key]?.integrity === undefined);

/** npm's order: version and hash first, then plain values and lists by name, then objects by name. */
const inOrder = (entry: Readonly<Record<string, unknown>>): LockEntry => {
  const rank = (key: string): number => {
    const first = ['version', 'integrity'].indexOf(key);
    if (first !== -1) return first;
    return typeof entry[key] === 'object' && !Array.isArray(entry[key]) ? 3 : 2;
  };
  const keys = Object.keys(entry).sort((one, other) => rank(one) - rank(other) || one.localeCompare(other, 'en'));
  return Object.fromEntries(keys.map((key) => [key, entry[key]]));
};
