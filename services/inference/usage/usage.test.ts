import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DAY_MS, type Use } from './numbers.ts';
import { openUsage, type Usage, type UsageQuery } from './usage.ts';

const TODAY = Date.UTC(2026, 10, 29, 12);
const ANNA = { keyId: 'jwt:anna', tenant: 'jwt:anna' };
const BOB = { keyId: 'key:bob', tenant: 'tenant:t' };

let dir: string;
let now: number;
let logged: string[];
let usage: Usage;
const open = (retentionDays = 400): Usage => {
  const log = (action: string) => void logged.push(action);
  return openUsage({ file: join(dir, 'usage.db'), retentionDays, log: { info: log, error: log }, now: () => now });
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-usage-'));
  now = TODAY;
  logged = [];
  usage = open();
});
afterEach(() => {
  usage.stop();
  rmSync(dir, { recursive: true, force: true });
  vi.useRealTimers();
});

const count = (more: Partial<Use> = {}): void =>
  usage.count({
    ...{ ...ANNA, model: 'm', scenario: undefined, outcome: 'ok', isCacheHit: false },
    ...{ promptTokens: 3, completionTokens: 4, cachedTokens: 1 },
    ...more,
  });
const report = (more: Partial<UsageQuery> = {}) =>
  usage.report({ by: 'key', from: '2026-11-01', to: '2026-11-30', owner: undefined, maxRows: 100, ...more });
const onDisk = (): unknown => {
  const db = new DatabaseSync(join(dir, 'usage.db'), { readOnly: true });
  try {
    return db.prepare('SELECT sum(ok) AS found FROM usage').get()?.found;
  } finally {
    db.close();
  }
};

it('sums by key, model and scenario, day by day', async () => {
  count();
  count({ ...BOB, model: undefined, outcome: 'rejected', promptTokens: 0, completionTokens: 0, cachedTokens: 0 });
  now -= DAY_MS;
  count({ ...BOB, model: 'n', scenario: 'chat' });
  const names = async (by: UsageQuery['by']) =>
    (await report({ by }))?.map(({ day, name, ok, rejected }) => [day, name, ok, rejected]);
  expect(await names('key')).toEqual([
    ['2026-11-28', 'key:bob', 1, 0],
    ['2026-11-29', 'jwt:anna', 1, 0],
    ['2026-11-29', 'key:bob', 0, 1],
  ]);
  expect(await names('model')).toEqual([
    ['2026-11-28', 'n', 1, 0],
    ['2026-11-29', null, 0, 1],
    ['2026-11-29', 'm', 1, 0],
  ]);
  expect(await names('scenario')).toEqual([
    ['2026-11-28', 'chat', 1, 0],
    ['2026-11-29', null, 1, 1],
  ]);
});

it('adds to what was written before, and answers what was counted a moment ago', async () => {
  count();
  await report();
  count();
  const rows = await report();
  expect(rows).toEqual([
    {
      ...{ day: '2026-11-29', name: 'jwt:anna', ok: 2, error: 0, timeout: 0, rejected: 0, cancelled: 0, submitted: 0 },
      ...{ cacheHits: 0, promptTokens: 6, completionTokens: 8, cachedTokens: 2 },
    },
  ]);
});

it('shows an owner its own, not that of its name in another tenant', async () => {
  count(BOB);
  count({ ...BOB, tenant: 'tenant:other', outcome: 'error' });
  count();
  expect(await report({ owner: BOB, by: 'model' })).toMatchObject([{ name: 'm', ok: 1, error: 0 }]);
  expect(await report({ owner: { keyId: 'key:none', tenant: 'key:none' } })).toEqual([]);
});

it('takes the first and the last day in, and no other', async () => {
  for (const day of [27, 28, 29, 30]) {
    now = Date.UTC(2026, 10, day);
    count();
  }
  const rows = await report({ from: '2026-11-28', to: '2026-11-29' });
  expect(rows?.map(({ day }) => day)).toEqual(['2026-11-28', '2026-11-29']);
});

it('answers nothing rather than a part where there are too many rows', async () => {
  for (const keyId of ['key:a', 'key:b', 'key:c']) count({ keyId });
  expect(await report({ maxRows: 2 })).toBeUndefined();
  expect(await report({ maxRows: 3 })).toHaveLength(3);
});

it('writes by itself soon after, many keys in several turns, and nothing while nothing happens', () => {
  expect(vi.getTimerCount()).toBe(1);
  for (let key = 0; key < 1200; key += 1) count({ keyId: `key:${key}` });
  expect(onDisk()).toBeNull();
  vi.advanceTimersToNextTimer();
  expect(onDisk()).toBe(100);
  vi.advanceTimersByTime(250);
  expect(onDisk()).toBe(1200);
  expect(vi.getTimerCount()).toBe(1);
});

it('writes what waits when it stops, and goes on from there', async () => {
  count();
  usage.stop();
  expect(onDisk()).toBe(1);
  usage = open();
  count();
  expect(await report()).toMatchObject([{ ok: 2 }]);
});

it('keeps the sums while they cannot be written, says so once, and writes them later', async () => {
  const other = new DatabaseSync(join(dir, 'usage.db'));
  other.exec('BEGIN IMMEDIATE');
  count();
  vi.advanceTimersByTime(250);
  await expect(report()).rejects.toMatchObject({ code: 'ERR_USAGE_STORE' });
  count();
  other.exec('ROLLBACK');
  other.close();
  vi.advanceTimersByTime(5000);
  expect([onDisk(), logged]).toEqual([2, ['usage.write_failed', 'usage.write_recovered']]);
});

it('forgets the whole days of a key that began before a time, or counts them', async () => {
  count(BOB);
  now -= DAY_MS;
  count();
  count(BOB);
  count({ ...BOB, scenario: 'chat' });
  const purge = (before: number, isDryRun: boolean) => usage.purge({ keyId: BOB.keyId, before, isDryRun });
  expect(purge(Date.UTC(2026, 10, 28), true)).toBe(0);
  expect(purge(Date.UTC(2026, 10, 29), true)).toBe(2);
  expect(purge(TODAY, true)).toBe(3);
  expect(purge(Date.UTC(2026, 10, 29), false)).toBe(2);
  expect((await report())?.map(({ day, name }) => [day, name])).toEqual([
    ['2026-11-28', 'jwt:anna'],
    ['2026-11-29', 'key:bob'],
  ]);
});

it('keeps as many days as it is told, today among them', async () => {
  now = Date.UTC(2026, 10, 27);
  count();
  now = Date.UTC(2026, 10, 28);
  count();
  usage.stop();
  now = TODAY;
  usage = open(2);
  expect(usage.keptFrom()).toBe('2026-11-28');
  expect((await report())?.map(({ day }) => day)).toEqual(['2026-11-28']);
  now += DAY_MS;
  vi.advanceTimersByTime(DAY_MS);
  expect(await report()).toEqual([]);
  expect(logged).toEqual(['usage.expired', 'usage.expired']);
});

it('is open to its owner alone, and refuses the file of a newer release', () => {
  const file = join(dir, 'usage.db');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  usage.stop();
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 2');
  expect(() => open()).toThrow(/usage\.db: expected a usage database of version 1 or older, got 2; start the newer/);
  db.exec('PRAGMA user_version = 1');
  db.close();
  usage = open();
});
