import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
