import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { elasticsearchResources } from '../../elk/elasticsearch/resources.ts';
import { plainShape } from '../../elk/elasticsearch/shape.ts';
import { streamName } from '../../elk/streams.ts';
import { until } from '../stream.ts';
import { fieldOf, type LogLine } from './log-lines.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startElasticsearch95 } from './programs/stores.ts';
import { putResources } from './put-resources.ts';
import { startShipping } from './shipping.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';

const missing = await missingParts('filebeat', 'elasticsearch95');
const NAMESPACE = 'conflicts';
const STREAM = streamName('app', { namespace: NAMESPACE });
const data = mkdtempSync(join(tmpdir(), 'clawdbot-conflicts-'));

/** Lines that are JSON and not what the mapping says; each in its own way. */
const ODD: Readonly<Record<string, object>> = {
  'a word for a number': { 'event.duration': 'long', 'http.response.status_code': 'teapot' },
  'a word for an address': { 'client.ip': 'nowhere' },
  'a number for a word': { 'error.code': 404, 'trace.id': 7 },
  'a thousand labels': { labels: Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`label_${at}`, at])) },
  'a thousand fields that nobody knows': Object.fromEntries(
    Array.from({ length: 1000 }, (_, at) => [`unknown.field_${at}`, { deep: at }]),
  ),
  'a long word': { 'error.type': 'e'.repeat(40_000) },
  'a list for a word': { 'event.outcome': ['success', 'failure'] },
  'a time to come': { '@timestamp': '2199-01-01T00:00:00.000Z' },
  'a time long past': { '@timestamp': '1971-01-01T00:00:00.000Z' },
};

const line = (name: string, more: object): string =>
  `${JSON.stringify({ '@timestamp': '2026-01-02T03:04:05.678Z', 'log.level': 'info', 'process.pid': 7, message: name, ...more })}\n`;

let store: Server | undefined;
let client: StoreClient;
let filebeat: Server | undefined;
let found: readonly LogLine[] = [];
beforeAll(async () => {
  if (missing !== undefined) return;
  store = await startElasticsearch95();
  client = createStoreClient(store.url);
  const shape = plainShape(configSchema.parse({}).elk);
  await putResources(
    client,
    elasticsearchResources({ ...shape, without: new Set(['ingest', 'security', 'snapshots']) }),
  );
  mkdirSync(join(data, 'logs'));
  for (const [name, more] of Object.entries(ODD)) appendFileSync(join(data, 'logs', 'app.json'), line(name, more));
  appendFileSync(join(data, 'logs', 'app.json'), line('the last', {}));
  filebeat = await startShipping({ data, store: store.url, namespace: NAMESPACE });
  found = await until(
    () => client.all(STREAM),
    (all) => all.some(({ message }) => message === 'the last'),
  );
});
afterAll(async () => {
  await filebeat?.stop();
  await store?.stop();
  rmSync(data, { recursive: true, force: true });
});
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

describe('a line that is not what its mapping says', () => {
  it.each(Object.keys(ODD))('%s: is there all the same', (name) => {
    expect(found.filter(({ message }) => message === name)).toHaveLength(1);
  });

  it('adds no field to the mapping', async () => {
    const answer = await client.ask('GET', `/${STREAM}/_mapping`);
    expect(JSON.stringify(answer)).not.toMatch(/field_1|label_1/);
  });

  it('keeps the time it says, right or wrong', () => {
    const [future] = found.filter(({ message }) => message === 'a time to come');
    expect(fieldOf(future ?? {}, '@timestamp')).toBe('2199-01-01T00:00:00.000Z');
  });
});
