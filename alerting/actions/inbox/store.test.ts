import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from './database.ts';
import { createStore, type NewTask, type Store } from './store.ts';

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const LONGEST_MS = 60_000;
const TASK: NewTask = {
  ...{ id: 't', action: 'sms', receiver: 'r', incident: 'i', fingerprint: 'f', status: 'firing', alerts: [] },
  ...{ dryRun: false, bounds: {}, receivedAt: NOW, traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` },
};

let dir: string;
let store: Store;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-store-'));
  store = createStore(openDatabase({ file: join(dir, 'actions.db'), maxBytes: 1 << 20 }));
  store.durably(() => store.addTask(TASK));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Takes the task and puts it off until `notBefore`. */
const putOff = (notBefore: number): void => {
  const taken = store.take('sms', NOW, LONGEST_MS);
  if (taken === undefined) throw new Error('there is no task');
  store.durably(() => store.repeat(taken.seq, notBefore, 'not yet'));
};

test('a task waits until its time and not a moment longer', () => {
  putOff(NOW + LONGEST_MS);
  expect(store.take('sms', NOW, LONGEST_MS)).toBeUndefined();
  expect(store.take('sms', NOW + LONGEST_MS - 1, LONGEST_MS)).toBeUndefined();
  expect(store.take('sms', NOW + LONGEST_MS, LONGEST_MS)?.task.attempt).toBe(2);
});

test('a clock that was set back by more than the longest wait holds up no task', () => {
  putOff(NOW + 1000);
  expect(store.take('sms', NOW - HOUR_MS, LONGEST_MS)?.task.attempt).toBe(2);
});

test('a task keeps where it belongs in a trace', () => {
  expect(store.take('sms', NOW, LONGEST_MS)?.task.traceparent).toBe(TASK.traceparent);
});
