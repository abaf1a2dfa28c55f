import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLockFolder } from './lock-folder.mjs';

let root = '';
let path = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clawdbot-lock-'));
  path = join(root, 'setup.lock');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ignore = () => undefined;

const leaveBehind = (owner: object) => {
  mkdirSync(path);
  writeFileSync(join(path, 'owner.json'), JSON.stringify(owner));
};

it('lets one in at a time, and tells the others whom they wait for', async () => {
  const events: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = withLockFolder(path, () => first.promise.then(() => events.push('first ends')), ignore);
  const two = withLockFolder(
    path,
    async () => events.push('second runs'),
    ({ pid }) => {
      expect(pid).toBe(process.pid);
      events.push('second waits');
      first.resolve();
    },
  );
  await Promise.all([one, two]);
  expect(events).toEqual(['second waits', 'first ends', 'second runs']);
});

it('answers with what the work answers and leaves nothing behind', async () => {
  expect(await withLockFolder(path, async () => 'done', ignore)).toBe('done');
  expect(readdirSync(root)).toEqual([]);
});

it('is released when the work fails', async () => {
  await expect(withLockFolder(path, () => Promise.reject(new Error('no')), ignore)).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

it('is taken from a process that is gone', async () => {
  leaveBehind({ pid: spawnSync(process.execPath, ['--version']).pid, host: hostname() });
  expect(await withLockFolder(path, async () => 'mine', ignore)).toBe('mine');
  expect(readdirSync(root)).toEqual([]);
});

it('is taken when the process id now belongs to somebody else', async () => {
  leaveBehind({ pid: process.pid, startedAt: 'long before', host: hostname() });
  expect(await withLockFolder(path, async () => 'mine', ignore)).toBe('mine');
});

it('is left to an owner on another host, who cannot be seen from here', async () => {
  leaveBehind({ pid: 1, host: 'elsewhere' });
  const told = Promise.withResolvers<string>();
  const waiting = withLockFolder(
    path,
    async () => 'mine',
    ({ host }) => told.resolve(host),
  );
  expect(await told.promise).toBe('elsewhere');
  rmSync(path, { recursive: true });
  expect(await waiting).toBe('mine');
});

it('lets exactly one of many in at a time after a crash', async () => {
  leaveBehind({ pid: spawnSync(process.execPath, ['--version']).pid, host: hostname() });
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLockFolder(path, work, ignore)));
  expect(most).toBe(1);
});
