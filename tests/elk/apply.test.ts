import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { type ApplyOptions, applyToElasticsearch, type Outcome } from '../../elk/apply/apply.ts';
import { openElasticsearch } from '../../elk/apply/elasticsearch.ts';
import { streamName } from '../../elk/streams.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startElasticsearch68, startElasticsearch95 } from './programs/stores.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';

const missing = await missingParts('elasticsearch95', 'elasticsearch68');

let store: Server | undefined;
let old: Server | undefined;
let client: StoreClient;
beforeAll(async () => {
  if (missing !== undefined) return;
  store = await startElasticsearch95();
  client = createStoreClient(store.url);
});
afterAll(async () => {
  await store?.stop();
  await old?.stop();
});
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

/** Of what Maven lacks: processors, accounts, snapshots. */
const WITHOUT: ApplyOptions['without'] = new Set(['ingest', 'security', 'snapshots']);

const applyTo = async (url: string, elk: object = {}, more: Partial<ApplyOptions> = {}): Promise<Outcome> => {
  const config = configSchema.parse({ elk: { elasticsearch: { url }, ...elk } }).elk;
  const server = openElasticsearch(config);
  try {
    return await applyToElasticsearch(server, {
      ...{ elk: config, without: WITHOUT, allowDestructive: false, isDryRun: false, healthSeconds: 30 },
      ...more,
    });
  } finally {
    await server.close();
  }
};

const apply = (elk: object = {}, more: Partial<ApplyOptions> = {}): Promise<Outcome> =>
  applyTo(store?.url ?? '', elk, more);

const changed = ({ steps, rollovers }: Outcome): string[] => [
  ...steps
    .filter(({ action }) => action !== 'none')
    .map(({ resource, action }) => `${action} ${resource.kind}/${resource.name}`),
  ...rollovers.map(({ name }) => `roll over ${name}`),
];

const ACCESS = streamName('access', { namespace: 'default' });
const write = () => client.ask('POST', `/${ACCESS}/_doc?refresh=true`, { '@timestamp': new Date().toISOString() });
const indicesOf = async (stream: string): Promise<readonly string[]> => {
  const answer = await client.ask('GET', `/_resolve/index/${stream}`);
  // Safe: the answer of every version that has data streams.
  const [found] = (answer as { data_streams: { backing_indices: string[] }[] }).data_streams;
  return found?.backing_indices ?? [];
};

describe('applied to a real Elasticsearch 9.5.3', () => {
  it('everything is there after the first time, and the second time changes nothing', async () => {
    expect(changed(await apply({}, { isDryRun: true })).length).toBeGreaterThan(20);
    expect(changed(await apply()).length).toBeGreaterThan(20);
    expect(changed(await apply())).toEqual([]);
  });

  it('another mapping begins a new index of each stream that is there, once', async () => {
    await write();
    expect(await indicesOf(ACCESS)).toHaveLength(1);
    expect(changed(await apply({ shards: 2 }))).toContain(`roll over ${ACCESS}`);
    expect(await indicesOf(ACCESS)).toHaveLength(2);
    expect(changed(await apply({ shards: 2 }))).toEqual([]);
    // What was written before is found as well.
    await write();
    expect(await client.count(ACCESS)).toBe(2);
  });

  it('a half of it is finished', async () => {
    await client.ask('DELETE', '/_index_template/clawdbot-engine');
    await client.ask('DELETE', '/_component_template/clawdbot-engine@settings');
    expect(changed(await apply({ shards: 2 }))).toEqual([
      'create component-template/clawdbot-engine@settings',
      'create index-template/clawdbot-engine',
    ]);
  });

  it('a refusal on the way takes back what was done before', async () => {
    // Two templates of one priority for the same names are refused, and this one comes after many.
    await client.ask('DELETE', '/_index_template/clawdbot-anomaly');
    const rival = { index_patterns: ['logs-clawdbot.anomaly-*'], priority: 500, data_stream: {} };
    await client.ask('PUT', '/_index_template/rival', rival);
    await expect(apply({ shards: 3 })).rejects.toThrow(
      /index-template\/clawdbot-anomaly: .* got 400: .*rival.*taken back/s,
    );
    await client.ask('DELETE', '/_index_template/rival');
    expect(changed(await apply({ shards: 2 }))).toEqual(['create index-template/clawdbot-anomaly']);
  });

  it('an index that cannot be written is told before anything is changed', async () => {
    const newest = (await indicesOf(ACCESS)).at(-1) ?? '';
    await client.ask('PUT', `/${newest}/_settings`, { 'index.blocks.write': true });
    await expect(apply({ shards: 4 })).rejects.toThrow(/to be writable, got index.blocks.write: true/);
    await client.ask('PUT', `/${newest}/_settings`, { 'index.blocks.write': null });
    expect(changed(await apply({ shards: 2 }))).toEqual([]);
  });

  it('a cluster that cannot be written, too', async () => {
    await client.ask('PUT', '/_cluster/settings', { persistent: { 'cluster.blocks.read_only': true } });
    await expect(apply({ shards: 4 })).rejects.toThrow(/got cluster.blocks.read_only: true/);
    await client.ask('PUT', '/_cluster/settings', { persistent: { 'cluster.blocks.read_only': null } });
    expect(changed(await apply({ shards: 2 }))).toEqual([]);
  });

  it('a part that it lacks is told by name', async () => {
    const without: ApplyOptions['without'] = new Set(['security', 'snapshots']);
    await expect(apply({}, { without })).rejects.toThrow(/expected a cluster with ingest, got one without/);
  });

  it('shorter retention waits for a word', async () => {
    const shorter = { shards: 2, keptDays: { app: 10 } };
    await expect(apply(shorter)).rejects.toThrow(/deleted after 10d, not 30d/);
    expect(changed(await apply(shorter, { allowDestructive: true }))).toEqual(['change policy/clawdbot-app']);
  });
});

describe('applied to a real Elasticsearch 6.8.23', () => {
  it('nothing is changed, and the message names the version', async () => {
    old = await startElasticsearch68();
    await expect(applyTo(old.url)).rejects.toThrow(
      /expected Elasticsearch.*got (6\.8\.23|another product or a version before 7\.14)/,
    );
  });
});
