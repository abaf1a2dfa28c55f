import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { intervalsOf, USUAL } from '../detect/clock.ts';
import { take } from '../detect/detector.ts';
import { keyText, type SeriesKey } from '../signals.ts';
import { openStateStore } from './state-store.ts';

const KEY: SeriesKey = { signal: 'errors', label: '' };

let dir: string;
let file: string;
let damaged: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-learnt-'));
  file = join(dir, 'anomaly', 'anomaly.db');
  damaged = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (intervals = USUAL) => openStateStore({ file, intervals, onDamaged: (aside) => damaged.push(aside) });
const learn = (): void => {
  const store = open();
  for (let slot = 0; slot < 40; slot += 1) {
    const points = new Map([[keyText(KEY), { key: KEY, point: { value: 1, n: 100 } }]]);
    take(store.learnt.detector, USUAL, { window: 'long', slot, points, isNews: true });
  }
  store.learnt.last.long = 39;
  store.save();
  store.close();
};

it('knows after a restart what it knew before', () => {
  learn();
  const { learnt, close } = open();
  expect(learnt.last).toEqual({ short: -1, long: 39 });
  expect(learnt.detector.series.get('errors')?.state.history).toMatchObject({ first: 0, length: 40 });
  expect(learnt.detector.missing.long.known).toBe(40);
  close();
});

it('begins anew where time is cut in another way', () => {
  learn();
  const { learnt, close } = open(intervalsOf({ ...USUAL, longMs: 1_800_000 }));
  expect(learnt.last.long).toBe(-1);
  expect(learnt.detector.series.size).toBe(0);
  close();
});

it('puts a file aside that is damaged, says so, and learns anew', () => {
  learn();
  writeFileSync(file, 'this is no database, however long one looks at it. '.repeat(200));
  for (const rest of ['-wal', '-shm']) rmSync(`${file}${rest}`, { force: true });
  const { learnt, close } = open();
  expect(damaged).toEqual([`${file}.damaged`]);
  expect(existsSync(`${file}.damaged`)).toBe(true);
  expect(learnt.detector.series.size).toBe(0);
  close();
});
