import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { followLogFiles } from './log-files.ts';
import type { LogSource } from './source.ts';

let dir: string;
let app: string;
let logs: LogSource;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-lines-'));
  for (const folder of ['collectors', 'anomaly']) mkdirSync(join(dir, 'logs', folder), { recursive: true });
  app = join(dir, 'logs', 'app.json');
  logs = followLogFiles({ dir, except: join(dir, 'logs', 'anomaly') });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (file: string, level: string, message: string): void =>
  appendFileSync(file, `${JSON.stringify({ 'log.level': level, message, service: { name: 'clawdbot' } })}\n`);
const read = async () => {
  const { counts, errors } = await logs.read(0);
  return { ...counts, messages: errors.map(({ message }) => message) };
};

it('counts what is new in the logs of all processes but its own', async () => {
  write(app, 'error', 'old');
  await read();
  write(app, 'error', 'one');
  write(app, 'info', 'says "error" and is none');
  write(join(dir, 'logs', 'collectors', 'app.json'), 'warn', 'two');
  write(join(dir, 'logs', 'anomaly', 'app.json'), 'error', 'its own');
  expect(await read()).toEqual({ warn: 1, error: 1, messages: ['one'] });
  expect(await read()).toEqual({ warn: 0, error: 0, messages: [] });
});

it('reads a file that was renamed to its end, and the new one from its beginning', async () => {
  write(app, 'error', 'old');
  await read();
  write(app, 'error', 'before');
  renameSync(app, join(dir, 'logs', 'app-20261129T180000000Z-000.json'));
  write(app, 'error', 'after');
  expect(await read()).toMatchObject({ messages: ['before', 'after'] });
  expect(await read()).toMatchObject({ messages: [] });
});

it('waits for the end of a line, and passes over what is none', async () => {
  await read();
  appendFileSync(app, '{"log.level":"error","mess');
  expect(await read()).toMatchObject({ messages: [] });
  appendFileSync(app, 'age":"whole"}\n"error" but no object\n{"error"\n');
  expect(await read()).toMatchObject({ messages: ['whole'] });
});
