import { describe, expect, it } from 'vitest';
import { findMismatches, neededPackages } from './lock-match.mjs';
import type { Lock, LockEntry } from './lock-tree.mjs';

const LINUX = { os: 'linux', cpu: 'x64', libc: 'glibc' } as const;

const lockOf = (packages: Record<string, LockEntry>): Lock => ({ lockfileVersion: 3, packages });

const LOCK = lockOf({
  '': { dependencies: { app: '1.0.0' }, devDependencies: { tool: '1.0.0' } },
  'node_modules/app': {
    version: '1.0.0',
    integrity: 'sha512-app',
    dependencies: { shared: '^2.0.0' },
    optionalDependencies: { 'app-linux': '1.0.0', 'app-darwin': '1.0.0' },
    peerDependencies: { extra: '*', wanted: '*' },
    peerDependenciesMeta: { extra: { optional: true } },
  },
  'node_modules/app/node_modules/shared': { version: '2.0.0' },
  'node_modules/app-linux': { version: '1.0.0', os: ['linux'], optional: true },
  'node_modules/app-darwin': {
    version: '1.0.0',
    os: ['darwin'],
    optional: true,
    dependencies: { 'darwin-only': '1.0.0' },
  },
  'node_modules/darwin-only': { version: '1.0.0', optional: true },
  'node_modules/extra': { version: '1.0.0', optional: true, peer: true },
  'node_modules/shared': { version: '1.0.0' },
  'node_modules/tool': { version: '1.0.0', dev: true, dependencies: { shared: '^1.0.0' } },
  'node_modules/wanted': { version: '1.0.0', peer: true },
});

const NEEDED = [
  'node_modules/app',
  'node_modules/app-linux',
  'node_modules/app/node_modules/shared',
  'node_modules/shared',
  'node_modules/tool',
  'node_modules/wanted',
];

const installed = (change: Record<string, LockEntry | undefined> = {}): Lock => {
  const entries = { ...Object.fromEntries(NEEDED.map((key) => [key, LOCK.packages[key]])), ...change };
  return lockOf(Object.fromEntries(Object.entries(entries).flatMap(([key, entry]) => (entry ? [[key, entry]] : []))));
};

const mismatches = (present: Lock | undefined, hasFolder: (key: string) => boolean = () => true) =>
  findMismatches({ lock: LOCK, installed: present, platform: LINUX, hasFolder }).map(
    ({ key, why }) => `${key}: ${why}`,
  );

describe('neededPackages', () => {
  it('leaves out packages of other platforms, what only they need, and optional peers', () => {
    expect([...neededPackages(LOCK, LINUX)].sort()).toEqual(NEEDED);
  });
});

describe('findMismatches', () => {
  it('finds nothing when everything is there', () => expect(mismatches(installed())).toEqual([]));

  it('misses everything in an empty folder', () => expect(mismatches(undefined)).toHaveLength(NEEDED.length));

  it('sees another version', () =>
    expect(mismatches(installed({ 'node_modules/tool': { version: '1.0.1' } }))).toEqual([
      'node_modules/tool: other version',
    ]));

  it('sees the same version with another hash', () =>
    expect(mismatches(installed({ 'node_modules/app': { version: '1.0.0', integrity: 'sha512-other' } }))).toEqual([
      'node_modules/app: other version',
    ]));

  it('sees a folder that somebody removed', () =>
    expect(mismatches(installed(), (key) => key !== 'node_modules/shared')).toEqual(['node_modules/shared: absent']));

  it('sees a package that the lock does not know', () =>
    expect(mismatches(installed({ 'node_modules/stranger': { version: '1.0.0' } }))).toEqual([
      'node_modules/stranger: not in the lock',
    ]));

  it('tolerates what an older npm installs of other platforms', () =>
    expect(mismatches(installed({ 'node_modules/app-darwin': { version: '1.0.0' } }))).toEqual([]));

  it('tells an optional absence from a required one', () => {
    const present = installed({ 'node_modules/app-linux': undefined, 'node_modules/tool': undefined });
    const found = findMismatches({ lock: LOCK, installed: present, platform: LINUX, hasFolder: () => true });
    expect(found).toEqual([
      { key: 'node_modules/tool', optional: false, why: 'absent' },
      { key: 'node_modules/app-linux', optional: true, why: 'absent' },
    ]);
  });
});
