import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { announceProcess, readProcessRun } from './run-file.ts';

it('tells where a process answers until it is withdrawn', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'run-file-'));
  const run = { pid: 4711, url: 'http://127.0.0.1:9464/metrics', startedAt: '2026-01-01T00:00:00.000Z' };
  const withdraw = await announceProcess(dir, 'collectors', run);
  expect([readProcessRun(dir, 'collectors'), readProcessRun(dir, 'anomaly')]).toEqual([run, undefined]);
  await withdraw();
  expect([readProcessRun(dir, 'collectors'), readdirSync(dir)]).toEqual([undefined, []]);
  rmSync(dir, { recursive: true });
});
