import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPython, parseMinor } from './interpreters.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clawdbot-python-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A stand-in for a Python: prints a version, or fails as a version manager's empty name does. */
const python = (path: string, answer: string): string => {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${answer}\n`);
  chmodSync(file, 0o755);
  return file;
};
const search = (...folders: string[]) =>
  findPython({ PATH: folders.map((folder) => join(root, folder)).join(delimiter) });

describe('findPython', () => {
  it('takes the newest that runs, wherever on PATH it is', async () => {
    python('a/python3', 'echo 3.11');
    const newest = python('b/python3.13', 'echo 3.13');
    expect(await search('a', 'b')).toEqual({ command: newest, minor: 13 });
  });

  it('passes over names that do not run', async () => {
    python('a/python3.14', 'echo not installed >&2; exit 127');
    const usable = python('a/python3', 'echo 3.12');
    expect(await search('a')).toEqual({ command: usable, minor: 12 });
  });

  it('looks behind the names that pyenv puts on PATH', async () => {
    python('pyenv/shims/python3', 'echo 3.11');
    const installed = python('pyenv/versions/3.13.0/bin/python3', 'echo 3.13');
    expect(await search('pyenv/shims')).toEqual({ command: installed, minor: 13 });
  });

  it('finds none where all are too old or cannot make an environment', async () => {
    python('a/python3.10', 'echo "No module named ensurepip" >&2; exit 1');
    python('a/python3', 'echo 3.9');
    expect(await search('a')).toBeUndefined();
  });
});

describe('parseMinor', () => {
  it.each([
    ['3.13\n', 13],
    ['3.9', 9],
    ['2.7', undefined],
    ['', undefined],
    ['hello 3.13', undefined],
  ])('reads %j', (output, expected) => expect(parseMinor(output)).toBe(expected));
});
