import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { elasticsearchResources } from '../../elk/elasticsearch/resources.ts';
import { plainShape } from '../../elk/elasticsearch/shape.ts';
import { type STREAM_KEYS, streamName } from '../../elk/streams.ts';
import { VENDOR_KEYS } from '../../services/inference/redact/packs/vendor-keys.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { until } from '../stream.ts';
import { compareLines, fieldOf, linesIn } from './log-lines.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startElasticsearch95 } from './programs/stores.ts';
import { putResources } from './put-resources.ts';
import { startShipping } from './shipping.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';

const missing = await missingParts('filebeat', 'elasticsearch95');
const NAMESPACE = 'planted';

/** Made up, and each as its check digits demand. */
const SECRETS: readonly string[] = [
  ...VENDOR_KEYS.filter(({ example }) => example.length < 100).map(({ example }) => example),
  ...['ada.lovelace@example.org', '11010519491231002X', '13912345678', '4111 1111 1111 1111', '536-90-4399'],
];
/** What a client would write to have a line of its own in the log. */
const FORGED =
  '"}\r\n{"@timestamp":"2026-01-01T00:00:00.000Z","event.action":"forged.line","event.dataset":"clawdbot.app"}\n';

let store: Server | undefined;
let client: StoreClient;
let gateway: TestGateway | undefined;
let filebeat: Server | undefined;
beforeAll(async () => {
  if (missing !== undefined) return;
  store = await startElasticsearch95();
  client = createStoreClient(store.url);
  const shape = plainShape(configSchema.parse({}).elk);
  await putResources(
    client,
    elasticsearchResources({ ...shape, without: new Set(['ingest', 'security', 'snapshots']) }),
  );
  gateway = await startGateway({ config: { models: [scriptedModel({ reply: 'echo' })], logging: { level: 'trace' } } });
  filebeat = await startShipping({ data: gateway.data, store: store.url, namespace: NAMESPACE });
  for (const secret of SECRETS) await plant(gateway, secret);
  await plant(gateway, FORGED);
  for (const key of WRITTEN) {
    await until(
      async () => ({ wanted: linesOf(key).length, found: (await client.all(streamOf(key))).length }),
      ({ wanted, found }) => wanted > 0 && found >= wanted,
    );
  }
});
afterAll(async () => {
  await filebeat?.stop();
  await gateway?.stop();
  await store?.stop();
});
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

const WRITTEN = ['app', 'access', 'audit'] as const;
const streamOf = (key: (typeof STREAM_KEYS)[number]): string => streamName(key, { namespace: NAMESPACE });
const linesOf = (key: (typeof WRITTEN)[number]) => linesIn(gateway?.data ?? '', key);

/** In the prompt, in names that are told back in an error, in the path, the query and a header. */
const plant = async ({ send }: TestGateway, secret: string): Promise<void> => {
  const inUrl = encodeURIComponent(secret);
  await send('POST', '/api/v1/inference', { prompt: secret });
  await send('POST', '/api/v1/inference', { prompt: 'hello', model: secret, scenario: secret, [secret]: secret });
  await send('POST', '/v1/chat/completions', { model: secret, messages: [{ role: secret, content: secret }] });
  await send('POST', '/api/v1/inference', `{"prompt": ${secret}`);
  await send('GET', `/api/v1/jobs/${inUrl}?secret=${inUrl}`, undefined, { 'user-agent': inUrl, 'x-request-id': inUrl });
};

/** As it is, as JSON has it, and as a URL has it. */
const spellings = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
];
const found = (text: string): readonly string[] =>
  SECRETS.filter((secret) => spellings(secret).some((one) => text.includes(one)));

describe(`${SECRETS.length} secrets in every place of a request`, () => {
  it('reach no log file', () => {
    const data = gateway?.data ?? '';
    const files = globSync('{logs,audit}/**/*.json', { cwd: data });
    expect(files.length).toBeGreaterThan(2);
    expect(files.flatMap((file) => found(readFileSync(join(data, file), 'utf8')))).toEqual([]);
  });

  it('reach no document of the store', async () => {
    const documents = await client.all(`logs-clawdbot.*-${NAMESPACE}`);
    expect(documents.length).toBeGreaterThan(SECRETS.length);
    expect(found(JSON.stringify(documents))).toEqual([]);
  });
});

describe('line ends and JSON in every place of a request', () => {
  it('make no line of their own: a document for each that the service wrote, and none besides', async () => {
    for (const key of WRITTEN) {
      expect(compareLines(linesOf(key), await client.all(streamOf(key)))).toEqual({ lost: [], surplus: [] });
    }
    const documents = await client.all(`logs-clawdbot.*-${NAMESPACE}`);
    expect(documents.filter((one) => fieldOf(one, 'event.action') === 'forged.line')).toEqual([]);
  });
});
