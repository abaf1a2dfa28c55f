import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../core/config/schema.ts';
import { type FakeElasticsearch, startFakeElasticsearch } from '../../tests/fake-elasticsearch.ts';
import { makeTlsFiles } from '../../tests/tls-files.ts';
import { type ApplyOptions, applyToElasticsearch, checkElasticsearch, type Outcome } from './apply.ts';
import { tiersOf } from './cluster.ts';
import { openElasticsearch } from './elasticsearch.ts';

let store: FakeElasticsearch;
let folder: string;

beforeEach(async () => {
  store = await startFakeElasticsearch();
  folder = mkdtempSync(join(tmpdir(), 'elk-apply-'));
  writeFileSync(join(folder, 'password'), 'correct\n');
});
afterEach(async () => {
  // Whatever a test does, it asks nothing that Elasticsearch does not know.
  expect(store.unknown).toEqual([]);
  await store.stop();
  rmSync(folder, { recursive: true });
});

const elkOf = (more: object = {}): Config['elk'] =>
  configSchema.parse({
    elk: {
      elasticsearch: { url: store.url, username: 'elastic', passwordFile: join(folder, 'password') },
      snapshots: { repository: 'nightly' },
      ...more,
    },
  }).elk;

const withServer = async <T>(elk: Config['elk'], act: (server: ReturnType<typeof openElasticsearch>) => Promise<T>) => {
  const server = openElasticsearch(elk);
  try {
    return await act(server);
  } finally {
    await server.close();
  }
};

const apply = (elk = elkOf(), more: Partial<ApplyOptions> = {}): Promise<Outcome> =>
  withServer(elk, (server) =>
    applyToElasticsearch(server, {
      elk,
      without: new Set(),
      allowDestructive: false,
      isDryRun: false,
      healthSeconds: 1,
      ...more,
    }),
  );

const changed = ({ steps }: Outcome): string[] =>
  steps
    .filter(({ action }) => action !== 'none')
    .map(({ resource, action }) => `${action} ${resource.kind}/${resource.name}`);

const ACCESS = 'logs-clawdbot.access-default';
const MAPPINGS = '/_component_template/clawdbot-access@mappings';

describe('applying', () => {
  it('puts everything once, what is depended on first, and the second time nothing', async () => {
    const first = await apply();
    expect(first.cluster.tiers).toBe('hot-cold');
    expect(store.changes).toEqual(first.steps.map(({ resource }) => `PUT ${resource.put.path}`));
    expect(store.changes.indexOf('PUT /_ilm/policy/clawdbot-access')).toBeLessThan(
      store.changes.indexOf('PUT /_component_template/clawdbot-access@settings'),
    );
    store.changes.length = 0;
    expect(changed(await apply())).toEqual([]);
    expect(store.changes).toEqual([]);
  });

  it('changes nothing in a dry run, and tells the same', async () => {
    const told = changed(await apply(elkOf(), { isDryRun: true }));
    expect(store.changes).toEqual([]);
    expect(changed(await apply())).toEqual(told);
  });

  it('mends what somebody changed, and only that', async () => {
    await apply();
    const policy = store.kept.get('/_ilm/policy/clawdbot-app');
    store.kept.set('/_ilm/policy/clawdbot-app', JSON.parse(JSON.stringify(policy).replace('"2d"', '"9d"')));
    const { steps } = await apply();
    const [step, ...others] = steps.filter(({ action }) => action !== 'none');
    expect(others).toEqual([]);
    expect(step?.differences).toEqual([{ at: 'phases.warm.min_age', expected: '2d', got: '9d' }]);
    expect(store.kept.get('/_ilm/policy/clawdbot-app')).toEqual(policy);
  });

  it('sees a field that somebody added to a mapping', async () => {
    await apply();
    const mappings = JSON.stringify(store.kept.get(MAPPINGS)).replace(
      '"properties":{',
      '"properties":{"mine":{"type":"long"},',
    );
    store.kept.set(MAPPINGS, JSON.parse(mappings));
    expect(changed(await apply())).toEqual(['change component-template/clawdbot-access@mappings']);
  });

  it('finishes what was half done', async () => {
    await apply();
    const whole = new Map(store.kept);
    for (const path of [...store.kept.keys()].filter((_path, index) => index % 2 === 1)) store.kept.delete(path);
    expect(changed(await apply()).every((text) => text.startsWith('create '))).toBe(true);
    expect(new Map(store.kept)).toEqual(whole);
  });

  it('begins a new index only for streams whose newest was made from other templates', async () => {
    await apply();
    store.cluster.streams.set(ACCESS, [{ name: `.ds-${ACCESS}-2026.11.28-000001`, digest: 'older' }]);
    const { rollovers } = await apply();
    expect(rollovers.map(({ name }) => name)).toEqual([ACCESS]);
    expect(store.cluster.streams.get(ACCESS)).toHaveLength(2);
    expect((await apply()).rollovers).toEqual([]);
  });

  it('makes keys for programs, secrets to their owner alone, once', async () => {
    const keys = join(folder, 'keys');
    await apply(elkOf(), { keys });
    expect(readdirSync(keys).toSorted()).toEqual(['admin.key', 'detector.key', 'reader.key', 'writer.key']);
    expect(readFileSync(join(keys, 'writer.key'), 'utf8')).toBe('encoded-clawdbot-writer\n');
    expect(statSync(join(keys, 'writer.key')).mode & 0o777).toBe(0o600);
  });
});

describe('a failure on the way', () => {
  it('takes back what was made, and says where, what was expected and what came', async () => {
    store.cluster.refusals.set('PUT /_index_template/clawdbot-engine', 400);
    await expect(apply()).rejects.toThrow(
      /index-template\/clawdbot-engine: expected PUT .* to be taken, got 400: refused by the test.*; the \d+ changes before it were taken back/,
    );
    expect([...store.kept]).toEqual([]);
  });

  it('puts back what was there before', async () => {
    await apply();
    store.cluster.refusals.set('PUT /_component_template/clawdbot-audit@settings', 500);
    await expect(apply(elkOf({ shards: 3 }))).rejects.toThrow(/ERR_ELK|taken back/);
    expect(changed(await apply())).toEqual([]);
  });

  it('names what could not be taken back', async () => {
    store.cluster.refusals.set('PUT /_component_template/clawdbot@mappings', 400);
    store.cluster.refusals.set('DELETE /_ilm/policy/clawdbot-app', 500);
    await expect(apply()).rejects.toThrow(/could not be taken back: policy\/clawdbot-app/);
  });
});

describe('what cannot be worked with is told before anything is changed', () => {
  const cases: readonly (readonly [string, () => void, RegExp])[] = [
    [
      'a version too old',
      () => (store.cluster.version = '8.17.0'),
      /expected Elasticsearch 9.1 or later, got 8.17.0; upgrade it/,
    ],
    [
      'a wrong password',
      () => writeFileSync(join(folder, 'password'), 'wrong'),
      /expected a login that it takes, got 401/,
    ],
    [
      'privileges that are missing',
      () => (store.cluster.missingPrivileges = ['manage_ilm']),
      /got one without manage_ilm/,
    ],
    ['a red cluster', () => (store.cluster.status = 'red'), /expected health yellow or green within 1 s, got red/],
    [
      'a read-only cluster',
      () => (store.cluster.settings = { 'cluster.blocks.read_only': 'true' }),
      /expected a cluster that can be written to, got cluster.blocks.read_only: true/,
    ],
    [
      'a read-only index',
      () =>
        store.cluster.streams.set(ACCESS, [
          { name: `.ds-${ACCESS}-2026.11.28-000001`, blocks: { 'index.blocks.read_only_allow_delete': 'true' } },
        ]),
      /expected logs-clawdbot.access-default to be writable, got index.blocks.read_only_allow_delete: true/,
    ],
    [
      'no ingest processors',
      () => (store.cluster.processors = ['set']),
      /expected a cluster with ingest, got one without: no node has .*gsub/,
    ],
  ];

  it.each(cases)('%s', async (_name, arrange, message) => {
    arrange();
    await expect(apply()).rejects.toThrow(message);
    expect(store.changes).toEqual([]);
  });

  it('nothing that listens', async () => {
    const elk = elkOf({ elasticsearch: { url: 'http://127.0.0.1:9' } });
    await expect(apply(elk)).rejects.toThrow(
      /Elasticsearch at http:\/\/127.0.0.1:9: expected an answer, got: .*; start it, or mend elk.elasticsearch.url/,
    );
  });

  it('shorter retention, unless that is allowed', async () => {
    await apply();
    const shorter = elkOf({ keptDays: { app: 10 } });
    store.changes.length = 0;
    await expect(apply(shorter)).rejects.toThrow(
      /policy\/clawdbot-app: documents would be deleted after 10d, not 30d; add --allow-destructive/,
    );
    expect(store.changes).toEqual([]);
    expect(changed(await apply(shorter, { allowDestructive: true }))).toEqual(['change policy/clawdbot-app']);
    // Longer is no loss.
    expect(changed(await apply())).toEqual(['change policy/clawdbot-app']);
  });

  it('what somebody else made under our name', async () => {
    store.kept.set('/_ingest/pipeline/clawdbot-logs', { processors: [] });
    await expect(apply()).rejects.toThrow(/pipeline\/clawdbot-logs: it was not made by `clawdbot elk apply`/);
  });
});

describe('a cluster with less', () => {
  it('without security gets no roles, and says so', async () => {
    store.cluster.features.security = { available: true, enabled: false };
    const outcome = await apply();
    expect([...outcome.leftOut]).toEqual([['security', 'it is turned off there']]);
    expect(store.changes.filter((path) => path.includes('_security'))).toEqual([]);
  });

  it.each([
    [[['data', 'ingest']], 'one'],
    [[['data_hot', 'data_content', 'data_warm', 'data_cold']], 'one'],
    [[['data_hot', 'data_content'], ['data_cold']], 'hot-cold'],
    [[['data_hot', 'data_content'], ['data_warm'], ['data_cold']], 'hot-warm-cold'],
    [[['data_hot', 'data_content'], ['data_warm']], 'one'],
  ])('has the tiers of its nodes: %j', (roles, tiers) => {
    expect(tiersOf(roles)).toBe(tiers);
  });
});

describe('the way there', () => {
  it('is taken with an API key', async () => {
    writeFileSync(join(folder, 'key'), 'a-key\n');
    const elk = elkOf({ elasticsearch: { url: store.url, apiKeyFile: join(folder, 'key') } });
    expect(changed(await apply(elk)).length).toBeGreaterThan(20);
  });

  it('is taken over TLS with an authority of its own, and not without it', async () => {
    const { certFile, keyFile, caFile } = await makeTlsFiles(folder);
    const secure = await startFakeElasticsearch({
      cert: readFileSync(certFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
    });
    try {
      const login = { url: secure.url, username: 'elastic', passwordFile: join(folder, 'password') };
      await expect(apply(elkOf({ elasticsearch: login }))).rejects.toThrow(
        /expected an answer, got: .*certificate.*; name the authority of its certificate in elk.elasticsearch.caFile/,
      );
      expect(changed(await apply(elkOf({ elasticsearch: { ...login, caFile } }))).length).toBeGreaterThan(20);
    } finally {
      await secure.stop();
    }
  });
});

describe('checking', () => {
  const NOW = Date.parse('2026-11-29T20:00:00Z');
  const check = (elk = elkOf()) =>
    withServer(elk, (server) =>
      checkElasticsearch(server, { elk, without: new Set(), healthSeconds: 1, maxAgeSeconds: 300, now: () => NOW }),
    );

  it('says what differs and changes nothing', async () => {
    const outcome = await check();
    expect(changed(outcome).length).toBeGreaterThan(20);
    expect(store.changes).toEqual([]);
  });

  it('tells steady streams that are silent from those that may be', async () => {
    await apply();
    store.cluster.newest.set(ACCESS, NOW - 20_000);
    store.cluster.newest.set('logs-clawdbot.audit-default', NOW - 3_600_000);
    store.cluster.newest.set('logs-clawdbot.app-default', NOW - 3_600_000);
    const { flows } = await check();
    expect(Object.fromEntries(flows.map(({ stream, state }) => [stream.split(/[.-]/)[2], state]))).toEqual({
      access: 'flowing',
      app: 'quiet',
      audit: 'late',
      engine: 'quiet',
      anomaly: 'quiet',
    });
    expect(flows.find(({ stream }) => stream === ACCESS)).toMatchObject({ ageSeconds: 20, lagMs: 1500 });
  });
});
