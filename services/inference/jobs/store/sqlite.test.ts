import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { openSqliteStore, sqliteJobStore } from './sqlite.ts';
import { describeJobStore, newJob, SUCCESS } from './store-contract.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clawdbot-jobs-'));
  file = join(folder, 'jobs.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeJobStore('SQLite in memory', () => openSqliteStore({ file: ':memory:' }));
describeJobStore('SQLite file', () => sqliteJobStore.start({ config: sqliteJobStore.config({ file }) }));

const NO_EXCEPTIONS = { keyIds: [], targets: [] };
const ROOM = { maxQueued: 10_000 };

const errorOf = (work: () => unknown): ServiceError => {
  try {
    work();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('expected a ServiceError, got none');
};

/** What `kill -9` leaves: the files as they are, without the closing that would merge the log into the database. */
const copyOfTheDead = (): string => {
  const copy = join(folder, 'copy.db');
  copyFileSync(file, copy);
  copyFileSync(`${file}-wal`, `${copy}-wal`);
  return copy;
};

describe('a SQLite job store', () => {
  it('has everything after an end without warning', async () => {
    const store = openSqliteStore({ file });
    store.add(newJob(1, { idempotencyKey: 'k', callbackUrl: 'https://a.example/' }), ROOM);
    store.add(newJob(2), ROOM);
    store.take({ owner: 'dead', now: 1, except: NO_EXCEPTIONS });
    store.finish(newJob(1).id, 'dead', SUCCESS, { attempts: 1, now: 2 });
    store.take({ owner: 'dead', now: 3, except: NO_EXCEPTIONS });
    const survivor = openSqliteStore({ file: copyOfTheDead() });
    await store.stop();

    expect(survivor.recover('alive', 4)).toEqual({ requeued: 1, cancelled: 0 });
    expect(survivor.get('one', newJob(1).id)?.state).toBe('succeeded');
    expect(survivor.deliveryCounts().pending).toBe(1);
    expect(survivor.counts()).toMatchObject({ queued: 1, running: 0, succeeded: 1 });
    expect(survivor.add(newJob(3, { idempotencyKey: 'k' }), ROOM).kind).toBe('repeated');
    await survivor.stop();
  });

  it('is readable by its owner only', async () => {
    const store = openSqliteStore({ file });
    store.add(newJob(1), ROOM);
    expect([file, `${file}-wal`].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    await store.stop();
  });

  it('keeps other processes out while it is open, and lets them in afterwards', async () => {
    const store = openSqliteStore({ file });
    const tryFromOutside = () => {
      const script = `const { DatabaseSync } = require('node:sqlite'); new DatabaseSync(process.argv[1]).prepare('SELECT count(*) FROM jobs').get()`;
      return spawnSync(process.execPath, ['-e', script, file], { encoding: 'utf8' });
    };
    expect(tryFromOutside().stderr).toContain('database is locked');
    await store.stop();
    expect(tryFromOutside().status).toBe(0);
  });

  it('names the file and the other process when it is in use', async () => {
    const store = openSqliteStore({ file });
    const error = errorOf(() => openSqliteStore({ file }));
    expect(error.code).toBe('ERR_JOBS_STORE');
    expect(error.message).toContain(file);
    expect(error.message).toContain('another process');
    await store.stop();
  });

  it('refuses a file that is no database and leaves it untouched', () => {
    writeFileSync(file, 'not a database '.repeat(1000));
    const before = readFileSync(file);
    const error = errorOf(() => openSqliteStore({ file }));
    expect(error.code).toBe('ERR_JOBS_STORE');
    expect(error.message).toContain(`${file}-wal`);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('refuses a file that was cut off', async () => {
    const store = openSqliteStore({ file });
    for (let number = 1; number <= 200; number += 1) store.add(newJob(number), ROOM);
    await store.stop();
    truncateSync(file, 8192);
    expect(errorOf(() => openSqliteStore({ file })).code).toBe('ERR_JOBS_STORE');
  });

  it('looks at the whole file after an end without warning', async () => {
    const first = openSqliteStore({ file });
    for (let number = 1; number <= 200; number += 1) first.add(newJob(number), ROOM);
    await first.stop();
    const store = openSqliteStore({ file });
    store.add(newJob(201), ROOM);
    const copy = copyOfTheDead();
    await store.stop();
    const bytes = readFileSync(copy);
    bytes.fill(0xff, 20 * 4096, 21 * 4096);
    writeFileSync(copy, bytes);
    expect(errorOf(() => openSqliteStore({ file: copy })).message).toContain('found damage');
  });

  it('refuses a database of a newer release', async () => {
    await openSqliteStore({ file }).stop();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(errorOf(() => openSqliteStore({ file })).message).toContain('got 99');
  });

  it('says where the folder is missing', () => {
    const error = errorOf(() => openSqliteStore({ file: join(folder, 'absent', 'jobs.db') }));
    expect([error.code, error.message.includes('absent')]).toEqual(['ERR_JOBS_STORE', true]);
  });

  it('answers a full disk with ERR_JOBS_FULL, keeps what it has, and goes on when there is room', async () => {
    const store = openSqliteStore({ file, maxBytes: 40 * 4096 });
    let accepted = 0;
    const error = errorOf(() => {
      for (;;) {
        store.add(newJob(accepted + 1), ROOM);
        accepted += 1;
      }
    });
    expect(error.code).toBe('ERR_JOBS_FULL');
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
    expect(store.counts().queued).toBe(accepted);
    for (let number = 1; number <= accepted; number += 1) store.cancel('one', newJob(number).id, 1);
    expect(store.sweep(1, 10_000)).toBe(accepted);
    expect(store.add(newJob(1), ROOM).kind).toBe('added');
    await store.stop();
  });

  it('gives disk space back after a sweep', async () => {
    const store = openSqliteStore({ file });
    const { payload } = newJob(1);
    const prompt = 'x'.repeat(20_000);
    for (let number = 1; number <= 200; number += 1) {
      store.add(
        newJob(number, { payload: { ...payload, request: { ...payload.request, input: { kind: 'text', prompt } } } }),
        ROOM,
      );
      store.cancel('one', newJob(number).id, 1);
    }
    for (let swept = 1; swept > 0; ) swept = store.sweep(1, 20);
    await store.stop();
    expect(statSync(file).size).toBeLessThan((200 * 20_000) / 4);
    expect(readFileSync(file).includes('xxxxxxxx')).toBe(false);
  });
});
