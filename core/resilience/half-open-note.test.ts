import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { leaveNote, readNote, removeNote } from './half-open-note.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-note-'));
  file = join(folder, 'run', 'half-open.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('is read back until it expires or is taken away', async () => {
  expect(await readNote(file, 0)).toBeUndefined();
  const note = { models: ['a'], reason: 'the gateway was dead', expiresAt: 100 };
  await leaveNote(file, note);
  expect(await readNote(file, 99)).toEqual(note);
  expect(await readNote(file, 100)).toBeUndefined();
  await removeNote(file);
  expect(await readNote(file, 0)).toBeUndefined();
});

it.each(['', '{', '[]', '{"expiresAt":"soon"}'])('that reads %j is none', async (text) => {
  await leaveNote(file, { reason: '', expiresAt: 1 });
  await writeFile(file, text);
  expect(await readNote(file, 0)).toBeUndefined();
});
