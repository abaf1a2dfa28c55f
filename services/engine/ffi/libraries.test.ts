import { describe, expect, it } from 'vitest';
import { backendsOf, findLibraries, type Machine, packageFor } from './libraries.ts';

const machine = (platform: NodeJS.Platform, arch: string, files: readonly string[] = []): Machine => ({
  platform,
  arch,
  exists: (path) => files.includes(path),
});

describe('backendsOf', () => {
  it('prefers an accelerator whose driver is there, and always ends with the processor', () => {
    expect(backendsOf(machine('linux', 'x64'))).toEqual(['cpu']);
    expect(backendsOf(machine('linux', 'x64', ['/proc/driver/nvidia/version', '/dev/dri/renderD128']))).toEqual([
      'cuda',
      'vulkan',
      'cpu',
    ]);
    expect(backendsOf(machine('linux', 'arm64', ['/dev/dri/renderD128']))).toEqual(['cpu']);
    expect(backendsOf(machine('darwin', 'arm64'))).toEqual(['metal', 'cpu']);
    expect(backendsOf(machine('darwin', 'x64'))).toEqual(['cpu']);
  });
});

describe('packageFor', () => {
  it.each([
    ['cpu', 'linux', 'x64', 'linux-x64'],
    ['cuda', 'linux', 'x64', 'linux-x64-cuda'],
    ['vulkan', 'win32', 'x64', 'win-x64-vulkan'],
    ['cpu', 'linux', 'arm', 'linux-armv7l'],
    ['metal', 'darwin', 'arm64', 'mac-arm64-metal'],
    ['cpu', 'darwin', 'x64', 'mac-x64'],
  ] as const)('%s on %s %s is %s', (backend, platform, arch, name) => {
    expect(packageFor(backend, machine(platform, arch))).toBe(name);
  });
});

describe('findLibraries', () => {
  it('finds nothing where no package fits', () => {
    expect(findLibraries(['cpu'], machine('aix', 'ppc64'))).toBeUndefined();
    expect(findLibraries([])).toBeUndefined();
  });
});
