import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { redactCommand } from './redact.ts';

const TEXT = 'hello,\nwrite to ada.lovelace@example.org, or call 13912345678\n';

describe('clawdbot redact', () => {
  let dir: string;
  let file: string;
  let config: string;
  let out: string;
  let err: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'redact-command-'));
    file = join(dir, 'text');
    config = join(dir, 'clawdbot.yaml');
    writeFileSync(file, TEXT);
    writeFileSync(config, 'redaction: { policies: { strict: { request: { "*": block } } } }');
    out = '';
    err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += text;
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += text;
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
    rmSync(dir, { recursive: true, force: true });
  });
  const run = (...words: string[]) =>
    redactCommand()
      .exitOverride()
      .parseAsync([...words, '--config', config], { from: 'user' });

  test('prints the text as the model would see it', async () => {
    await run(file);
    expect(out).toMatch(/^hello,\nwrite to \[EMAIL_1\], or call \[\w+_1\]\n$/);
  });

  test('prints it as a client or a log would have it', async () => {
    await run(file, '--direction', 'response');
    expect(out).toMatch(/^hello,\nwrite to \[EMAIL\], or call \[[A-Z_]+\]\n$/);
  });

  test('--explain says where, by which rule and why, and never what', async () => {
    await run(file, '--explain');
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/text:2:10: global\.email \(24 characters, pseudonym\): xxx\.x+@x+\.xxx: \S.+/);
    expect(lines[1]).toContain(':2:44: cn.mobile (11 characters, pseudonym): 99999999999: ');
    expect(out).not.toMatch(/lovelace|139/);
    writeFileSync(file, 'nothing here');
    await run(file, '--explain');
    expect(out).toContain(`${file}: nothing found`);
  });

  test('--explain also says what only looks like a match, and why it is left', async () => {
    writeFileSync(file, 'IBAN DE88370400440532013000');
    await run(file, '--explain');
    expect(out).toMatch(/:1:6: eu\.iban \(22 characters, left\): .*check digits/);
  });

  test('--json prints an object for each file', async () => {
    await run(file, file, '--json');
    const [first, second] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual(second);
    expect(first).toEqual({ file, text: expect.stringContaining('[EMAIL_1]') });
    out = '';
    await run(file, '--json', '--explain');
    const place = { rule: 'global.email', action: 'pseudonym', line: 2, column: 10, offset: 16, length: 24 };
    expect(JSON.parse(out)).toMatchObject({ file, places: [place, { rule: 'cn.mobile' }] });
  });

  test('ends with an error where the policy blocks the text, and says by which rule', async () => {
    await expect(run(file, '--policy', 'strict')).rejects.toMatchObject({ code: 'ERR_REDACT_BLOCKED' });
    expect(out).toBe('');
  });

  test('refuses a policy that there is not and a file that cannot be read', async () => {
    await run(file, '--policy', 'stict');
    expect(err).toContain('did you mean strict?');
    expect(process.exitCode).toBe(64);
    await expect(run(join(dir, 'no-file'))).rejects.toThrow('no-file: expected a readable file, got ENOENT');
  });

  test('refuses a configuration with a mistake in its rules', async () => {
    writeFileSync(config, 'redaction: { policies: { a: { request: { global.emial: "off" } } } }');
    await expect(run(file)).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });
});
