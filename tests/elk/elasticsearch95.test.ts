import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { openStoreNumbers } from '../../elk/anomaly/sources/elasticsearch/numbers.ts';
import { openStore } from '../../elk/anomaly/sources/elasticsearch/store.ts';
import type { Field } from '../../elk/elasticsearch/fields.ts';
import { policies } from '../../elk/elasticsearch/policies.ts';
import { elasticsearchResources } from '../../elk/elasticsearch/resources.ts';
import { plainShape, type Shape } from '../../elk/elasticsearch/shape.ts';
import { fieldsOf } from '../../elk/elasticsearch/stream-fields.ts';
import { type StreamKey, streamName } from '../../elk/streams.ts';
import { SEARCHES, searchOf } from '../dashboards/searches.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { until } from '../stream.ts';
import { fieldOf, type LogLine, leavesOf, linesIn } from './log-lines.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startElasticsearch95 } from './programs/stores.ts';
import { putResources } from './put-resources.ts';
import { startShipping } from './shipping.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';

const missing = await missingParts('filebeat', 'elasticsearch95');

let store: Server | undefined;
let client: StoreClient;
beforeAll(async () => {
  if (missing !== undefined) return;
  store = await startElasticsearch95();
  client = createStoreClient(store.url);
});
afterAll(() => store?.stop());
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

const shapeOf = (elk: object = {}, more: Partial<Shape> = {}): Shape => ({
  ...plainShape(configSchema.parse({ elk }).elk),
  ...more,
});

const SHAPES = [
  ['as shipped', shapeOf()],
  ['of one tier', shapeOf({}, { tiers: 'one' })],
  ['of two tiers', shapeOf({ tiers: 'hot-cold', replicas: 1 })],
  ['that saves before it deletes', shapeOf({ snapshots: { repository: 'nightly' } })],
  ['of ten years', shapeOf({ keptDays: { access: 3650, audit: 3650 } })],
  ['of two days', shapeOf({ keptDays: { app: 2, engine: 2 } })],
] as const;

describe('the parser of Elasticsearch 9.5.3', () => {
  it.each(SHAPES)('takes every policy %s, and gives it back unchanged', async (_, shape) => {
    for (const policy of policies(shape)) {
      await client.ask('PUT', policy.put.path, policy.put.body);
      expect(policy.same(await client.ask('GET', policy.get.path))).toEqual([]);
    }
  });

  it('refuses an action in a phase that has none of the kind', async () => {
    const body = { policy: { phases: { cold: { min_age: '1d', actions: { rollover: { max_age: '1d' } } } } } };
    await expect(client.ask('PUT', '/_ilm/policy/wrong', body)).rejects.toThrow(/rollover.*cold/);
  });
});

describe('a line on Elasticsearch 9.5.3, under the templates that are shipped', () => {
  /** Of what Maven lacks: processors, accounts, snapshots. */
  const shape = shapeOf({}, { without: new Set(['ingest', 'security', 'snapshots']) });
  const STREAMS = ['app', 'access', 'audit'] as const satisfies readonly StreamKey[];
  const namespace = 'fields';
  const streamOf = (key: StreamKey): string => streamName(key, { namespace });
  let gateway: TestGateway | undefined;
  let filebeat: Server | undefined;
  beforeAll(async () => {
    if (missing !== undefined || store === undefined) return;
    await putResources(client, elasticsearchResources(shape));
    gateway = await startGateway({
      config: { models: [scriptedModel({ reply: 'echo' })], scenarios: { kept: { cache: true } } },
    });
    filebeat = await startShipping({ data: gateway.data, store: store.url, namespace });
    for (const body of BODIES) await gateway.send('POST', '/api/v1/inference', body);
    await gateway.send('PUT', '/api/v1/admin/limits', { maxConcurrency: 5 });
    for (const key of STREAMS) {
      await until(
        async () => (await client.all(streamOf(key))).length,
        (count) => count > 0 && count === linesIn(gateway?.data ?? '', key).length,
      );
    }
  });
  afterAll(async () => {
    await filebeat?.stop();
    await gateway?.stop();
  });

  it.each(STREAMS)('%s is found by each field that it has', async (key) => {
    const lines = linesIn(gateway?.data ?? '', key);
    const asked: string[] = [];
    const notFound: string[] = [];
    for (const [field, line] of oneLineOfEach(lines)) {
      asked.push(field);
      if (!(await isFound(streamOf(key), field, line))) notFound.push(field);
    }
    expect(asked.length).toBeGreaterThan(10);
    expect(notFound).toEqual([]);
  });

  it.for(SEARCHES)('board Logs, $title: is answered with what is there', async ({ target }) => {
    const range = { gte: Date.now() - 3_600_000, lte: Date.now() + 60_000 };
    const answer = await client.ask('POST', '/logs-clawdbot.*/_search', searchOf(target, range));
    // Safe: the shape of every answer to a search.
    const { _shards: shards, hits } = answer as { _shards: { failed: number }; hits: { total: { value: number } } };
    expect(shards.failed).toBe(0);
    expect(hits.total.value).toBeGreaterThan(0);
  });

  it('is added up by the anomaly detector as the service wrote it', async () => {
    const config = configSchema.parse({ elk: { namespace, elasticsearch: { url: store?.url } } });
    const asked = openStore(config);
    const lines = linesIn(gateway?.data ?? '', 'access');
    const minutes = lines.map((line) => Math.floor(Date.parse(String(fieldOf(line, '@timestamp'))) / 60_000));
    const numbers = openStoreNumbers({ store: asked, delayMs: 60_000, nameOf: streamOf });
    const slots = await numbers.read({ lengthMs: 60_000, first: Math.min(...minutes), last: Math.max(...minutes) });
    await asked.close();
    const sum = (name: string): number =>
      [...slots.values()].reduce((total, points) => total + (points.get(`${name}@elasticsearch`)?.point.value ?? 0), 0);
    const outcomes = lines.map((line) => fieldOf(line, 'labels.outcome')).filter((outcome) => outcome !== undefined);
    const redactions = lines.map((line) => Number(fieldOf(line, 'labels.redactions') ?? 0));
    expect(sum('traffic')).toBe(outcomes.length);
    expect(sum('traffic')).toBeGreaterThanOrEqual(BODIES.length);
    expect(sum('errors')).toBe(outcomes.filter((outcome) => outcome === 'error' || outcome === 'timeout').length);
    expect(sum('redactions')).toBe(redactions.reduce((total, count) => total + count, 0));
    expect(sum('redactions')).toBeGreaterThan(0);
    expect(sum('mean_latency')).toBeGreaterThan(0);
  });

  /** Values are cut at none of these lines, so that a term is the whole value. */
  const isFound = async (stream: string, field: string, line: LogLine): Promise<boolean> => {
    const isText = typeOf(field)?.type === 'text';
    const value = [fieldOf(line, field)].flat()[0];
    const query = {
      bool: {
        filter: [
          { term: { '@timestamp': fieldOf(line, '@timestamp') } },
          isText ? { match_phrase: { [field]: value } } : { term: { [field]: value } },
        ],
      },
    };
    const answer = await client.ask('POST', `/${stream}/_search`, { query });
    // Safe: the shape of every answer to a search.
    return (answer as { hits: { total: { value: number } } }).hits.total.value > 0;
  };

  const typeOf = (field: string): Field | undefined => ({ ...fieldsOf('app'), ...fieldsOf('access') })[field];
});

/** An answer, one from the cache, a refusal, a time-out: between them every field that a request can leave. */
const BODIES = [
  { prompt: 'one', scenario: 'kept', temperature: 0 },
  { prompt: 'one', scenario: 'kept', temperature: 0 },
  { prompt: 5 },
  { prompt: 'my address is ada@example.org' },
  { prompt: 'late', mode: 'async' },
  { prompt: 'nobody', model: 'unknown' },
];

/** Each field once, with the first line that has it. */
const oneLineOfEach = (lines: readonly LogLine[]): ReadonlyMap<string, LogLine> => {
  const found = new Map<string, LogLine>();
  for (const line of lines) for (const field of leavesOf(line)) if (!found.has(field)) found.set(field, line);
  return found;
};
