import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readDrillRecords } from '../../core/config/drill-record.ts';
import { drillCommand } from './drill.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drill-command-'));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(dir, { recursive: true, force: true });
});

/** The one that the fast profile skips at once. */
const run = (data: string) =>
  drillCommand().exitOverride().parseAsync(['run', 'healthy', '--data', data], { from: 'user' });

it('leaves what came of a drill in the data folder of the service', async () => {
  await run(dir);
  expect(readDrillRecords(readFileSync(join(dir, 'drills.json'), 'utf8'))).toMatchObject([
    { name: 'healthy', profile: 'fast', outcome: 'skipped' },
  ]);
  expect(process.exitCode).toBe(0);
});

it('makes no data folder', async () => {
  await run(join(dir, 'none'));
  expect(existsSync(join(dir, 'none'))).toBe(false);
});
