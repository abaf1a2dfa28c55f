import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { createCycle } from '../../elk/anomaly/cycle.ts';
import { USUAL } from '../../elk/anomaly/detect/clock.ts';
import { seriesText } from '../../elk/anomaly/signals.ts';
import type { AnomalyDocument } from '../../elk/anomaly/sinks/document.ts';
import { openStoreSink } from '../../elk/anomaly/sinks/elasticsearch.ts';
import { createPublisher } from '../../elk/anomaly/sinks/publish.ts';
import { openStoreLines } from '../../elk/anomaly/sources/elasticsearch/lines.ts';
import { openStoreNumbers } from '../../elk/anomaly/sources/elasticsearch/numbers.ts';
import { openStore } from '../../elk/anomaly/sources/elasticsearch/store.ts';
import type { MetricSource } from '../../elk/anomaly/sources/source.ts';
import { openStateStore } from '../../elk/anomaly/store/state-store.ts';
import { elasticsearchResources } from '../../elk/elasticsearch/resources.ts';
import { plainShape } from '../../elk/elasticsearch/shape.ts';
import { streamName } from '../../elk/streams.ts';
import { asBulk, linesOf, type Minutes } from './anomaly-lines.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startElasticsearch95 } from './programs/stores.ts';
import { putResources } from './put-resources.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';

const missing = await missingParts('elasticsearch95');
const MINUTE_MS = 60_000;
/** A whole quarter of an hour: where the quiet hours end. */
const NOON = Date.UTC(2026, 10, 25, 12);
const DAY_MINUTES = 1440;
const QUIET_MINUTES = 240;
const LATE_MS = 10_000;
/** Long enough for a store that is only slow, and waited for a few times. */
const SILENT_MS = 8000;

let server: Server | undefined;
let client: StoreClient;
beforeAll(async () => {
  if (missing !== undefined) return;
  server = await startElasticsearch95();
  client = createStoreClient(server.url);
  const shape = plainShape(configSchema.parse({}).elk);
  await putResources(
    client,
    elasticsearchResources({ ...shape, without: new Set(['ingest', 'security', 'snapshots']) }),
  );
});
afterAll(() => server?.stop());
const cleanUps: (() => void | Promise<void>)[] = [];
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const put = async (namespace: string, minutes: Minutes): Promise<void> => {
  const lines = linesOf(minutes);
  for (let at = 0; at < lines.length; at += 5000) {
    const answer = await client.ask('POST', '/_bulk?refresh=true', asBulk(lines.slice(at, at + 5000), namespace));
    expect(answer.errors).toBe(false);
  }
};

/** What the door to the store does: lets pass, is shut, never answers, or knows nobody. */
type Mood = 'open' | 'shut' | 'silent' | 'strange';

const startDoor = async () => {
  const door = { mood: 'open' as Mood, url: '' };
  const listener = createServer(async (asked, answer) => {
    if (door.mood === 'shut') return void asked.socket.destroy();
    if (door.mood === 'silent') return;
    if (door.mood === 'strange') return say(answer, 401, { error: { reason: 'unable to authenticate' }, status: 401 });
    const text = (await asked.toArray()).join('');
    const { 'content-type': type = '', accept = '' } = asked.headers;
    const passed = await fetch(new URL(asked.url ?? '', server?.url), {
      method: asked.method ?? 'GET',
      headers: { accept, ...(text === '' ? {} : { 'content-type': type }) },
      ...(text === '' ? {} : { body: text }),
    });
    say(answer, passed.status, await passed.json(), passed.headers.get('content-type') ?? undefined);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  // Safe: it listens on a port.
  door.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  cleanUps.push(() => {
    listener.closeAllConnections();
    listener.close();
  });
  return door;
};

const say = (answer: ServerResponse, status: number, body: unknown, type = 'application/json'): void => {
  answer.writeHead(status, { 'content-type': type, 'x-elastic-product': 'Elasticsearch' });
  answer.end(JSON.stringify(body));
};

/** A detector between real sources and a real sink, whose clock is ours. */
const startDetector = (namespace: string, url: string, beside: readonly MetricSource[] = []) => {
  const timeoutMs = namespace === 'silent' ? SILENT_MS : 20_000;
  const config = configSchema.parse({ elk: { namespace, elasticsearch: { url, timeoutMs } } });
  const dir = mkdtempSync(join(tmpdir(), 'clawdbot-detector-'));
  cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
  const logged: string[] = [];
  const note = (event: string, { labels = {}, err }: { labels?: object; err?: unknown }) =>
    void logged.push([event, ...Object.values(labels), ...(err === undefined ? [] : [String(err)])].join(' '));
  const log = { info: note, warn: note, error: note, debug: note } as never;
  const live = () => {
    const state = openStateStore({ file: join(dir, 'anomaly.db'), intervals: USUAL, onDamaged: () => undefined });
    const { learnt } = state;
    // A day of reading is known: what was never there since is new.
    learnt.novelty.known = Math.max(learnt.novelty.known, 10 * DAY_MINUTES);
    const store = openStore(config);
    const { delayMs } = config.anomaly.elasticsearch;
    const said: AnomalyDocument[] = [];
    const kept = { name: 'file', write: async () => [], close: async () => undefined } as const;
    const about = { serviceName: 'clawdbot-anomaly', version: '0.0.0', hostname: 'box' };
    const telemetry = { counter: () => undefined };
    const sink = openStoreSink(config, about);
    const publisher = createPublisher({ ...{ file: kept, store: sink, outbox: learnt.outbox }, ...{ telemetry, log } });
    const cycle = createCycle({
      ...{ intervals: USUAL, learnt, delayMs, log, owners: { own: 'box', shared: namespace } },
      metrics: [openStoreNumbers({ store, delayMs, nameOf: (stream) => streamName(stream, config.elk) }), ...beside],
      logs: [openStoreLines({ store, stream: streamName('app', config.elk), lookBackMs: MINUTE_MS })],
      publish(document) {
        said.push(document);
        publisher.publish(document);
      },
    });
    return {
      ...{ said, cycle, learnt, sink },
      async look(now: number) {
        await cycle.run(now);
        state.save();
        await publisher.deliver();
      },
      async stop() {
        await publisher.close();
        await store.close();
        state.close();
      },
    };
  };
  return { live, logged };
};

const found = async (namespace: string) => {
  const documents = await client.all(`logs-clawdbot.anomaly-${namespace}`);
  // Safe: what the sink wrote.
  return documents as unknown as {
    '@timestamp': string;
    event: { action: string };
    clawdbot: { anomaly: Record<string, unknown> & { metric: string; fields: Record<string, string> } };
  }[];
};

it('reads quiet hours, raises an incident from lines of all machines, writes it where a search finds it, and never twice', async () => {
  const namespace = 'incident';
  await put(namespace, { from: NOON - QUIET_MINUTES * MINUTE_MS, minutes: QUIET_MINUTES, requests: 30 });
  const { live, logged } = startDetector(namespace, server?.url ?? '');
  const first = live();
  await first.look(NOON + LATE_MS);
  expect(first.said).toEqual([]);
  expect(logged).toEqual([]);
  expect(first.cycle.sources()).toEqual(new Map([['elasticsearch', true]]));
  const says = (at: number) => `sampler ${at % 64} returned token ${at % 49_152} outside of the grammar`;
  await put(namespace, { from: NOON, minutes: 6, requests: 30, errors: 15, durationMs: 2400, says });
  for (let minute = 1; minute <= 5; minute += 1) await first.look(NOON + minute * MINUTE_MS + LATE_MS);
  const documents = await found(namespace);
  const by = (metric: string) => documents.find(({ clawdbot: { anomaly } }) => anomaly.metric === metric);
  expect(by('errors')?.clawdbot.anomaly).toMatchObject({ state: 'raised', interval: 'short', direction: 'high' });
  expect(by('errors')?.clawdbot.anomaly.expected).toBeLessThan(0.01);
  expect(by('errors')?.clawdbot.anomaly.actual).toBeCloseTo(0.5);
  expect(by('errors')?.clawdbot.anomaly.fields).toMatchObject({ source: 'elasticsearch' });
  expect(String(by('errors')?.clawdbot.anomaly.examples)).toContain('outside of the grammar');
  // In the second whole minute of it.
  expect(by('errors')?.['@timestamp']).toBe(new Date(NOON + 2 * MINUTE_MS).toISOString());
  expect(by('log_template')?.clawdbot.anomaly.template).toContain('sampler <number> returned token <number>');
  const count = documents.length;
  const ids = first.said.map(({ id, action }) => `${id} ${action}`);
  expect(new Set(ids).size).toBe(count);

  // What may have been written is written once, also where its index has rolled over in between.
  const written = await first.sink.write(first.said);
  expect(written.every((one) => one === 'written')).toBe(true);
  await client.ask('POST', `/logs-clawdbot.anomaly-${namespace}/_rollover`);
  await first.sink.write(first.said, { mayBeThere: true });
  await first.stop();
  const second = live();
  await second.look(NOON + 6 * MINUTE_MS + LATE_MS);
  expect(second.said).toEqual([]);
  await second.stop();
  expect(await found(namespace)).toHaveLength(count);
});

/** As many errors as it is told, of a hundred requests a minute. */
const startBeside = () => {
  const world = { errors: 0 };
  const source: MetricSource = {
    name: 'prometheus',
    read: async ({ first, last }) =>
      new Map(
        Array.from({ length: last - first + 1 }, (_slot, index) => {
          const key = { signal: 'errors', label: '' } as const;
          return [first + index, new Map([[seriesText(key), { key, point: { value: world.errors, n: 100 } }]])];
        }),
      ),
    close: async () => undefined,
  };
  return { world, source };
};

it.for([
  ['is shut', 'shut'],
  ['never answers', 'silent'],
  ['takes no key of ours any more', 'strange'],
] as const)('goes on with Prometheus alone while the store %s, says so once, and catches up', async ([, mood]) => {
  const namespace = mood;
  await put(namespace, { from: NOON - 45 * MINUTE_MS, minutes: 60, requests: 30 });
  const door = await startDoor();
  const { world, source } = startBeside();
  const { live, logged } = startDetector(namespace, door.url, [source]);
  const detector = live();
  cleanUps.push(() => detector.stop());
  const minutes = async (from: number, count: number): Promise<void> => {
    for (let at = 0; at < count; at += 1) await detector.look(NOON + (from + at) * MINUTE_MS + LATE_MS);
  };
  await minutes(0, 3);
  expect(logged).toEqual([]);
  door.mood = mood;
  world.errors = 60;
  await minutes(3, 2);
  // Prometheus takes over with all that it has learnt beside.
  expect(detector.said).toMatchObject([{ action: 'anomaly.raised', anomaly: { metric: 'errors' } }]);
  expect(detector.said[0]?.anomaly.fields).not.toHaveProperty('source');
  expect(detector.cycle.sources().get('elasticsearch')).toBe(false);
  expect(logged.filter((line) => line.startsWith('source.failed elasticsearch'))).toHaveLength(1);
  expect(logged.filter((line) => line.startsWith('documents.waiting'))).toHaveLength(1);
  expect(await client.count(`logs-clawdbot.anomaly-${namespace}`)).toBe(0);
  door.mood = 'open';
  world.errors = 0;
  await minutes(5, 4);
  expect(detector.cycle.sources().get('elasticsearch')).toBe(true);
  expect(logged.filter((line) => line.startsWith('source.recovered elasticsearch'))).toHaveLength(1);
  expect(logged).toContainEqual(expect.stringContaining('documents.delivered'));
  const stored = await found(namespace);
  expect(stored.map(({ event, clawdbot: { anomaly } }) => `${event.action} ${anomaly.metric}`).toSorted()).toEqual([
    'anomaly.cleared errors',
    'anomaly.raised errors',
  ]);
});

it('believes Prometheus while lines are longer on their way than an interval waits', async () => {
  const namespace = 'late';
  await put(namespace, { from: NOON - 45 * MINUTE_MS, minutes: 45, requests: 30 });
  const { world, source } = startBeside();
  const { live, logged } = startDetector(namespace, server?.url ?? '', [source]);
  const detector = live();
  cleanUps.push(() => detector.stop());
  await detector.look(NOON + LATE_MS);
  // Nothing comes any more, and what is there is a minute and a half old.
  world.errors = 60;
  await detector.look(NOON + 1.5 * MINUTE_MS);
  await detector.look(NOON + 2.5 * MINUTE_MS);
  expect(logged.filter((line) => line.includes('Filebeat or Logstash is behind'))).toHaveLength(1);
  // Silence of a store is none of the service: what it has not told is not taken for nothing.
  expect(detector.said.map(({ anomaly }) => anomaly.metric)).toEqual(['errors']);
});
