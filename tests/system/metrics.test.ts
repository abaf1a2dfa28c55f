import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataPaths } from '../../core/config/paths.ts';
import { isOn, METRICS, type MetricRow } from '../../core/telemetry/metrics.ts';
import { familyName, wireName } from '../../core/telemetry/wire-name.ts';
import { mintToken } from '../../services/inference/auth/mint.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      models: [scriptedModel({ reply: 'echo', firstTokenMs: 30, tokenMs: 5, charactersPerChunk: 4 })],
      scenarios: { kept: { cache: true } },
    },
  });
}, 60_000);
afterAll(() => gateway.stop());

const OPENMETRICS = { accept: 'application/openmetrics-text; version=1.0.0' };
const scrape = async (): Promise<string[]> => {
  const { text, headers } = await gateway.send('GET', '/api/v1/metrics', undefined, OPENMETRICS);
  expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  return text.split('\n');
};
const seriesIn = (lines: readonly string[]) =>
  lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(nameAndLabels)
    .filter((series) => !isOfCollector(series));
/** Each kind of pause has a series from its first time on, which no client decides. */
const isOfCollector = (series: string) => series.startsWith('v8js_gc_duration_seconds');
const nameAndLabels = (line: string) => line.replace(/ # \{.*$/, '').replace(/ \S+$/, '');
const families = async () =>
  (
    await gateway.send('GET', '/api/v1/metrics', undefined, { accept: 'application/json' })
  ).json() as unknown as Families;
interface Families {
  latency: {
    metric: string;
    labels: Record<string, string>;
    count: number;
    mean: number | null;
    p50: number | null;
    p99: number | null;
  }[];
  throughput: { requests: Record<string, number>; tokens: { labels: Record<string, string>; value: number }[] };
  cache: { cache: string; hits: number; lookups: number }[];
  errors: { serverErrors: number };
}

const chat = (content: string, more: object = {}) => ({
  model: 'scripted',
  messages: [{ role: 'user', content }],
  ...more,
});
const infer = (prompt: string, more: object = {}) => gateway.send('POST', '/api/v1/inference', { prompt, ...more });

test('every family says exactly what a scripted load was', async () => {
  const texts = Array.from({ length: 20 }, (_, at) => `request number ${at}`);
  const answers = await Promise.all(texts.map((text) => infer(text)));
  const usages = answers.map((answer) => answer.json().usage as { promptTokens: number; completionTokens: number });
  for (const _time of [1, 2, 3]) await infer('again', { model: undefined, scenario: 'kept', temperature: 0 });
  expect((await infer('no such model', { model: 'absent' })).status).toBe(404);
  expect((await infer('too late', { deadlineMs: 1 })).status).toBe(504);
  await cancelled();

  await expect
    .poll(async () => (await families()).throughput.requests, { timeout: 20_000, interval: 300 })
    .toEqual({
      ok: 23,
      rejected: 1,
      timeout: 1,
      cancelled: 1,
      error: 0,
      degraded: 0,
    });
  const { latency, throughput, cache, errors } = await families();
  const tokens = (type: string) =>
    throughput.tokens.find(({ labels }) => labels['gen_ai.token.type'] === type)?.value ?? 0;
  const again = JSON.parse((await infer('again', { scenario: 'kept', temperature: 0 })).text).usage;
  expect(tokens('input')).toBe(usages.reduce((sum, { promptTokens }) => sum + promptTokens, 0) + again.promptTokens);
  expect(tokens('output')).toBe(
    usages.reduce((sum, { completionTokens }) => sum + completionTokens, 0) + again.completionTokens,
  );
  expect(cache.find((one) => one.cache === 'response')).toMatchObject({ hits: 2, lookups: 3 });
  const [first] = latency.filter(({ metric }) => metric === 'gen_ai.server.time_to_first_token');
  expect(first?.count).toBe(23);
  // Computed answers take 30 ms at least; that is what the engine is told to wait.
  expect(first?.p50).toBeGreaterThanOrEqual(0.02);
  expect(errors.serverErrors).toBe(1);
});

test('the duration of a stream ends with its last byte', async () => {
  // The engine waits before each token, so that the answer takes that long at least on any machine.
  const tokens = 200;
  const prompt = 'abcd'.repeat(tokens);
  const answer = await gateway.send('POST', '/v1/completions', { model: 'scripted', prompt, stream: true });
  expect(answer.text).toContain('[DONE]');
  const least = (tokens * 5 * 0.9) / 1000;
  const told = async () =>
    (await families()).latency.find(
      ({ metric, labels }) => metric === METRICS.httpDuration.name && labels['http.route'] === '/v1/completions',
    );
  await expect.poll(async () => (await told())?.count, { timeout: 60_000, interval: 300 }).toBe(1);
  expect((await told())?.mean).toBeGreaterThanOrEqual(least);
});

/** A client that leaves in the middle of its answer. */
const cancelled = async (): Promise<void> => {
  const client = new AbortController();
  const { Agent, request } = await import('undici');
  const agent = new Agent({ connect: { ca: gateway.ca } });
  const answer = await request(new URL('/v1/chat/completions', gateway.url), {
    method: 'POST',
    dispatcher: agent,
    headers: { authorization: `Bearer ${await gateway.token('inference')}`, 'content-type': 'application/json' },
    body: JSON.stringify(chat('word '.repeat(800), { stream: true })),
    signal: client.signal,
  });
  answer.body.on('error', () => undefined);
  await new Promise((resolve) => answer.body.once('data', resolve));
  client.abort();
  await agent.destroy();
};

test('the service shows what the catalogue documents, and nothing else', async () => {
  const lines = await scrape();
  const shown = new Set(lines.flatMap((line) => line.match(/^# TYPE (\S+) /)?.[1] ?? []));
  const rows = Object.values<MetricRow>(METRICS).filter((row) => isOn('gateway', row));
  const former = rows.flatMap((row) => (row.formerly === undefined ? [] : [{ ...row, name: row.formerly.name }]));
  const documented = new Map([...rows, ...former].map((row) => [familyName(row), row]));
  expect([...shown].filter((name) => name !== 'target' && !documented.has(name))).toEqual([]);
  const absent = [...documented.keys()].filter((name) => !shown.has(name));
  expect(absent.toSorted()).toEqual(NEEDS_MORE.map((key) => familyName(METRICS[key])).toSorted());
});

/** What a gateway with one scripted model that lives, nothing private in its prompts and no key that ends has nothing to say about. */
const NEEDS_MORE = [
  'kvCacheUsage',
  'batchSize',
  'redactions',
  'apiKeyExpiry',
  'takeoverDuration',
] as const satisfies readonly (keyof typeof METRICS)[];

test('no client makes a series, whatever keys, paths, models, scenarios and headers come, 10,000 of each', async () => {
  // Everything that is shown for an honest request, and for each kind of refusal, is there before.
  const attack = async (at: number) => {
    const odd = `x${at}${'\u00e9"\\{}='.slice(at % 6)}`;
    const name = encodeURIComponent(odd);
    const headers = { 'user-agent': name, 'x-request-id': name, traceparent: name, origin: `https://${at}.example` };
    const path = [`/${name}`, `/api/v1/jobs/${name}`, `/v1/models/${name}`, `/api/v1/metrics?x=${name}`][at % 4] ?? '/';
    await gateway.send('GET', path, undefined, headers);
    await gateway.send('POST', '/v1/chat/completions', chat('hi', { model: odd, user: odd }), headers);
    await gateway.send(
      'POST',
      '/api/v1/inference',
      { prompt: 'hi', scenario: odd },
      { ...headers, ...(await keyOf(at)) },
    );
    await gateway.send('POST', '/api/v1/inference', { prompt: 'hi' }, { ...headers, ...(await keyOf(at)) });
    // Seldom: an address that guesses is made to wait.
    if (at % 1000 === 0) await gateway.send('GET', '/api/v1/models', undefined, { authorization: `Bearer ${name}` });
  };
  for (let at = 0; at < 8; at += 1) await attack(at);
  await expect.poll(scrapeAgain, { timeout: 10_000, interval: 1100 }).toBe(true);
  const before = new Set(seriesIn(await scrape()));
  for (let round = 0; round < 500; round += 1)
    await Promise.all(Array.from({ length: 20 }, (_, at) => attack(8 + round * 20 + at)));
  await expect.poll(scrapeAgain, { timeout: 10_000, interval: 1100 }).toBe(true);
  expect(seriesIn(await scrape()).filter((series) => !before.has(series))).toEqual([]);
}, 600_000);

/** A valid credential that no other request has. */
const keyOf = async (at: number) => {
  const token = await mintToken({
    ...{ paths: dataPaths(gateway.data), scopes: ['inference'], subject: `key-${at}`, ttlSeconds: 3600 },
  });
  return { authorization: `Bearer ${token}` };
};

/** True when two scrapes that do not share a text show the same series. */
let last: string[] = [];
const scrapeAgain = async (): Promise<boolean> => {
  const now = seriesIn(await scrape());
  const isSame = now.length === last.length;
  last = now;
  return isSame;
};

test('a metric has the same name in every format', async () => {
  const text = (await gateway.send('GET', '/api/v1/metrics')).text;
  for (const row of Object.values<MetricRow>(METRICS)) {
    const name = wireName(row);
    const inText = text.includes(`# TYPE ${name} `);
    const inOpen = (await scrape()).some((line) => line.startsWith(`# TYPE ${familyName(row)} `));
    expect([name, inText]).toEqual([name, inOpen]);
  }
});
