import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../../core/config/schema.ts';
import type { AnomalyDocument } from '../../../elk/anomaly/sinks/document.ts';
import { openStoreSink } from '../../../elk/anomaly/sinks/elasticsearch.ts';
import { openStoreLines } from '../../../elk/anomaly/sources/elasticsearch/lines.ts';
import { openStoreNumbers } from '../../../elk/anomaly/sources/elasticsearch/numbers.ts';
import { openStore, type Store } from '../../../elk/anomaly/sources/elasticsearch/store.ts';
import { streamName } from '../../../elk/streams.ts';
import { type FakeElasticsearch, startFakeElasticsearch } from '../../fake-elasticsearch.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const MINUTE_MS = 60_000;
const ANOMALIES = 'logs-clawdbot.anomaly-default';

let server: FakeElasticsearch;
let folder: string;
let config: Config;
let store: Store;
beforeEach(async () => {
  server = await startFakeElasticsearch();
  folder = mkdtempSync(join(tmpdir(), 'clawdbot-anomaly-store-'));
  writeFileSync(join(folder, 'detector.key'), 'a-key\n');
  writeFileSync(join(folder, 'password'), 'of somebody else\n');
  config = configSchema.parse({
    // What may change templates reads no logs: the detector comes with a key of its own.
    elk: { elasticsearch: { url: server.url, username: 'admin', passwordFile: join(folder, 'password') } },
    anomaly: { elasticsearch: { apiKeyFile: join(folder, 'detector.key') } },
  });
  store = openStore(config);
});
afterEach(async () => {
  expect(server.unknown).toEqual([]);
  await store.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

interface Asked {
  readonly aggregations?: { intervals?: { composite: { after?: { slot: number }; sources: readonly object[] } } };
  readonly search_after?: readonly number[];
  readonly query?: unknown;
}

const none = { hits: { hits: [] } };
const numbers = () =>
  openStoreNumbers({ store, delayMs: MINUTE_MS, nameOf: (stream) => streamName(stream, config.elk) });

describe('numbers', () => {
  const count = (doc_count: number) => ({ doc_count });
  const bucket = (slot: number) => ({
    ...{ key: { slot: slot * MINUTE_MS }, doc_count: 3 },
    asked: {
      ...{ doc_count: 2, failed: count(1) },
      let_in: {
        ...{ doc_count: 2, duration: { values: { '99.0': 5e8 } }, mean: { value: 4e8 } },
        ...{ input: { value: 20 }, output: { value: 60 }, redactions: { value: 1 } },
      },
    },
  });

  it('are read page by page until there is no more', async () => {
    const afters: unknown[] = [];
    server.cluster.search = (_index, body) => {
      // Safe: what our own code sent.
      const { after, sources } = (body as Asked).aggregations?.intervals?.composite ?? { sources: [] };
      if (sources.length > 1) return { ...none, aggregations: { intervals: { buckets: [] } } };
      afters.push(after);
      const from = after === undefined ? 0 : 500;
      const buckets = Array.from({ length: after === undefined ? 500 : 2 }, (_each, at) => bucket(from + at));
      return { ...none, aggregations: { intervals: { after_key: { slot: 499 * MINUTE_MS }, buckets } } };
    };
    const slots = await numbers().read({ lengthMs: MINUTE_MS, first: 0, last: 50 });
    expect(afters).toEqual([undefined, { slot: 499 * MINUTE_MS }]);
    expect(slots.size).toBe(502);
    expect(slots.get(501)?.get('errors@elasticsearch')?.point).toEqual({ value: 1, n: 2 });
  });

  it('come from all shards that there are, or not at all', async () => {
    server.cluster.search = () => ({ ...none });
    expect((await numbers().read({ lengthMs: MINUTE_MS, first: 0, last: 50 })).size).toBe(0);
    await server.stop();
    await expect(numbers().read({ lengthMs: MINUTE_MS, first: 0, last: 50 })).rejects.toThrow('expected an answer');
  });

  it('are there up to the newest line of the slowest machine, unless that is far behind', async () => {
    const machine = (name: string, ago: number) => ({ key: { machine: name }, written: { value: NOW - ago } });
    const machines = { buckets: [machine('one', 2000), machine('two', 20_000), machine('gone', 600_000)] };
    server.cluster.search = () => ({ ...none, aggregations: { machines } });
    expect(await numbers().until?.(NOW)).toBe(NOW - 20_000);
    await expect(numbers().until?.(NOW + 2 * MINUTE_MS)).rejects.toThrow(
      'expected access lines of the last 60 s, the newest is 122 s old; Filebeat or Logstash is behind',
    );
  });
});

it('reads error lines in the order in which they came, page by page, and each once', async () => {
  const asked: Asked[] = [];
  server.cluster.search = (index, body) => {
    // Safe: what our own code sent.
    const { search_after: after } = body as Asked;
    asked.push(body as Asked);
    expect(index).toBe('');
    const length = after === undefined ? 500 : 1;
    const hit = (at: number) => ({ _source: { 'log.level': 'error', message: `line ${at}` }, sort: [at, at] });
    return { pit_id: 'pit', hits: { hits: Array.from({ length }, (_each, at) => hit((after?.[0] ?? -1) + 1 + at)) } };
  };
  const lines = openStoreLines({ store, stream: streamName('app', config.elk), lookBackMs: MINUTE_MS });
  const { errors, counts } = await lines.read(NOW);
  expect(errors).toHaveLength(501);
  expect(errors.at(-1)?.message).toBe('line 500');
  expect(counts).toBeUndefined();
  expect(asked.map(({ search_after: after }) => after)).toEqual([undefined, [499, 499]]);
  await lines.read(NOW + MINUTE_MS);
  const range = (from: number, until: number) =>
    expect.objectContaining({
      query: {
        bool: expect.objectContaining({
          filter: expect.arrayContaining([
            { range: { 'event.ingested': { gt: from, lte: until, format: 'epoch_millis' } } },
          ]),
        }),
      },
    });
  expect(asked[0]).toEqual(range(NOW - 5000 - MINUTE_MS, NOW - 5000));
  expect(asked.at(-1)).toEqual(range(NOW - 5000, NOW - 5000 + MINUTE_MS));
});

describe('documents', () => {
  const document = (id: string): AnomalyDocument => ({
    ...{ id, at: NOW, action: 'anomaly.raised', message: 'errors: unusual', anomaly: { metric: 'errors' } },
  });
  const about = { serviceName: 'clawdbot-anomaly', version: '0.0.0', hostname: 'box' };
  const open = () => openStoreSink(config, about);

  it('are created under ids of their own, and there once however often they are sent', async () => {
    const sink = open();
    const both = [document('a'), document('b')];
    expect(await sink.write(both)).toEqual(['written', 'written']);
    expect(await sink.write(both)).toEqual(['written', 'written']);
    const kept = server.documents.get(ANOMALIES);
    expect([...(kept?.keys() ?? [])]).toEqual(['a-raised', 'b-raised']);
    expect(kept?.get('a-raised')).toMatchObject({
      data_stream: { type: 'logs', dataset: 'clawdbot.anomaly', namespace: 'default' },
      clawdbot: { anomaly: { id: 'a', metric: 'errors' } },
    });
    await sink.close();
  });

  it('that may be there already are looked for first, because their index may have rolled over', async () => {
    const sink = open();
    await sink.write([document('a')]);
    // Whatever the index says.
    server.cluster.bulk.push(201, 201);
    expect(await sink.write([document('a'), document('b')], { mayBeThere: true })).toEqual(['written', 'written']);
    expect(server.cluster.bulk).toEqual([201]);
    await sink.close();
  });

  it('are told apart by what became of each', async () => {
    const sink = open();
    server.cluster.bulk.push(429, 503, 400);
    expect(await sink.write(['a', 'b', 'c', 'd'].map(document))).toEqual([
      ...['later', 'later'],
      { refused: '400: status 400' },
      'written',
    ]);
    await sink.close();
  });

  it('are kept back while the key is not taken, and nobody says what it is', async () => {
    server.cluster.apiKey = 'another';
    const sink = open();
    await expect(sink.write([document('a')])).rejects.toThrow(/401/);
    await expect(sink.write([document('a')])).rejects.not.toThrow(/a-key/);
    await sink.close();
  });
});
