import { appendFileSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { elasticsearchResources } from '../../elk/elasticsearch/resources.ts';
import { plainShape } from '../../elk/elasticsearch/shape.ts';
import { fieldsOf } from '../../elk/elasticsearch/stream-fields.ts';
import { type STREAM_KEYS, streamName } from '../../elk/streams.ts';
import { VENDOR_KEYS } from '../../services/inference/redact/packs/vendor-keys.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { until } from '../stream.ts';
import { compareLines, fieldOf, type LogLine, linesIn } from './log-lines.ts';
import { missingParts } from './programs/parts.ts';
import { startElasticsearch95, startOpenSearch } from './programs/stores.ts';
import { putResources } from './put-resources.ts';
import { startShipping } from './shipping.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';
import { putTemplate } from './templates.ts';

const missing = await missingParts('filebeat', 'elasticsearch95', 'opensearch');
const NAMESPACE = 'planted';

/** Made up, and each as its check digits demand. */
const SECRETS: readonly string[] = [
  ...VENDOR_KEYS.filter(({ example }) => example.length < 100).map(({ example }) => example),
  ...['ada.lovelace@example.org', '11010519491231002X', '13912345678', '4111 1111 1111 1111', '536-90-4399'],
];
/** What a client would write to have a line of its own in the log. */
const FORGED =
  '"}\r\n{"@timestamp":"2026-01-01T00:00:00.000Z","event.action":"forged.line","event.dataset":"clawdbot.app"}\n';

/** The templates that are shipped, and the pipelines that are shipped: no store that can be had here takes both. */
const STORES = {
  'Elasticsearch 9.5.3': {
    start: startElasticsearch95,
    prepare: (client: StoreClient) => putResources(client, elasticsearchResources({ ...SHAPE, without: WITHOUT })),
  },
  'OpenSearch 3.8, behind the pipelines': { start: startOpenSearch, prepare: putTemplate },
} as const;
const SHAPE = plainShape(configSchema.parse({}).elk);
const WITHOUT = new Set(['ingest', 'security', 'snapshots'] as const);
type StoreName = keyof typeof STORES;
// Safe: the keys of a table are its keys.
const STORE_NAMES = Object.keys(STORES) as readonly StoreName[];

const life = new AsyncDisposableStack();
const clients = new Map<StoreName, StoreClient>();
let gateway: TestGateway | undefined;
beforeAll(async () => {
  if (missing !== undefined) return;
  gateway = life.adopt(
    await startGateway({ config: { models: [scriptedModel({ reply: 'echo' })], logging: { level: 'trace' } } }),
    async (one) => void (await one.stop()),
  );
  for (const name of STORE_NAMES) await startStore(name, gateway.data);
  for (const secret of SECRETS) await plant(gateway, secret);
  await plant(gateway, FORGED);
  appendFileSync(join(gateway.data, OF_OTHERS), `${SECRETS_OF_OTHERS.map(lineOfOthers).join('\n')}\n`);
  for (const client of clients.values()) {
    for (const key of WRITTEN) {
      await until(
        async () => ({ wanted: linesOf(key).length, found: (await client.all(streamOf(key))).length }),
        ({ wanted, found }) => wanted > 0 && found >= wanted,
      );
    }
  }
});
afterAll(() => life.disposeAsync());
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

const startStore = async (name: StoreName, data: string): Promise<void> => {
  const store = life.adopt(await STORES[name].start(), (one) => one.stop());
  const client = createStoreClient(store.url);
  await STORES[name].prepare(client);
  life.adopt(await startShipping({ data, store: store.url, namespace: NAMESPACE }), (one) => one.stop());
  clients.set(name, client);
};

const clientOf = (name: StoreName): StoreClient => {
  const client = clients.get(name);
  if (client === undefined) throw new TypeError(`${name} was not started`);
  return client;
};

/** What the shippers and the pipelines look for: others than the service write into its folder, or a rule was turned off. */
const SECRETS_OF_OTHERS: readonly string[] = [
  ...['AKIAIOSFODNN7EXAMPLE', `cbk_abcd1234_${'aB3dE'.repeat(9).slice(0, 43)}`, `ghp_${'a1B2c3'.repeat(6)}`],
  ...['sup3rs3cretpass', 'hunter2hunter2', 'a1b2c3d4'.repeat(4)],
];
const OF_OTHERS = 'logs/app-of-others.json';
/** Theirs are masked on the way, and so are not there as they were written. */
const isOurs = (line: LogLine): boolean => fieldOf(line, 'event.action') !== 'others.wrote';
const lineOfOthers = (secret: string, index: number): string =>
  JSON.stringify({
    '@timestamp': new Date(Date.UTC(2026, 0, 1) + index).toISOString(),
    ...{
      ...{ 'log.level': 'info', 'process.pid': index, 'event.action': 'others.wrote' },
      message: `Authorization: Bearer ${secret.padEnd(20, 'x')} at https://robot:${secret}@example.org`,
    },
    ...{ 'error.message': `{"password":"${secret}"}`, labels: { note: `password=${secret}` } },
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
const found = (text: string, secrets = SECRETS): readonly string[] =>
  secrets.filter((secret) => spellings(secret).some((one) => text.includes(one)));

describe(`${SECRETS.length} secrets in every place of a request`, () => {
  it('reach no log file', () => {
    const data = gateway?.data ?? '';
    const files = globSync('{logs,audit}/**/*.json', { cwd: data }).filter((file) => file !== OF_OTHERS);
    expect(files.length).toBeGreaterThan(2);
    expect(files.flatMap((file) => found(readFileSync(join(data, file), 'utf8')))).toEqual([]);
  });

  it.each(STORE_NAMES)('reach no document of any index: %s', async (name) => {
    const documents = await clientOf(name).all('*,.ds-*');
    expect(documents.length).toBeGreaterThan(SECRETS.length);
    expect(found(JSON.stringify(documents))).toEqual([]);
  });

  it.each(STORE_NAMES)('are found by no search: %s', async (name) => {
    for (const secret of SECRETS) {
      const query = { multi_match: { query: secret, type: 'phrase', fields: ['*'], lenient: true } };
      const answer = await clientOf(name).ask('POST', '/logs-clawdbot.*/_search', { query });
      // Safe: the shape of every answer to a search.
      expect((answer as { hits: { hits: unknown[] } }).hits.hits, secret).toEqual([]);
    }
  });
});

describe(`${SECRETS_OF_OTHERS.length} secrets in lines of others`, () => {
  it.each(STORE_NAMES)('are masked on the way: %s', async (name) => {
    const lines = await clientOf(name).withValue(streamOf('app'), 'event.action', 'others.wrote');
    expect(lines).toHaveLength(SECRETS_OF_OTHERS.length);
    expect(found(JSON.stringify(lines), SECRETS_OF_OTHERS)).toEqual([]);
  });

  it('are masked by the pipeline where they came another way', async () => {
    const client = clientOf('OpenSearch 3.8, behind the pipelines');
    const stream = streamName('engine', { namespace: NAMESPACE });
    const lines = SECRETS_OF_OTHERS.map((secret, index) => `{"create":{}}\n${lineOfOthers(secret, index)}\n`).join('');
    expect(await client.ask('POST', `/${stream}/_bulk?refresh=true`, lines)).toMatchObject({ errors: false });
    const stored = await client.all(stream);
    expect(stored).toHaveLength(SECRETS_OF_OTHERS.length);
    // Labels are no text that others fill in: they are left to whoever made the line.
    expect(found(JSON.stringify(stored.map(({ labels: _, ...rest }) => rest)), SECRETS_OF_OTHERS)).toEqual([]);
  });
});

describe.each(STORE_NAMES)('line ends and JSON in every place of a request: %s', (name) => {
  it('make no line of their own: a document for each that was written, and none besides', async () => {
    const client = clientOf(name);
    for (const key of WRITTEN) {
      const ours = [linesOf(key), await client.all(streamOf(key))].map((lines) => lines.filter(isOurs));
      expect(compareLines(ours[0] ?? [], ours[1] ?? [])).toEqual({ lost: [], surplus: [] });
    }
    const documents = await client.all(`logs-clawdbot.*-${NAMESPACE}`);
    expect(documents.filter((one) => fieldOf(one, 'event.action') === 'forged.line')).toEqual([]);
  });

  it('add no field to a mapping', async () => {
    for (const key of WRITTEN) {
      const answer = await clientOf(name).ask('GET', `/${streamOf(key)}/_mapping`);
      // Safe: the shape of every answer to this request.
      const mappings = Object.values(answer as Record<string, { mappings: { properties: Properties } }>);
      const known = new Set(Object.keys(fieldsOf(key)));
      for (const {
        mappings: { properties },
      } of mappings) {
        expect(namesIn(properties).filter((field) => !known.has(field))).toEqual([]);
      }
    }
  });
});

interface Properties {
  readonly [name: string]: { readonly properties?: Properties };
}

const namesIn = (properties: Properties, above = ''): readonly string[] =>
  Object.entries(properties).flatMap(([name, field]) =>
    field.properties === undefined ? [`${above}${name}`] : namesIn(field.properties, `${above}${name}.`),
  );
