import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecret } from './secret-file.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-'));
  file = join(folder, 'key');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('createSecret', () => {
  it('is the content of the file without the space around it', () => {
    writeFileSync(file, ' sk-one\n');
    expect(createSecret(file, 'apiKeyFile')()).toBe('sk-one');
  });

  it('follows a rotation, and keeps the key while there is no file', () => {
    writeFileSync(file, 'sk-one');
    const secret = createSecret(file, 'apiKeyFile');
    expect(secret()).toBe('sk-one');
    rmSync(file);
    expect(secret()).toBe('sk-one');
    writeFileSync(`${file}.new`, 'sk-two-longer');
    renameSync(`${file}.new`, file);
    expect(secret()).toBe('sk-two-longer');
  });

  it.each([
    ['no file', undefined],
    ['an empty file', '\n'],
    ['more than a key', 'sk-one\nsk-two'],
  ])('refuses %s without quoting it', (_, content) => {
    if (content !== undefined) writeFileSync(file, content);
    expect(() => createSecret(file, 'apiKeyFile')()).toThrow(/^(?!.*sk-)apiKeyFile: expected/);
  });
});
