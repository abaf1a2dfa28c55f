import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { renderFilebeat } from '../../elk/filebeat/render.ts';
import { STREAMS, type StreamKey, streamName } from '../../elk/streams.ts';
import { buildGoProgram } from '../go/build.ts';
import { until } from '../stream.ts';
import { fieldOf, type LogLine } from './log-lines.ts';
import { startFilebeat } from './programs/filebeat.ts';
import { missingParts } from './programs/parts.ts';
import type { Server } from './programs/server.ts';
import { startOpenSearch } from './programs/stores.ts';
import { createStoreClient, type StoreClient } from './store-client.ts';
import { putTemplate } from './templates.ts';

const missing = await missingParts('filebeat', 'opensearch');
const NAMESPACE = 'rendered';

const data = mkdtempSync(join(tmpdir(), 'clawdbot-rendered-'));
const env = { CLAWDBOT_DATA: data, CLAWDBOT_ELASTICSEARCH_KEY: 'id:key', CLAWDBOT_FILEBEAT_STATE: join(data, 'state') };
let store: Server;
let client: StoreClient;
beforeAll(async () => {
  if (missing !== undefined) return;
  store = await startOpenSearch();
  client = createStoreClient(store.url);
  await putTemplate(client);
});
afterAll(async () => {
  await store?.stop();
  rmSync(data, { recursive: true, force: true });
});
beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

const render = (elk: object) => renderFilebeat(configSchema.parse({ elk: { namespace: NAMESPACE, ...elk } }));
const direct = (): string =>
  render({ elasticsearch: { url: store.url } }).find(({ file }) => file.includes('direct'))?.text ?? '';
/** What would go to Logstash, to the store itself, so that it can be looked at. */
const parsed = (): string => {
  const [text = '', source = ''] = [
    render({
      filebeat: { kernelLogs: [join(data, 'kern.log')], containerLogs: [join(data, 'containers/*/*-json.log')] },
    }).find(({ file }) => file.includes('parsed'))?.text,
    direct(),
  ];
  const output = (of: string): string => of.slice(of.indexOf('\noutput:'), of.indexOf('\nsetup:'));
  return text.replace(output(text), output(source));
};

const append = (file: string, ...lines: readonly (string | Buffer)[]): void => {
  mkdirSync(dirname(join(data, file)), { recursive: true });
  for (const line of lines) appendFileSync(join(data, file), typeof line === 'string' ? `${line}\n` : line);
};
let second = 0;
const record = (action: string, more: object): string => {
  second += 1;
  const at = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return JSON.stringify({
    ...{ 'log.level': 'info', '@timestamp': at, 'process.pid': 7, 'host.hostname': 'box', 'service.name': 'clawdbot' },
    ...{ 'event.action': action, ...more },
  });
};

/** Ships until the line of this action is there; then what the stream holds. */
const ship = async (config: string, streams: string, last: (lines: readonly LogLine[]) => boolean) => {
  const filebeat = await startFilebeat({ config, env });
  try {
    return await until(() => client.all(streams), last);
  } finally {
    await filebeat.stop();
  }
};
const of = (lines: readonly LogLine[], key: StreamKey): readonly LogLine[] =>
  lines.filter((line) => fieldOf(line, 'data_stream.dataset') === STREAMS[key].dataset);
const withAction = (lines: readonly LogLine[], action: string): readonly LogLine[] =>
  lines.filter((line) => fieldOf(line, 'event.action') === action);

describe('the rendered Filebeats', () => {
  it('are accepted as they are shipped, but for files that are not here', async () => {
    const built = await buildGoProgram('filebeat');
    if (built.state === 'missing') throw new Error(built.why);
    for (const { file, text } of render({
      elasticsearch: { url: 'http://127.0.0.1:9200' },
      logstash: { tls: false },
    })) {
      const path = join(data, file.replace('/', '-'));
      writeFileSync(path, text, { mode: 0o600 });
      const said = spawnSync(built.file, ['test', 'config', '-c', path, '--path.home', data], {
        ...{ encoding: 'utf8', env: { ...process.env, ...env } },
      });
      expect(`${said.stdout}${said.stderr}`).toContain('Config OK');
    }
  });

  it('bring odd lines into the store as what they are', async () => {
    const key = `cbk_abcd1234_${'A'.repeat(43)}`;
    const forged = 'x","log.level":"error"}\n{"@timestamp":"2020-01-01T00:00:00Z","event.action":"odd.forged"}\r\n{}';
    append(
      'logs/app.json',
      record('odd.labels', { labels: { a: 'of an object' }, 'labels.b': 'with a dot', message: 'm' }),
      record('odd.message', { message: forged }),
      record('odd.address', { 'data_stream.dataset': 'evil', '@metadata': { raw_index: 'evil', pipeline: 'evil' } }),
      record('odd.secret', { message: `Bearer ${'a1b2'.repeat(8)} {"password":"hunter2hunter2"} ${key}` }),
      '{"log.level":"info","@timestamp":"2026-01-01T00:00:00.000Z","event.action":"odd.to',
      record('odd.huge', { message: 'h'.repeat(400_000) }),
      Buffer.from([0, 1, 2, 255, 254, 128, 10]),
      record('odd.last', { message: 'the end' }),
    );
    const stream = streamName('app', { namespace: NAMESPACE });
    const lines = await ship(direct(), stream, (all) => withAction(all, 'odd.last').length > 0);
    const [labels] = withAction(lines, 'odd.labels');
    expect(labels).toMatchObject({ labels: { a: 'of an object', b: 'with a dot' } });
    expect(withAction(lines, 'odd.message')).toMatchObject([{ message: forged, log: { level: 'info' } }]);
    expect(withAction(lines, 'odd.forged')).toEqual([]);
    expect(withAction(lines, 'odd.address')).toMatchObject([{ data_stream: { dataset: 'clawdbot.app' } }]);
    const [secret] = withAction(lines, 'odd.secret');
    expect(secret?.message).toBe('[CREDENTIAL] {"[SECRET]"} [API_KEY]');
    // The torn one, the one that is too long, the one that is none.
    const raw = lines.filter((line) => fieldOf(line, 'error.message') !== undefined);
    expect(raw).toHaveLength(3);
    expect(raw.every((line) => String(line.message).length < 300_000)).toBe(true);
    expect(lines).toHaveLength(8);
  });

  it('take the lines of drivers and of our containers, a stack trace as one, and say whose they are', async () => {
    const container = (log: string, tag = 'clawdbot/gateway') =>
      JSON.stringify({ log: `${log}\n`, stream: 'stderr', attrs: { tag }, time: '2026-01-01T00:00:00.123456789Z' });
    append(
      'kern.log',
      'Jan  1 00:00:01 gpu01 kernel: [1.2] NVRM: Xid (PCI:0000:3b:00): 79, pid=1, GPU has fallen off the bus.',
      'Jan  1 00:00:02 gpu01 kernel: [1.3] usb 1-1: new high-speed USB device number 2 using xhci_hcd',
    );
    append(
      'containers/abc/abc-json.log',
      container('Error: boom'),
      container('    at f (/app/x.ts:1:2)'),
      container('Caused by: Error: inner'),
      container('{"log.level":"error","event.action":"odd.forged"}'),
      container('of somebody else', 'grafana'),
    );
    append('audit/audit.json', record('audit.started', { 'event.hash': 'abc' }));
    const all = await ship(
      parsed(),
      `logs-clawdbot.*-${NAMESPACE}`,
      (found) => of(found, 'engine').length >= 3 && of(found, 'audit').length > 0,
    );
    const lines = of(all, 'engine').map((line) => [
      fieldOf(line, 'event.module'),
      String(line.message).replaceAll(/\n+/g, '\n'),
    ]);
    expect(lines.sort()).toEqual([
      ['container', 'Error: boom\n    at f (/app/x.ts:1:2)\nCaused by: Error: inner\n'],
      ['container', '{"log.level":"error","event.action":"odd.forged"}\n'],
      ['kernel', expect.stringContaining('Xid')],
    ]);
    const trail = of(all, 'audit');
    // Its bytes are what its hash is over.
    expect(JSON.parse(String(fieldOf(trail[0] ?? {}, 'event.original')))).toMatchObject({ 'event.hash': 'abc' });
  });
});
