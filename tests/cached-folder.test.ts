import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fillOnce } from './cached-folder.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clawdbot-cache-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const writing = (text: string) => async (folder: string) => writeFileSync(join(folder, 'content'), text);
const content = (folder: string): string => readFileSync(join(folder, 'content'), 'utf8');

it('fills a folder that is not there and leaves one that is', async () => {
  const folder = join(root, 'deep', 'thing-1');
  expect(content(await fillOnce(folder, writing('first')))).toBe('first');
  expect(content(await fillOnce(folder, writing('second')))).toBe('first');
});

it('shows nothing of a filling that failed', async () => {
  await expect(fillOnce(join(root, 'thing-1'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(readdirSync(root)).toEqual([]);
});

it('lets one of several that fill at once win and gives its result to all', async () => {
  const folder = join(root, 'thing-1');
  const results = await Promise.all(['a', 'b', 'c'].map((text) => fillOnce(folder, writing(text))));
  expect(new Set(results.map(content)).size).toBe(1);
  expect(readdirSync(root)).toEqual(['thing-1']);
});

it('takes away what one that was killed has left, and nothing that may still be filled', async () => {
  const longAgo = new Date(Date.now() - 86_400_000);
  for (const name of ['.thing-1.abandoned', '.thing-1.filling', '.thing-10.other']) mkdirSync(join(root, name));
  for (const name of ['.thing-1.abandoned', '.thing-10.other']) utimesSync(join(root, name), longAgo, longAgo);
  await fillOnce(join(root, 'thing-1'), writing('first'));
  expect(readdirSync(root).toSorted()).toEqual(['.thing-1.filling', '.thing-10.other', 'thing-1']);
});
