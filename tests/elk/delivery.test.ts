import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { STREAMS, type StreamKey, streamName } from '../../elk/streams.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { until } from '../stream.ts';
import { compareLines, fieldOf, linesIn } from './log-lines.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startOpenSearch } from './programs/stores.ts';
import { startShipping } from './shipping.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';
import { putTemplate } from './templates.ts';

const missing = await missingParts('filebeat', 'opensearch');

/** Files that the gateway writes as JSON; a line of each is found as it was written. */
const WRITTEN = ['app', 'access', 'audit'] as const satisfies readonly StreamKey[];
/** Small, so that a minute of requests renames files many times. */
const SMALL_FILES = { maxFileBytes: 65_536, maxFiles: 1000 };

let store: Server;
let client: StoreClient;
let gateway: TestGateway | undefined;
let filebeat: Server | undefined;
beforeAll(async () => {
  if (missing !== undefined) return;
  store = await startOpenSearch();
  client = createStoreClient(store.url);
  await putTemplate(client);
});
afterAll(() => store?.stop());
/** Each test, and each try of one, finds its own documents only. */
let tries = 0;
const spaceOf = (name: string): string => `${name}${tries}`;
beforeEach(async ({ skip }) => {
  tries += 1;
  if (missing !== undefined) skip(missing);
  gateway = await startGateway({
    config: { models: [scriptedModel({ reply: 'echo' })], logging: SMALL_FILES, limits: { queue: 1000 } },
  });
});
afterEach(async () => {
  await filebeat?.stop();
  filebeat = undefined;
  await gateway?.stop();
  gateway = undefined;
});

const running = (): TestGateway => {
  if (gateway === undefined) throw new TypeError('no gateway was started');
  return gateway;
};

const shipper = (): Server => {
  if (filebeat === undefined) throw new TypeError('no Filebeat was started');
  return filebeat;
};

const renamedFiles = (): readonly string[] => globSync('logs/*-*Z-*.json', { cwd: running().data });

/** What the access files hold by now; empty while one of them is being renamed. */
const accessText = (): string => {
  const { data } = running();
  try {
    return globSync([...STREAMS.access.files], { cwd: data })
      .map((file) => readFileSync(join(data, file), 'utf8'))
      .join('');
  } catch {
    return '';
  }
};

/** Sends requests, a few at a time, until the line of each is in its file; each has an answer, and one in ten is refused. */
const ask = async (count: number): Promise<readonly string[]> => {
  const ids: string[] = [];
  const one = async (at: number): Promise<void> => {
    const body = at % 10 === 9 ? { prompt: at } : { prompt: `request ${at}`, maxTokens: 8 };
    const answer = await running().send('POST', '/api/v1/inference', body);
    ids.push(String(answer.headers['x-request-id']));
  };
  for (let at = 0; at < count; at += 8) {
    await Promise.all(Array.from({ length: Math.min(8, count - at) }, (_, next) => one(at + next)));
  }
  await until(
    () => {
      const text = accessText();
      return ids.filter((id) => !text.includes(id));
    },
    (unwritten) => unwritten.length === 0,
  );
  return ids;
};

const ship = async (namespace: string, state?: string): Promise<Server> =>
  startShipping({
    ...{ data: running().data, store: store.url, namespace: spaceOf(namespace) },
    ...(state === undefined ? {} : { state }),
  });

/** Waits until as many documents are there as lines are in the files, then compares them one by one. */
const compared = async (namespace: string) => {
  const results = [];
  for (const key of WRITTEN) {
    const stream = streamName(key, { namespace: spaceOf(namespace) });
    const { wanted } = await until(
      async () => ({ wanted: linesIn(running().data, key).length, found: (await client.all(stream)).length }),
      ({ wanted: lines, found }) => lines > 0 && found >= lines,
    );
    const found = await client.all(stream);
    results.push({ key, wanted, found: found.length, ...compareLines(linesIn(running().data, key), found) });
  }
  return results;
};

const complete = expect.arrayContaining(WRITTEN.map((key) => expect.objectContaining({ key, lost: [], surplus: [] })));

describe('what the service wrote', () => {
  it('is in the store once, and found by the id of its request', async () => {
    filebeat = await ship('once');
    const ids = await ask(200);
    expect(await compared('once')).toEqual(complete);
    for (const id of ids.slice(0, 20)) {
      const lines = await client.withValue(streamName('access', { namespace: spaceOf('once') }), 'http.request.id', id);
      expect(lines.map((line) => fieldOf(line, 'http.request.id'))).toEqual([id]);
    }
  });

  it('is there once although its files are renamed while it is written', async () => {
    filebeat = await ship('renamed');
    await ask(600);
    expect(renamedFiles().length).toBeGreaterThan(5);
    expect(await compared('renamed')).toEqual(complete);
  });

  it('is there once although Filebeat is killed in the middle, again and again', async () => {
    let state: string | undefined;
    for (let kill = 0; kill < 3; kill += 1) {
      filebeat = await ship('killed', state);
      state = filebeat.data;
      const asked = ask(150);
      // In the middle: something has arrived, and more is on its way.
      const before = await client.count(streamName('access', { namespace: spaceOf('killed') }));
      await until(
        () => client.count(streamName('access', { namespace: spaceOf('killed') })),
        (count) => count > before,
      );
      await filebeat.stop({ signal: 'SIGKILL', keepData: true });
      await asked;
    }
    filebeat = await ship('killed', state);
    await ask(20);
    expect(await compared('killed')).toEqual(complete);
  });

  it('is there once although the store was away meanwhile', async () => {
    filebeat = await ship('away');
    await ask(100);
    const { port } = new URL(store.url);
    await store.stop({ keepData: true });
    await ask(300);
    await until(
      () => running().pid,
      () => shipper().log().includes('Failed to connect'),
    );
    store = await startOpenSearch({ data: store.data, port: Number(port) });
    await ask(20);
    expect(await compared('away')).toEqual(complete);
  });
});
