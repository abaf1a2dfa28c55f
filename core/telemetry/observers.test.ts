import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configSchema } from '../config/schema.ts';
import { openObservers } from './observers.ts';

/** A port of loopback where nobody listens. */
const deadPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Safe: it listens on a port.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

test('a process whose receiver is gone has all signals, says once that they are lost, and stops', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-observers-'));
  const otlp = { endpoint: `http://127.0.0.1:${await deadPort()}`, intervalMs: 1000, timeoutMs: 200 };
  const life = new AsyncDisposableStack();
  const { log, telemetry, traces } = await openObservers(
    {
      ...{ serviceName: 'test', version: '0', page: 'actions', logs: join(dir, 'logs'), env: {}, pretty: false },
      config: configSchema.parse({ telemetry: { otlp } }),
      noteEgress: () => undefined,
    },
    life,
  );
  log.info('test.began');
  expect(traces).toBeTypeOf('function');
  const page = () => telemetry.expose();
  await expect
    .poll(page, { timeout: 30_000 })
    .toMatch(/^clawdbot_otlp_exports_total\{outcome="failed",signal="metrics"\} [1-9]/m);
  await life.disposeAsync();
  const text = readFileSync(join(dir, 'logs', 'app.json'), 'utf8');
  const failures = text.split('\n').filter((line) => line.includes('"otlp.failed"') && line.includes('"metrics"'));
  expect(failures).toHaveLength(1);
  rmSync(dir, { recursive: true, force: true });
});

test('where nothing is sent there is nowhere for traces to go', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-observers-'));
  const life = new AsyncDisposableStack();
  const { traces } = await openObservers(
    {
      ...{ serviceName: 'test', version: '0', page: 'actions', logs: join(dir, 'logs'), env: {}, pretty: false },
      config: configSchema.parse({}),
      noteEgress: () => undefined,
    },
    life,
  );
  expect(traces).toBeUndefined();
  await life.disposeAsync();
  rmSync(dir, { recursive: true, force: true });
});
