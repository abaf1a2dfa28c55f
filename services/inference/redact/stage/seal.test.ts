import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSeal } from './seal.ts';

describe('the seal of a data folder', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'clawdbot-seal-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const file = () => join(dir, 'keys', 'redaction.key');

  it('opens what it closed, also after a restart, and only under the same name', () => {
    const sealed = openSeal(file()).close('ann@example.org', 'req_1');
    expect(sealed).not.toContain('ann');
    expect(openSeal(file()).open(sealed, 'req_1')).toBe('ann@example.org');
    expect(openSeal(file()).open(sealed, 'req_2')).toBeUndefined();
  });

  it('opens nothing that was changed or that another key closed', () => {
    const sealed = openSeal(file()).close('text', 'a');
    const other = openSeal(join(dir, 'other.key'));
    const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
    expect([other.open(sealed, 'a'), openSeal(file()).open(changed, 'a'), other.open('', 'a')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('makes a key that only its owner reads, and refuses a file that is none', () => {
    openSeal(file());
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    writeFileSync(file(), 'short');
    expect(() => openSeal(file())).toThrow(/expected 32 bytes, got 5/);
  });

  it('gives equal texts one fingerprint, which another data folder does not give', () => {
    const seal = openSeal(file());
    expect(seal.fingerprint('a')).toBe(seal.fingerprint('a'));
    expect(seal.fingerprint('a')).not.toBe(openSeal(join(dir, 'other.key')).fingerprint('a'));
  });
});
