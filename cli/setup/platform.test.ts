import { describe, expect, it } from 'vitest';
import { suits } from './platform.mjs';

const LINUX = { os: 'linux', cpu: 'x64', libc: 'glibc' } as const;

describe('suits', () => {
  it.each([
    ['nothing said', {}, true],
    ['this system', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }, true],
    ['a word instead of a list', { os: 'linux', cpu: 'x64' }, true],
    ['another system', { os: ['darwin'] }, false],
    ['another processor', { os: ['linux'], cpu: ['arm64'] }, false],
    ['one of several processors', { cpu: ['arm64', 'x64'] }, true],
    ['another C library', { os: ['linux'], libc: ['musl'] }, false],
    ['this system excluded', { os: ['!linux'] }, false],
    ['another system excluded', { os: ['!win32'] }, true],
  ])('judges %s', (_name, restrictions, expected) => {
    expect(suits(restrictions, LINUX)).toBe(expected);
  });
});
