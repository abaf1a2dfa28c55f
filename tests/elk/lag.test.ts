import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../collectors/clock.ts';
import { readFilebeat } from '../../collectors/logs/filebeat.ts';
import { createLogStageReader } from '../../collectors/logs/reader.ts';
import { configSchema } from '../../core/config/schema.ts';
import { renderFilebeat } from '../../elk/filebeat/render.ts';
import { streamName } from '../../elk/streams.ts';
import { until } from '../stream.ts';
import { startFilebeat } from './programs/filebeat.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startOpenSearch } from './programs/stores.ts';
import { createStoreClient } from './store-client.ts';
import { putTemplate } from './templates.ts';

const missing = await missingParts('filebeat', 'opensearch');
const NAMESPACE = 'lag';
const data = mkdtempSync(join(tmpdir(), 'clawdbot-lag-'));
const env = { CLAWDBOT_DATA: data, CLAWDBOT_ELASTICSEARCH_KEY: 'id:key' };

let store: Server;
beforeAll(async () => {
  if (missing !== undefined) return;
  store = await startOpenSearch();
  await putTemplate(createStoreClient(store.url));
});
afterAll(async () => {
  await store?.stop();
  rmSync(data, { recursive: true, force: true });
});
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

let written = 0;
const write = (count: number): void => {
  mkdirSync(join(data, 'logs'), { recursive: true });
  for (let line = 0; line < count; line += 1) {
    written += 1;
    const fields = { '@timestamp': new Date().toISOString(), 'process.pid': 7, 'host.hostname': 'box' };
    const record = { 'log.level': 'info', ...fields, 'service.name': 'clawdbot', message: `line ${written}` };
    appendFileSync(join(data, 'logs/app.json'), `${JSON.stringify(record)}\n`);
  }
};

const startDirect = (): Promise<Server> => {
  const elk = { namespace: NAMESPACE, elasticsearch: { url: store.url } };
  const direct = renderFilebeat(configSchema.parse({ elk })).find(({ file }) => file.includes('direct'));
  return startFilebeat({ config: direct?.text ?? '', env });
};

/** What the page of the collectors would show of a Filebeat; `undefined` while it does not answer. */
const watch = (url: string) => {
  const reader = createLogStageReader({
    ...{ stage: 'filebeat-direct', url: `${url}/stats`, read: readFilebeat, intervalMs: 1000, clock: systemClock },
  });
  const look = async () => {
    const outcome = await reader.read(AbortSignal.timeout(20_000));
    if (outcome.kind !== 'read') return undefined;
    const of = (key: string): number => outcome.reading.find((sample) => sample.key === key)?.value ?? Number.NaN;
    return { lag: of('logsPipelineLag'), waiting: of('logsPipelineWaiting') };
  };
  return { look, stop: () => reader.stop() };
};

describe('the lag of a Filebeat', () => {
  it('grows while the store is away, and is gone when every line has arrived', async () => {
    const filebeat = await startDirect();
    const stage = watch(filebeat.url);
    const client = createStoreClient(store.url);
    const stream = streamName('app', { namespace: NAMESPACE });
    write(200);
    await until(stage.look, (seen) => seen?.waiting === 0 && seen.lag === 0);
    await until(
      () => client.count(stream),
      (count) => count === 200,
    );
    const { port } = new URL(store.url);
    await store.stop({ keepData: true });
    write(300);
    const first = await until(stage.look, (seen) => seen !== undefined && seen.waiting === 300 && seen.lag > 0);
    const later = await until(stage.look, (seen) => seen !== undefined && seen.lag > (first?.lag ?? 0));
    expect(later?.waiting).toBe(300);
    store = await startOpenSearch({ data: store.data, port: Number(port) });
    await until(stage.look, (seen) => seen?.waiting === 0 && seen.lag === 0);
    await until(
      () => createStoreClient(store.url).count(stream),
      (count) => count === written,
    );
    await stage.stop();
    await filebeat.stop();
  });
});
