import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../core/config/schema.ts';
import { configCommand } from './config.ts';

describe('clawdbot config', () => {
  let dir: string;
  let file: string;
  let out: string;
  let err: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'config-command-'));
    file = join(dir, 'clawdbot.yaml');
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
  const run = (...words: string[]) => configCommand().exitOverride().parseAsync(words, { from: 'user' });

  test('check accepts a valid file', async () => {
    writeFileSync(file, 'limits: { queue: 3 }');
    await run('check', '--config', file);
    expect(out).toBe(`${file}: valid\n`);
    expect(process.exitCode ?? 0).toBe(0);
  });

  test('check names every mistake and ends with 78', async () => {
    writeFileSync(file, 'limits: { queue: x }\nserver: { port: y }');
    await run('check', '--config', file);
    expect(err.trimEnd().split('\n')).toHaveLength(2);
    expect(process.exitCode).toBe(78);
  });

  test('check --json tells a script the same', async () => {
    writeFileSync(file, 'limits: { queue: x }');
    await run('check', '--config', file, '--json');
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      problems: [{ path: 'limits.queue', line: 1, column: 11, file }],
    });
    expect(process.exitCode).toBe(78);
  });

  test('print shows the effective values without secrets', async () => {
    writeFileSync(file, 'models: [{ id: a, engine: openai, options: { apiKey: sk-1 } }]');
    await run('print', '--config', file);
    expect(parse(out).models[0].options).toEqual({ apiKey: '[redacted]' });
    out = '';
    await run('print', '--config', file, '--json');
    expect(JSON.parse(out).limits).toEqual(configSchema.parse({}).limits);
  });

  test('docs prints the reference', async () => {
    await run('docs');
    expect(out).toContain('| `limits.maxConcurrency` |');
  });
});
