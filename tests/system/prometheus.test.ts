import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BOARDS_BUILT } from '../../dashboards/boards/index.ts';
import { debianProgram, missingProgram } from '../debian/programs.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import type { SentSpan } from '../otlp/decode.ts';
import { type OtlpSink, startOtlpSink } from '../otlp/sink.ts';
import { lastTenMinutes, scrapeJob, startTestPrometheus, type TestPrometheus } from '../prometheus.ts';
import { type RemoteWriteReceiver, startRemoteWriteReceiver } from '../remote-write/receiver.ts';
import { until } from '../stream.ts';

const program = debianProgram('prometheus');
const promtool = debianProgram('promtool');

let sink: OtlpSink;
let receiver: RemoteWriteReceiver;
let gateway: TestGateway;
let prometheus: TestPrometheus | undefined;

beforeAll(async () => {
  sink = await startOtlpSink();
  receiver = await startRemoteWriteReceiver();
  const telemetry = { otlp: { endpoint: sink.endpoint, intervalMs: 1000 }, sampling: { ratio: 1 } };
  gateway = await startGateway({ config: { models: [scriptedModel({ reply: 'echo' })], telemetry } });
  if (program === undefined) return;
  const config = {
    scrape_configs: [await scrapeJob(gateway)],
    remote_write: [{ url: receiver.url, send_exemplars: true }],
  };
  prometheus = await startTestPrometheus({ program, config });
});
afterAll(async () => {
  await prometheus?.stop();
  await gateway.stop();
  await receiver.stop();
  await sink.stop();
});
beforeEach(({ skip }) => {
  if (prometheus === undefined) skip(missingProgram('prometheus'));
});

/** One request of the real `curl`, as the start of the service prints it: the head of the answer and its body. */
const ask = async (prompt: string): Promise<{ readonly head: string; readonly text: string }> => {
  const header = join(gateway.data, 'curl.header');
  writeFileSync(header, `authorization: Bearer ${await gateway.token('inference')}\n`, { mode: 0o600 });
  const options = [
    '-sS',
    '-D',
    '-',
    '--cacert',
    gateway.caFile,
    '-H',
    `@${header}`,
    '-H',
    'content-type: application/json',
  ];
  const answer = execFileSync(
    'curl',
    [...options, `${gateway.url}/api/v1/inference`, '-d', JSON.stringify({ prompt })],
    {
      encoding: 'utf8',
    },
  );
  const end = answer.indexOf('\r\n\r\n');
  return { head: answer.slice(0, end), text: answer.slice(end + 4) };
};

interface AccessLine {
  readonly [field: string]: unknown;
}
/** Those that are written to the end; the file comes with the first. */
const accessLines = (): AccessLine[] => {
  const file = join(gateway.data, 'logs', 'access.json');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line));
};
/** A field under its name with dots or as nested objects: both are ECS. */
const fieldOf = (line: AccessLine | undefined, name: string): unknown =>
  line?.[name] ?? name.split('.').reduce<unknown>((value, part) => (value as AccessLine | undefined)?.[part], line);

interface ExemplarSeries {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly { readonly labels: { readonly trace_id?: string }; readonly value: string }[];
}
const DURATION = 'gen_ai_server_request_duration_seconds';
/** What the heat map of the board asks exemplars by: an expression that yields no series, and names the histogram. */
const [pointer = ''] = BOARDS_BUILT.flatMap(({ dashboard }) => dashboard.panels ?? [])
  .flatMap((panel) => ('targets' in panel ? (panel.targets ?? []) : []))
  .flatMap((target) => z.object({ exemplar: z.literal(true), expr: z.string() }).safeParse(target).data?.expr ?? [])
  .filter((expr) => expr.startsWith(DURATION))
  .map((expr) => encodeURIComponent(expr.replaceAll(/\$\w+/g, '.+')));
const exemplarsOf = async (traceId: string): Promise<readonly ExemplarSeries[]> => {
  // Safe: the answer of Prometheus to such a query.
  const found = (await prometheus?.get(`/api/v1/query_exemplars?query=${pointer}&${lastTenMinutes()}`)) as
    | readonly ExemplarSeries[]
    | undefined;
  return (found ?? []).filter(({ exemplars }) => exemplars.some(({ labels }) => labels.trace_id === traceId));
};

/** The name of the parent of each span; undefined: it is the root. */
const parentsIn = (spans: readonly SentSpan[]): Record<string, string | undefined> =>
  Object.fromEntries(
    spans.map(({ name, parentSpanId }) => [name, spans.find(({ spanId }) => spanId === parentSpanId)?.name]),
  );

test('one request id leads from the answer of curl through access line and trace to the exemplar', async () => {
  const { head, text } = await ask('a walk');
  expect(head).toMatch(/^HTTP\/[\d.]+ 200/);
  const [, requestId = ''] = /^x-request-id: (\S+)\r?$/im.exec(head) ?? [];
  expect(requestId).not.toBe('');
  expect(JSON.parse(text)).toMatchObject({ text: 'a walk' });

  const line = await until(
    () => accessLines().find((each) => fieldOf(each, 'http.request.id') === requestId),
    (found) => found !== undefined,
  );
  expect(fieldOf(line, 'labels.outcome')).toBe('ok');
  const traceId = String(fieldOf(line, 'trace.id'));
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);

  const root = 'POST /api/v1/inference';
  const work = 'text_completion scripted';
  const spans = await until(
    () => sink.spans.filter((span) => span.traceId === traceId),
    (found) => found.some(({ name }) => name === root) && found.some(({ name }) => name === 'engine.decode'),
  );
  const rootSpan = spans.find(({ name }) => name === root);
  expect(rootSpan?.attributes['clawdbot.request_id']).toBe(requestId);
  expect(rootSpan?.parentSpanId).toBe('');
  expect(fieldOf(line, 'span.id')).toBe(rootSpan?.spanId);
  const parents = parentsIn(spans);
  expect(parents).toMatchObject({
    [root]: undefined,
    ...{ auth: root, read: root, respond: root },
    ...{ [work]: root, redact: work, admit: work, route: work },
    // From here on it is the engine process that tells of its work.
    ...{ engine: 'route', 'engine.decode': 'engine' },
  });
  // No span hangs in the air.
  expect(Object.entries(parents).filter(([name, parent]) => parent === undefined && name !== root)).toEqual([]);

  const [series] = await until(
    () => exemplarsOf(traceId),
    (found) => found.length > 0,
  );
  expect(series?.seriesLabels).toMatchObject({ __name__: `${DURATION}_bucket`, job: 'clawdbot' });
});

describe('a real Prometheus', () => {
  test('scrapes the gateway, on whose page promtool finds no fault', async ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    await ask('something to tell of');
    const { text } = await gateway.send('GET', '/api/v1/metrics', undefined, { accept: 'text/plain' });
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    const up = await until(
      () => prometheus?.get('/api/v1/query?query=up'),
      (data) => JSON.stringify(data).includes('"1"]'),
    );
    expect(JSON.stringify(up)).toContain('"job":"clawdbot"');
  });

  test('writes our series and exemplars on to another store', async () => {
    const { head } = await ask('to be written');
    expect(head).toContain('200');
    const requests = await until(
      () => receiver.series.filter(({ labels }) => labels.__name__ === 'clawdbot_requests_total'),
      (found) => found.some(({ labels, samples }) => labels.outcome === 'ok' && samples.some(({ value }) => value > 0)),
    );
    expect(requests.every(({ labels }) => labels.job === 'clawdbot')).toBe(true);
    const traces = await until(
      () => receiver.series.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id ?? '')),
      (found) => found.length > 0,
    );
    expect(traces.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(receiver.problems).toEqual([]);
    expect(receiver.headers[0]).toMatchObject({
      ...{ 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' },
    });
  });
});
