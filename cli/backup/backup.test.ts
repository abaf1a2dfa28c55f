import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArchive, sealArchive } from './archive.ts';
import { restoreBackup, writeBackup } from './backup.ts';

const DIR = mkdtempSync(join(tmpdir(), 'clawdbot-backup-test-'));
const DATA = join(DIR, 'data');
const FILE = join(DIR, 'backup');
const PASSPHRASE = 'correct horse';
const KEY = 'the-signing-key-itself';
let database: DatabaseSync;

beforeAll(async () => {
  mkdirSync(join(DATA, 'keys'), { recursive: true });
  writeFileSync(join(DATA, 'keys', 'signing.key'), KEY, { mode: 0o600 });
  writeFileSync(join(DIR, 'given.yaml'), 'server: { port: 9443 }\n');
  // Open, and with what it wrote last still beside it.
  database = new DatabaseSync(join(DATA, 'auth.db'));
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE keys (id TEXT); INSERT INTO keys VALUES ('k1')");
  await writeBackup(DATA, join(DIR, 'given.yaml'), FILE, PASSPHRASE);
});
afterAll(() => {
  database.close();
  rmSync(DIR, { recursive: true, force: true });
});

describe('a backup', () => {
  it('brings databases, keys and configuration back, for their owner alone', async () => {
    const target = join(DIR, 'restored');
    expect(await restoreBackup(target, FILE, PASSPHRASE, false)).toEqual([
      'auth.db',
      'keys/signing.key',
      'clawdbot.yaml',
    ]);
    expect(readFileSync(join(target, 'keys/signing.key'), 'utf8')).toBe(KEY);
    expect(readFileSync(join(target, 'clawdbot.yaml'), 'utf8')).toContain('9443');
    expect(statSync(join(target, 'keys/signing.key')).mode & 0o777).toBe(0o600);
    const restored = new DatabaseSync(join(target, 'auth.db'));
    expect(restored.prepare('SELECT id FROM keys').all()).toMatchObject([{ id: 'k1' }]);
    restored.close();
  });

  it('replaces nothing unless it is told to', async () => {
    const target = join(DIR, 'occupied');
    await restoreBackup(target, FILE, PASSPHRASE, false);
    writeFileSync(join(target, 'keys/signing.key'), 'newer');
    await expect(restoreBackup(target, FILE, PASSPHRASE, false)).rejects.toThrow(/is there already/);
    expect(readFileSync(join(target, 'keys/signing.key'), 'utf8')).toBe('newer');
    await restoreBackup(target, FILE, PASSPHRASE, true);
    expect(readFileSync(join(target, 'keys/signing.key'), 'utf8')).toBe(KEY);
  });

  it('says nothing of what is in it, and is for its owner alone', () => {
    const text = readFileSync(FILE).toString('latin1');
    expect(text).not.toContain(KEY);
    expect(text).not.toContain('signing.key');
    expect(statSync(FILE).mode & 0o777).toBe(0o600);
  });

  it('does not overwrite another file', async () => {
    await expect(writeBackup(DATA, undefined, FILE, PASSPHRASE)).rejects.toThrow(/EEXIST/);
  });

  it('is refused with another passphrase, a changed bit, or an end that is missing', () => {
    const archive = sealArchive([{ path: 'a', bytes: Buffer.from('b') }], PASSPHRASE);
    expect(() => openArchive(archive, 'another')).toThrow(/passphrase is another one/);
    const changed = Buffer.from(archive);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(() => openArchive(changed, PASSPHRASE)).toThrow(/damaged/);
    expect(() => openArchive(archive.subarray(0, 30), PASSPHRASE)).toThrow(/beginning of one/);
    expect(() => openArchive(Buffer.from('PK'), PASSPHRASE)).toThrow(/another file/);
  });

  it('writes nothing out of the data folder', async () => {
    const evil = join(DIR, 'evil');
    writeFileSync(evil, sealArchive([{ path: '../outside', bytes: Buffer.from('x') }], PASSPHRASE));
    await expect(restoreBackup(join(DIR, 'inside'), evil, PASSPHRASE, false)).rejects.toThrow(/leads out/);
  });
});
