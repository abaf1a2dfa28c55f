import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { verify } from './artefacts.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clawdbot-artefacts-'));
  mkdirSync(join(root, 'lib'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const fetched = (name: string, bytes: string): void => writeFileSync(join(root, 'lib', name), bytes);
const pinned = (...files: (readonly [string, string])[]): string => {
  const sums = join(root, 'sums');
  const lines = files.map(([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
  writeFileSync(sums, lines.join(''));
  return sums;
};

it('takes files whose bytes are the pinned ones', async () => {
  fetched('one.jar', 'one');
  await expect(verify(join(root, 'lib'), pinned(['one.jar', 'one']))).resolves.toBeUndefined();
});

it('refuses a file with other bytes, and names it', async () => {
  fetched('one.jar', 'changed');
  await expect(verify(join(root, 'lib'), pinned(['one.jar', 'one']))).rejects.toThrow(/^one\.jar: expected SHA-256/);
});

it('refuses a file that nobody pinned', async () => {
  fetched('one.jar', 'one');
  fetched('two.jar', 'two');
  await expect(verify(join(root, 'lib'), pinned(['one.jar', 'one']))).rejects.toThrow('two.jar');
});

it('misses a file that was not fetched', async () => {
  fetched('one.jar', 'one');
  const sums = pinned(['one.jar', 'one'], ['two.jar', 'two']);
  await expect(verify(join(root, 'lib'), sums)).rejects.toThrow('two.jar');
});
