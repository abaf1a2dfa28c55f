import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { LogFile } from './log-file.ts';

const WAIT = { timeout: 60_000, interval: 10 };

describe('a log file', () => {
  let dir: string;
  const reports: string[] = [];
  const open = (
    more: { maxFileBytes?: number; maxAgeMs?: number; maxFiles?: number; maxWaiting?: number; now?: () => Date } = {},
  ) =>
    new LogFile({
      dir,
      stream: 'app',
      maxFileBytes: 1_000_000,
      maxFiles: 5,
      report: (message) => reports.push(message),
      ...more,
    });
  const read = (file = 'app.json') => readFileSync(join(dir, file), 'utf8');
  const rotated = () =>
    readdirSync(dir)
      .filter((file) => file !== 'app.json')
      .sort();

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'log-'));
    reports.length = 0;
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('writes lines in order without being asked to flush', async () => {
    const file = open();
    for (let count = 0; count < 1000; count += 1) file.write(`${count}\n`);
    await vi.waitFor(() => expect(read().split('\n')).toHaveLength(1001), WAIT);
    expect(read()).toBe(Array.from({ length: 1000 }, (_, count) => `${count}\n`).join(''));
    await file.close();
    expect(file.dropped).toBe(0);
  });

  test('gathers for longer while several lines come at once, and not for a single one', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => timers.mockRestore());
    const file = open();
    const write = async (lines: readonly string[], all: string): Promise<unknown> => {
      timers.mockClear();
      for (const line of lines) file.write(line);
      await vi.waitFor(() => expect(read()).toBe(all), WAIT);
      // The write before may still be ending when these lines come: then they are gathered from its end on.
      const ofWaiting: (number | undefined)[] = [WAIT.interval, WAIT.timeout];
      const [delay] = timers.mock.calls.map(([, ms]) => ms).filter((ms) => !ofWaiting.includes(ms));
      expect(delay).toBeDefined();
      return delay;
    };
    const alone = await write(['1\n'], '1\n');
    expect(await write(['2\n', '3\n'], '1\n2\n3\n')).toBe(alone);
    expect(await write(['4\n'], '1\n2\n3\n4\n')).toBeGreaterThan(Number(alone));
    expect(await write(['5\n'], '1\n2\n3\n4\n5\n')).toBe(alone);
    await file.close();
  });

  test('creates its folder and appends to what is there', async () => {
    const nested = join(dir, 'a', 'b');
    for (const line of ['one\n', 'two\n']) {
      const file = new LogFile({
        dir: nested,
        stream: 'audit',
        maxFileBytes: 1000,
        maxFiles: 1,
        report: () => undefined,
      });
      file.write(line);
      await file.close();
    }
    expect(readFileSync(join(nested, 'audit.json'), 'utf8')).toBe('one\ntwo\n');
  });

  test('begins a new file when the old one is too old, not before', async () => {
    const hour = 3_600_000;
    let now = Date.now();
    const file = open({ maxAgeMs: 24 * hour, now: () => new Date(now) });
    const write = async (line: string) => {
      file.write(`${line}\n`);
      await vi.waitFor(() => expect(read()).toContain(line), WAIT);
    };
    await write('first');
    now += 23 * hour;
    await write('same day');
    expect(rotated()).toHaveLength(0);
    now += 2 * hour;
    await write('next day');
    expect(rotated().map((name) => read(name))).toEqual(['first\nsame day\n']);
    now += 23 * hour;
    await write('still that day');
    expect(rotated()).toHaveLength(1);
    await file.close();
  });

  test('rotates by rename between two lines and keeps only so many files', async () => {
    const file = open({ maxFileBytes: 1000, maxFiles: 3 });
    for (let round = 0; round < 8; round += 1) {
      file.write(`${String(round).repeat(899)}\n`);
      await vi.waitFor(() => expect(read()).toMatch(new RegExp(`^${round}+\n$`)), WAIT);
    }
    await file.close();
    expect(rotated()).toHaveLength(3);
    expect(rotated().map((name) => read(name)[0])).toEqual(['4', '5', '6']);
    expect(rotated()[0]).toMatch(/^app-\d{8}T\d{9}Z-\d{3}\.json$/);
  });

  test('does not touch files of other streams when it removes old ones', async () => {
    writeFileSync(join(dir, 'app-notes.json'), 'mine');
    writeFileSync(join(dir, 'access-20260101T000000000Z-000.json'), 'other');
    const file = open({ maxFileBytes: 10, maxFiles: 1 });
    for (const line of ['aaaaaaaaa\n', 'bbbbbbbbb\n', 'ccccccccc\n']) {
      file.write(line);
      await vi.waitFor(() => expect(read()).toBe(line), WAIT);
    }
    await file.close();
    expect(rotated()).toHaveLength(3);
  });

  test.skipIf(!existsSync('/dev/full'))('counts what a full disk loses and says so once', async () => {
    symlinkSync('/dev/full', join(dir, 'app.json'));
    const file = open({ maxWaiting: 10 });
    file.write('12345\n');
    file.write('1234\n');
    await vi.waitFor(() => expect(reports).toHaveLength(1), WAIT);
    expect(file.dropped).toBe(1);
    file.flushSync();
    expect(file.dropped).toBe(2);
    file.write('12345\n');
    await file.close();
    expect(file.dropped).toBe(3);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain('ENOSPC');
  });

  test.skipIf(!existsSync('/dev/full'))('writes the lines that waited once the disk has room again', async () => {
    symlinkSync('/dev/full', join(dir, 'app.json'));
    const file = open();
    file.write('waits\n');
    await vi.waitFor(() => expect(reports).toHaveLength(1), WAIT);
    await file.close();
    expect(file.dropped).toBe(1);

    rmSync(join(dir, 'app.json'));
    writeFileSync(join(dir, 'blocked'), '');
    const blocked = new LogFile({
      dir: join(dir, 'blocked'),
      stream: 'app',
      maxFileBytes: 1000,
      maxFiles: 1,
      report: (message) => reports.push(message),
    });
    blocked.write('waits\n');
    await vi.waitFor(() => expect(reports).toHaveLength(2), WAIT);
    rmSync(join(dir, 'blocked'));
    await vi.waitFor(() => expect(readFileSync(join(dir, 'blocked', 'app.json'), 'utf8')).toBe('waits\n'), WAIT);
    await vi.waitFor(() => expect(reports[2]).toContain('is written again'), WAIT);
    await blocked.close();
    expect(blocked.dropped).toBe(0);
  });

  test('begins a new line after one that was cut off', async () => {
    writeFileSync(join(dir, 'app.json'), 'whole\ncut o');
    const file = open();
    file.write('next\n');
    await file.close();
    expect(read()).toBe('whole\ncut o\nnext\n');
  });

  test.skipIf(process.platform !== 'linux')('knows which lines a full disk took when it took half a batch', () => {
    const script = fileURLToPath(new URL('./fixtures/log-until-full.ts', import.meta.url));
    const child = spawnSync('bash', ['-c', `trap '' XFSZ; ulimit -f 4; "$0" "$@"`, process.execPath, script, dir], {
      encoding: 'utf8',
    });
    const { written, dropped } = JSON.parse(child.stdout);
    expect(read().split('\n').length - 1 + dropped).toBe(written);
    expect(dropped).toBeGreaterThan(0);
  });

  test('flushes at once when the process is about to end', async () => {
    const file = open();
    file.write('last words\n');
    file.flushSync();
    expect(read()).toBe('last words\n');
    await file.close();
    expect(read()).toBe('last words\n');
  });

  test('counts lines written after it was closed, and closes twice', async () => {
    const file = open();
    await file.close();
    await file.close();
    file.write('late\n');
    expect(file.dropped).toBe(1);
  });
});
