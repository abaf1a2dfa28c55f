import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readDrillRecords } from '../../core/config/drill-record.ts';
import { recordDrill } from './record.ts';
import type { DrillResult } from './result.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'clawdbot-record-'));
});
afterEach(() => rmSync(data, { recursive: true }));

const RESULT: DrillResult = {
  ...{ name: 'gpu-hot', outcome: 'passed', problems: [], figures: [], told: 'e-mail', expected: [], symptoms: [] },
  ...{ fired: [], detectionMs: 61_234, recoveryMs: 300 },
};
const FAST = { name: 'fast' } as const;
const REAL = { name: 'real' } as const;
const FIRST = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-02T00:00:00Z');
const recorded = () => readDrillRecords(readFileSync(join(data, 'drills.json'), 'utf8'));

it('keeps the last result of each drill in each profile, with what was measured', async () => {
  await recordDrill(data, FAST, RESULT, FIRST);
  await recordDrill(data, REAL, { ...RESULT, outcome: 'failed' }, FIRST);
  const { detectionMs: _none, recoveryMs: _nothing, ...skipped } = RESULT;
  await recordDrill(data, FAST, { ...skipped, outcome: 'skipped' }, LATER);
  expect(recorded()).toEqual([
    {
      name: 'gpu-hot',
      profile: 'real',
      outcome: 'failed',
      at: FIRST.toISOString(),
      detectionMs: 61_234,
      recoveryMs: 300,
    },
    { name: 'gpu-hot', profile: 'fast', outcome: 'skipped', at: LATER.toISOString() },
  ]);
});

it('leaves nothing else in the folder', async () => {
  await recordDrill(data, FAST, RESULT, FIRST);
  expect(readdirSync(data)).toEqual(['drills.json']);
});

it('begins anew where the file cannot be read', async () => {
  writeFileSync(join(data, 'drills.json'), 'half a fi');
  await recordDrill(data, FAST, RESULT, FIRST);
  expect(recorded()).toHaveLength(1);
});

it('makes no data folder where no service has one', async () => {
  await recordDrill(join(data, 'none'), FAST, RESULT, FIRST);
  expect(readdirSync(data)).toEqual([]);
});
