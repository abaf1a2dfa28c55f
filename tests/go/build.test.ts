import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildGoProgram, goProgramFile } from './build.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clawdbot-go-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const environment = () => ({ XDG_CACHE_HOME: join(root, 'cache'), PATH: join(root, 'bin') });

it('says in one line that Go is missing', async () => {
  expect(await buildGoProgram('prometheus', environment())).toEqual({
    state: 'missing',
    why: 'found no go on this machine',
  });
});

it('takes what an earlier run built, with or without Go', async () => {
  const file = goProgramFile('prometheus', environment());
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  expect(await buildGoProgram('prometheus', environment())).toEqual({ state: 'cached', file });
});
