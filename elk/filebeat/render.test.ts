import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../../core/config/schema.ts';
import { createLoggers } from '../../core/telemetry/log.ts';
import { secretPatterns } from '../secrets.ts';
import { STREAM_KEYS, STREAMS } from '../streams.ts';
import { renderFilebeat } from './render.ts';

const processor = z.record(z.string(), z.looseObject({}));
const filebeatFile = z.looseObject({
  filebeat: z.looseObject({
    inputs: z.array(
      z.looseObject({
        ...{ id: z.string(), paths: z.array(z.string()), processors: z.array(processor) },
        prospector: z.object({
          scanner: z.looseObject({ fingerprint: z.object({ enabled: z.boolean(), length: z.number().optional() }) }),
        }),
        file_identity: z.record(z.string(), z.null()),
      }),
    ),
  }),
  path: z.object({ data: z.string(), logs: z.string() }),
  output: z.record(z.string(), z.looseObject({})),
  http: z.object({ enabled: z.literal(true), host: z.literal('127.0.0.1'), port: z.number() }),
});

const render = (elk: object = {}) =>
  renderFilebeat(configSchema.parse({ elk })).map(({ file, text }) => ({
    ...{ file, text, parsed: filebeatFile.parse(parse(text)) },
  }));
const inputs = (elk: object = {}) => render(elk).flatMap(({ parsed }) => parsed.filebeat.inputs);

describe('the two Filebeats', () => {
  it('share nothing: neither an input, nor a file, nor a folder, nor a port', () => {
    const ids = inputs().map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    const paths = inputs().flatMap((input) => input.paths);
    expect(paths).toEqual([...new Set(paths)]);
    const [direct, parsed] = render().map((each) => each.parsed);
    expect(direct?.path.data).not.toBe(parsed?.path.data);
    expect(direct?.http.port).not.toBe(parsed?.http.port);
  });

  it('read every stream that has files, each through its channel', () => {
    for (const { file, parsed } of render()) {
      const channel = file === 'filebeat/direct.yml' ? 'direct' : 'parsed';
      const wanted = STREAM_KEYS.filter((key) => STREAMS[key].channel === channel).map((key) => `clawdbot-${key}`);
      const extra = channel === 'parsed' ? ['clawdbot-kernel', 'clawdbot-containers'] : [];
      expect(parsed.filebeat.inputs.map(({ id }) => id)).toEqual([...wanted, ...extra]);
    }
  });

  it('leave out the logs of others where none are wanted', () => {
    const ids = inputs({ filebeat: { kernelLogs: [], containerLogs: [] } }).map(({ id }) => id);
    expect(ids).not.toContain('clawdbot-kernel');
    expect(ids).not.toContain('clawdbot-containers');
  });

  it('speak TLS where the other side does, and hold no secret', () => {
    const [direct, parsed] = render({ elasticsearch: { url: 'https://es:9200' } });
    expect(direct?.parsed.output.elasticsearch?.ssl).toMatchObject({ verification_mode: 'full' });
    expect(parsed?.parsed.output.logstash?.ssl).toMatchObject({ certificate: expect.any(String) });
    expect(direct?.parsed.output.elasticsearch?.api_key).toMatch(/^\$\{\w+\}$/);
    const [plain, bare] = render({ elasticsearch: { url: 'http://es:9200' }, logstash: { tls: false } });
    expect(plain?.parsed.output.elasticsearch).not.toHaveProperty('ssl');
    expect(bare?.parsed.output.logstash).not.toHaveProperty('ssl');
  });

  it('say themselves where a line goes, after the line has had its say', () => {
    for (const { processors } of inputs()) {
      const names = processors.flatMap((each) => Object.keys(each));
      const decoded = names.indexOf('decode_json_fields');
      const dropped = processors.findIndex((each) =>
        z.array(z.string()).safeParse(each.drop_fields?.fields).data?.includes('data_stream'),
      );
      const added = processors.findIndex((each) => each.add_fields?.target === 'data_stream');
      expect(dropped).toBeGreaterThan(decoded);
      expect(added).toBeGreaterThan(dropped);
      // The id is that of the text, so it comes before anything is taken out of it, and after the text is what is stored.
      expect(names.indexOf('fingerprint')).toBeGreaterThan(names.lastIndexOf('replace'));
      if (decoded !== -1) expect(names.indexOf('fingerprint')).toBeLessThan(decoded);
    }
  });
});

describe('the beginning of a file', () => {
  const length = Math.max(...inputs().map(({ prospector }) => prospector.scanner.fingerprint.length ?? 0));

  it('is what it is told apart by, said explicitly, but for containers', () => {
    for (const { id, prospector, file_identity: identity } of inputs()) {
      const isContainer = id === 'clawdbot-containers';
      expect(prospector.scanner.fingerprint.enabled).toBe(!isContainer);
      expect(Object.keys(identity)).toEqual([isContainer ? 'native' : 'fingerprint']);
    }
    // Filebeat refuses less.
    expect(length).toBeGreaterThanOrEqual(64);
  });

  it('is there with the first line, however short, and holds its time and process', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'first-line-'));
    const logs = createLoggers({
      ...{ dir, level: 'info', maxFileBytes: 1_000_000, maxFiles: 1, serviceName: 'c', version: '0' },
    });
    logs.app.info('a.b');
    await logs.stop();
    const line = readFileSync(join(dir, 'app.json'), 'utf8');
    rmSync(dir, { recursive: true });
    expect(Buffer.byteLength(line)).toBeGreaterThanOrEqual(length);
    expect(line.slice(0, length)).toContain(`"process.pid":${process.pid},`);
    expect(line.slice(0, length)).toMatch(/"@timestamp":"[^"]+\.\d{3}Z"/);
  });
});

const KEY = `cbk_abcd1234_${'aB3dE'.repeat(9).slice(0, 43)}`;
const PLANTED = [
  `Authorization: Bearer ${'a1b2c3d4'.repeat(4)}`,
  `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIiOiIxIn0'.repeat(2)}.${'c2lnbmF0dXJl'.repeat(2)}`,
  `key ${KEY} was used`,
  `aws AKIAIOSFODNN7EXAMPLE and hf_${'x'.repeat(34)}`,
  'https://robot:sup3rs3cret@registry.example.org/v2/',
  '{"password":"hunter2hunter2"}',
  "client_secret='correct-horse'",
  'api_key = 0123456789abcdef',
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----',
] as const;
const SECRETS = [
  ...['a1b2c3d4', 'c2lnbmF0dXJl', KEY, 'AKIAIOSFODNN7EXAMPLE', 'hf_xxxx', 'sup3rs3cret', 'hunter2', 'correct-horse'],
  ...['0123456789abcdef', 'MIIEvQ', 'kqhkiG'],
];
const masked = (text: string, place: 'line' | 'text'): string =>
  secretPatterns(place).reduce((rest, { pattern, mask }) => rest.replace(new RegExp(pattern, 'g'), () => mask), text);

describe('the second line of defence', () => {
  it('is in every input of Filebeat, in front of everything else', () => {
    const patterns = secretPatterns('line').map(({ pattern }) => pattern);
    for (const { processors } of inputs()) {
      const replaced = processors.flatMap(({ replace }) =>
        z.array(z.object({ pattern: z.string() })).parse(replace?.fields ?? []),
      );
      expect(replaced.map(({ pattern }) => pattern)).toEqual(patterns);
    }
  });

  it.each(PLANTED)('masks %j in a line, which stays JSON with the same fields', (secret) => {
    const line = JSON.stringify({ 'log.level': 'info', message: `before ${secret} after`, labels: { note: secret } });
    const shown = masked(line, 'line');
    for (const each of SECRETS) expect(shown).not.toContain(each);
    expect(Object.keys(JSON.parse(shown))).toEqual(['log.level', 'message', 'labels']);
    expect(JSON.parse(shown).message).toMatch(/^before /);
  });

  it.each(PLANTED)('masks %j in a text', (secret) => {
    const shown = masked(secret, 'text');
    for (const each of SECRETS) expect(shown).not.toContain(each);
  });

  it('leaves the lines of the service as they are', () => {
    const line = JSON.stringify({
      ...{ 'http.request.id': 'req_01m8mav3wm80mw7dkkj2dvk5', 'labels.key_id': 'jwt:quickstart' },
      ...{ 'event.hash': '0b06e85f46904a4f64fff403577efaa8e0022f9638b7e733f8adfad0f7422842' },
      ...{ 'url.path': '/api/v1/inference', message: 'listening on https://localhost:8443, metrics on [::1]:9464' },
      ...{ 'error.message': 'authorization: expected `Bearer <token or key>`, got nothing' },
    });
    expect(masked(line, 'line')).toBe(line);
  });

  it.each([...secretPatterns('line'), ...secretPatterns('text')])(
    '%s means the same in every dialect',
    ({ pattern }) => {
      // RE2 knows neither, Logstash ends its text at the first.
      expect(pattern).not.toMatch(/'|\(\?<?[=!]|\(\?<|\\[1-9]|[*+?}]\+/);
      // Filebeat would look for a variable.
      expect(pattern).not.toContain('${');
    },
  );
});
