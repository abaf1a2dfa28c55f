import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { streamName } from '../../elk/streams.ts';
import { freePort } from '../free-port.ts';
import { until } from '../stream.ts';
import { compareLines, linesIn } from './log-lines.ts';
import { growSmallDisk, missingSmallDisk } from './programs/filebeat.ts';
import { missingParts } from './programs/parts.ts';
import { startOpenSearch } from './programs/stores.ts';
import { startShipping } from './shipping.ts';
import { createStoreClient } from './store-client.ts';

const missing = (await missingParts('filebeat', 'opensearch')) ?? (await missingSmallDisk());
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

const NAMESPACE = 'full';
const STREAM = streamName('app', { namespace: NAMESPACE });
const MIB = 1024 * 1024;
/** Less than what waits while the store is away. */
const DISK_BYTES = 3 * MIB;
const LINES = 5000;

const data = mkdtempSync(join(tmpdir(), 'clawdbot-full-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const line = (at: number): string =>
  JSON.stringify({
    ...{ 'log.level': 'info', '@timestamp': new Date(Date.UTC(2026, 0, 1) + at).toISOString(), 'process.pid': 7 },
    ...{ 'event.dataset': 'clawdbot.app', 'event.action': 'disk.filled', message: `line ${at} ${'x'.repeat(500)}` },
  });

it('loses no line when the disk of Filebeat was full while the store was away', async () => {
  mkdirSync(join(data, 'logs'));
  writeFileSync(join(data, 'logs', 'app.json'), `${Array.from({ length: LINES }, (_, at) => line(at)).join('\n')}\n`);
  const port = await freePort();
  const shipping = { data, store: `http://127.0.0.1:${port}`, namespace: NAMESPACE, diskBytes: DISK_BYTES };
  await using life = new AsyncDisposableStack();
  const filebeat = life.adopt(await startShipping(shipping), (one) => one.stop());
  await until(
    () => filebeat.log().includes('no space left on device'),
    (isFull) => isFull,
  );
  const store = life.adopt(await startOpenSearch({ port }), (one) => one.stop());
  // An index as it makes itself: what matters here is what arrives.
  // Segments of its queue are far larger than this disk, so it can delete none by itself, even when the store is back.
  await growSmallDisk(filebeat, 20 * DISK_BYTES);
  const client = createStoreClient(store.url);
  await until(
    () => client.all(STREAM),
    (found) => found.length >= LINES,
  );
  expect(compareLines(linesIn(data, 'app'), await client.all(STREAM))).toEqual({ lost: [], surplus: [] });
});
