import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLoggers } from '../../../core/telemetry/log.ts';
import { logEvent } from './events.ts';

it('names the process of an engine beside that of the writer, each key of a line once', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'route-events-'));
  const logs = createLoggers({
    ...{ dir, level: 'info', maxFileBytes: 1_000_000, maxFiles: 1, serviceName: 'clawdbot', version: '0' },
    redact: (text) => text,
  });
  logEvent(logs.app, { type: 'engine.started', model: 'm', replica: 1, pid: 4711 }, undefined);
  await logs.stop();
  const line = readFileSync(join(dir, 'app.json'), 'utf8');
  rmSync(dir, { recursive: true });
  expect(JSON.parse(line)).toMatchObject({ 'process.pid': process.pid, labels: { replica: 1, pid: 4711 } });
  const keys = [...line.matchAll(/"([\w.@]+)":/g)].map(([, key]) => key);
  expect(keys).toEqual([...new Set(keys)]);
});
