import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordCpuProfile } from './cpu-profile.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'profile-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('writes a profile that tools can open, for the owner alone', async () => {
  const file = join(dir, 'profiles', 'one.cpuprofile');
  await recordCpuProfile({ seconds: 0.05, file });
  const profile = JSON.parse(readFileSync(file, 'utf8'));
  expect(Object.keys(profile)).toEqual(
    expect.arrayContaining(['nodes', 'startTime', 'endTime', 'samples', 'timeDeltas']),
  );
  expect(profile.nodes.length).toBeGreaterThan(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('takes one at a time, and another afterwards', async () => {
  const ending = new AbortController();
  const first = recordCpuProfile({ seconds: 600, file: join(dir, 'a.cpuprofile'), signal: ending.signal });
  await expect(recordCpuProfile({ seconds: 1, file: join(dir, 'b.cpuprofile') })).rejects.toMatchObject({
    code: 'ERR_HTTP_PROFILE_BUSY',
  });
  ending.abort();
  await first;
  await recordCpuProfile({ seconds: 0.01, file: join(dir, 'c.cpuprofile') });
  expect(readFileSync(join(dir, 'c.cpuprofile'), 'utf8')).toContain('"nodes"');
});
