import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEBIAN_PACKAGES, debianDir, debianProgram, hasProgramsOf, missingProgram } from './programs.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clawdbot-debian-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const environment = () => ({ XDG_CACHE_HOME: join(root, 'cache'), PATH: join(root, 'bin') });

const program = (...path: string[]): string => {
  const file = join(root, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
};
const unpacked = (folder: string, name: string): string =>
  program('cache', 'clawdbot', 'debian', folder, 'usr', 'bin', name);

it('knows a program neither from the cache nor from PATH as missing, and says what would bring it', () => {
  expect(debianProgram('promtool', environment())).toBeUndefined();
  expect(missingProgram('promtool')).toContain('promtool is missing');
});

it('takes the highest version in the cache', () => {
  unpacked('prometheus-2.9.1', 'promtool');
  const newest = unpacked('prometheus-2.42.0+ds-5', 'promtool');
  expect(debianProgram('promtool', environment())).toBe(newest);
});

it('does not take one package for another whose name it starts', () => {
  unpacked('prometheus-alertmanager-0.25.0-1', 'promtool');
  expect(debianProgram('promtool', environment())).toBeUndefined();
});

it('passes over a package that is still being unpacked', () => {
  unpacked('.prometheus-2.42.0.AbCdEf', 'promtool');
  expect(debianProgram('promtool', environment())).toBeUndefined();
});

it('falls back to PATH, under any of its names', () => {
  const file = program('bin', 'alertmanager');
  expect(debianProgram('alertmanager', environment())).toBe(file);
});

it('has a package only when each of its programs is there', () => {
  unpacked('prometheus-2.42.0', 'promtool');
  expect(hasProgramsOf('prometheus', environment())).toBe(false);
  unpacked('prometheus-2.42.0', 'prometheus');
  expect(hasProgramsOf('prometheus', environment())).toBe(true);
});

it('keeps packages in the cache folder', () => {
  expect(debianDir(environment())).toBe(join(root, 'cache', 'clawdbot', 'debian'));
  expect(DEBIAN_PACKAGES).toEqual(['prometheus', 'prometheus-alertmanager']);
});
