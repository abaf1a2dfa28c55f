import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ensureFile,
  makeFolder,
  makePrivateFolder,
  PRIVATE_MODE,
  readIfPresent,
  replaceFile,
} from './private-files.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-private-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('private files', () => {
  it('closes a folder that was open to others', async () => {
    const folder = join(dir, 'keys');
    await mkdir(folder, { mode: 0o755 });
    await makePrivateFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
  });

  it('makes a folder with those above it, and leaves one that is there as it is', async () => {
    await makeFolder(join(dir, 'a', 'b', 'c'));
    expect(await modeOf(join(dir, 'a', 'b', 'c'))).toBe(0o700);
    await mkdir(join(dir, 'open'), { mode: 0o755 });
    await makeFolder(join(dir, 'open'));
    expect(await modeOf(join(dir, 'open'))).toBe(0o755);
  });

  it('refuses a place where no folder can be made, instead of trying for ever', async () => {
    await expect(makeFolder('/proc/clawdbot/data')).rejects.toMatchObject({ code: 'ERR_CONFIG_DATA_FOLDER' });
  });

  it('gives all who make a file at once the same content, and leaves nothing beside it', async () => {
    const path = join(dir, 'secret');
    let made = 0;
    const contents = await Promise.all(
      Array.from({ length: 20 }, () => ensureFile(path, PRIVATE_MODE, async () => `secret ${made++}`)),
    );
    expect(new Set(contents).size).toBe(1);
    expect(await readdir(dir)).toEqual(['secret']);
    expect(await modeOf(path)).toBe(PRIVATE_MODE);
  });

  it('makes nothing where a file is there', async () => {
    const path = join(dir, 'secret');
    await writeFile(path, 'old');
    expect(await ensureFile(path, PRIVATE_MODE, () => Promise.reject(new Error('made')))).toBe('old');
  });

  it('replaces a file, mode included', async () => {
    const path = join(dir, 'secret');
    await writeFile(path, 'old', { mode: 0o644 });
    await replaceFile(path, PRIVATE_MODE, 'new');
    expect([await readFile(path, 'utf8'), await modeOf(path)]).toEqual(['new', PRIVATE_MODE]);
  });

  it('tells absent from unreadable', async () => {
    expect(await readIfPresent(join(dir, 'nothing'))).toBeUndefined();
    await expect(readIfPresent(dir)).rejects.toMatchObject({ code: 'ERR_CONFIG_DATA_FOLDER' });
    await writeFile(join(dir, 'file'), '');
    await expect(makePrivateFolder(join(dir, 'file', 'keys'))).rejects.toThrow('ENOTDIR');
  });
});
