import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { until } from '../stream.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const clawdbot = (...words: string[]): Promise<Run> =>
  new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...words], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });

type AuditRecord = Readonly<Record<string, unknown>>;

const recordsOf = (data: string): AuditRecord[] =>
  readFileSync(join(data, 'audit', 'audit.json'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

const verify = async (data: string, ...more: string[]) => {
  const { code, stdout } = await clawdbot('audit', 'verify', '--json', '--data', data, ...more);
  return { code, verdict: JSON.parse(stdout) };
};

describe('the audit trail of a running service', () => {
  let gateway: TestGateway;
  let auditor: string;
  beforeAll(async () => {
    gateway = await startGateway({
      config: {
        limits: { maxOutputTokens: 1000 },
        scenarios: { kept: { cache: true } },
        models: [scriptedModel()],
        audit: { headIntervalMs: 1000 },
      },
    });
    auditor = await gateway.token('audit');
  });
  afterAll(() => gateway?.stop());

  const records = () => recordsOf(gateway.data);
  const recorded = (matches: (record: AuditRecord) => boolean) =>
    until(
      () => records().filter(matches),
      (found) => found.length > 0,
    );
  const ask = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await gateway.send('POST', path, body, headers);
    const id = String(answer.headers['x-request-id']);
    return { answer, id, record: (await recorded((record) => record['http.request.id'] === id))[0] };
  };
  const read = (path: string, headers: Record<string, string> = {}) =>
    gateway.send('GET', path, undefined, { authorization: `Bearer ${auditor}`, ...headers });

  it('has one record for every way to let a model work', async () => {
    const messages = [{ role: 'user', content: 'hello' }];
    const ways: readonly [string, unknown][] = [
      ['/api/v1/inference', { prompt: 'hello' }],
      ['/api/v1/inference', { prompt: 'hello', stream: true }],
      ['/v1/chat/completions', { model: 'scripted', messages }],
      ['/v1/chat/completions', { model: 'scripted', messages, stream: true }],
      ['/v1/completions', { model: 'scripted', prompt: ['one', 'two'] }],
      ['/v1/responses', { model: 'scripted', input: 'hello' }],
      ['/v1/embeddings', { model: 'scripted', input: 'hello' }],
      ['/v1/rerank', { model: 'scripted', query: 'a', documents: ['a', 'b'] }],
      ['/api/v1/tokenize', { prompt: 'hello' }],
      ['/api/v1/detokenize', { tokens: [104, 105] }],
      ['/api/v1/tokens/count', { prompt: 'hello' }],
    ];
    for (const [path, body] of ways) {
      const { answer, id, record } = await ask(path, body);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(record).toMatchObject({
        'event.action': 'inference.answered',
        'event.outcome': 'success',
        'user.id': 'jwt:test',
        'labels.subject': 'test',
        'client.ip': '127.0.0.1',
        'labels.route': path,
        'gen_ai.response.model': 'scripted',
        'labels.destination': 'local',
        'labels.prompt_hash': expect.anything(),
        'event.duration': expect.any(Number),
      });
      expect(records().filter((entry) => entry['http.request.id'] === id)).toHaveLength(1);
    }
  });

  it('says when an answer came from the cache', async () => {
    const body = { prompt: 'again', scenario: 'kept', temperature: 0 };
    expect((await ask('/api/v1/inference', body)).record).toMatchObject({ 'labels.cache': 'miss' });
    expect((await ask('/api/v1/inference', body)).record).toMatchObject({ 'labels.cache': 'hit' });
  });

  it('has a record for a job that was accepted and for its run', async () => {
    const { answer, record, id } = await ask('/api/v1/inference', { prompt: 'later', mode: 'async' });
    expect(record).toMatchObject({ 'event.action': 'inference.submitted', 'labels.job_id': answer.json().id });
    const [run] = await recorded((entry) => entry['http.request.id'] === id && entry['labels.origin'] === 'job');
    expect(run).toMatchObject({
      'event.action': 'inference.answered',
      'user.id': 'jwt:test',
      'labels.prompt_hash': record?.['labels.prompt_hash'],
    });
  });

  it('has a record for every refusal, by whatever', async () => {
    const path = '/api/v1/inference';
    const noScope = { authorization: `Bearer ${await gateway.token('metrics')}` };
    const refusals: readonly [string, unknown, Record<string, string>][] = [
      ['ERR_HTTP_BODY_INVALID', { prompt: 5 }, {}],
      ['ERR_HTTP_BODY_INVALID', { prompt: 'a', maxTokens: 1001 }, {}],
      ['ERR_HTTP_JSON_MALFORMED', '{', {}],
      ['ERR_MODELS_UNKNOWN', { prompt: 'a', model: 'none' }, {}],
      ['ERR_AUTH_SCOPE', { prompt: 'a' }, noScope],
      ['ERR_AUTH_CREDENTIAL_INVALID', { prompt: 'a' }, { authorization: 'Bearer nonsense' }],
    ];
    for (const [code, body, headers] of refusals) {
      const { record } = await ask(path, body, headers);
      expect(record).toMatchObject({
        'event.action': 'inference.refused',
        'error.code': code,
        'event.outcome': 'failure',
        ...(code === 'ERR_AUTH_CREDENTIAL_INVALID' ? {} : { 'user.id': 'jwt:test' }),
      });
    }
  });

  it('holds no prompt and no answer', async () => {
    await ask('/api/v1/inference', { prompt: 'a word like xylophone' });
    expect(readFileSync(join(gateway.data, 'audit', 'audit.json'), 'utf8')).not.toContain('xylophone');
  });

  it('has records of what administrators, the command line and the file change', async () => {
    await gateway.send('PUT', '/api/v1/admin/limits', { queue: 77 });
    expect(await recorded((record) => record['event.action'] === 'limits.changed')).toMatchObject([
      { 'user.id': 'jwt:test' },
    ]);
    const { stdout } = await clawdbot(
      'key',
      'create',
      '--scope',
      'audit',
      '--name',
      'x',
      '--json',
      '--data',
      gateway.data,
    );
    const { id } = JSON.parse(stdout);
    await clawdbot('key', 'revoke', id, '--data', gateway.data);
    await clawdbot('token', 'mint', '--scope', 'inference', '--subject', 'bob', '--data', gateway.data);
    expect(await recorded((record) => record['event.action'] === 'key.created')).toMatchObject([
      { 'labels.key': `key:${id}`, 'labels.source': 'cli', 'user.id': expect.stringMatching(/^local:/) },
    ]);
    expect(await recorded((record) => record['event.action'] === 'key.revoked')).toMatchObject([
      { 'labels.key': `key:${id}` },
    ]);
    expect(await recorded((record) => record['labels.subject'] === 'bob')).toMatchObject([
      { 'event.action': 'token.minted' },
    ]);
  });

  it('is read with the scope audit alone, in pages, and each read is a record', async () => {
    expect((await gateway.send('GET', '/api/v1/audit')).status).toBe(403);
    expect(
      (await gateway.send('GET', '/api/v1/admin/limits', undefined, { authorization: `Bearer ${auditor}` })).status,
    ).toBe(403);
    const first = (await read('/api/v1/audit?outcome=failure&limit=2')).json() as unknown as {
      records: AuditRecord[];
      next: number;
    };
    expect(first.records.map((record) => record['event.outcome'])).toEqual(['failure', 'failure']);
    const second = (
      await read(`/api/v1/audit?outcome=failure&limit=2&after=${first.next}`)
    ).json() as unknown as typeof first;
    expect(Number(second.records[0]?.['event.sequence'])).toBeGreaterThan(Number(first.records[1]?.['event.sequence']));
    expect(records().filter((record) => record['event.action'] === 'audit.read')).toHaveLength(2);
  });

  it('is exported byte for byte', async () => {
    const { text, headers } = await read('/api/v1/audit', { accept: 'application/x-ndjson' });
    expect(headers['content-type']).toContain('application/x-ndjson');
    expect(readFileSync(join(gateway.data, 'audit', 'audit.json'), 'utf8').startsWith(text.slice(0, 5000))).toBe(true);
    const exported = join(gateway.data, 'exported.json');
    writeFileSync(exported, text);
    const [key] = readdirSync(join(gateway.data, 'audit', 'keys'));
    const publicKey = join(gateway.data, 'audit', 'keys', String(key));
    const words = ['audit', 'verify', '--from', exported, '--public-key', publicKey];
    expect((await clawdbot(...words)).code).toBe(0);
    expect(await recorded((record) => record['event.action'] === 'audit.exported')).toHaveLength(1);
  });

  it('has a signed head that is renewed, and verifies while it is written', async () => {
    await until(
      async () => (await read('/api/v1/audit/head')).status,
      (status) => status === 200,
    );
    const { code, verdict } = await verify(gateway.data);
    expect([code, verdict.result]).toEqual([0, 'intact']);
    expect(verdict.signedHeads).toBeGreaterThan(0);
  });

  it('is listed and exported on the command line, which is a record as well', async () => {
    const { stdout } = await clawdbot('audit', 'list', '--action', 'key.created', '--json', '--data', gateway.data);
    expect(JSON.parse(stdout)).toMatchObject([{ 'event.action': 'key.created' }]);
    const exported = await clawdbot('audit', 'export', '--outcome', 'failure', '--data', gateway.data);
    expect(exported.stdout.trimEnd().split('\n').length).toBeGreaterThan(3);
    expect((await clawdbot('audit', 'head', '--data', gateway.data)).stdout).toContain('"signature"');
    const exports = records().filter((record) => record['event.action'] === 'audit.exported');
    expect(exports.at(-1)).toMatchObject({ 'user.id': expect.stringMatching(/^local:/) });
  });

  it('finds what somebody changed in a copy, and says where', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'clawdbot-copy-'));
    try {
      await clawdbot('audit', 'list', '--data', gateway.data);
      cpSync(join(gateway.data, 'audit'), copy, { recursive: true });
      const file = join(copy, 'audit.json');
      const lines = readFileSync(file, 'utf8').split('\n');
      writeFileSync(
        file,
        lines.with(4, lines[4]?.replace('jwt:', 'jwx:').replace('success', 'failure') ?? '').join('\n'),
      );
      const { code, stdout } = await clawdbot('audit', 'verify', '--from', copy, '--data', '/nonexistent');
      expect([code, stdout]).toEqual([65, expect.stringContaining('audit.json:5  changed')]);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});

describe('prompts and answers sealed for an auditor', () => {
  it('are opened with the private key, purged, and the chain still holds', async () => {
    const keys = mkdtempSync(join(tmpdir(), 'clawdbot-auditor-'));
    const key = join(keys, 'auditor.key');
    expect((await clawdbot('audit', 'keygen', '--out', key)).code).toBe(0);
    const config = { models: [scriptedModel()], audit: { content: 'sealed', auditorKey: `${key}.pub` } };
    let gateway = await startGateway({ config });
    const { data } = gateway;
    const open = async () => (await clawdbot('audit', 'open', '--key', key, '--data', data)).stdout;
    const purge = (...more: string[]) =>
      clawdbot('data', 'purge', '--key', 'jwt:test', '--before', '2100-01-01', '--json', '--data', data, ...more);
    try {
      for (const prompt of ['a xylophone', 'a zither']) await gateway.send('POST', '/api/v1/inference', { prompt });
      await gateway.send('POST', '/api/v1/inference', { prompt: 'a xylophone later', mode: 'async' });
      const opened = await until(open, (text) => text.split('\n').length > 3);
      expect(opened).toContain('a xylophone');
      expect(JSON.parse(String(opened.split('\n')[0]))).toMatchObject({ key: 'jwt:test', kind: 'sealed' });
      expect((await verify(data)).verdict).toMatchObject({
        content: { present: 3, deleted: 0, missing: 0, changed: 0 },
      });

      expect(JSON.parse((await purge('--dry-run')).stdout)).toMatchObject({ jobs: 1, contents: 3, dryRun: true });
      expect(JSON.parse((await purge()).stdout)).toMatchObject({ jobs: 1, contents: 3, cache: 'cleared' });
      expect(await open()).toBe('');
      await gateway.send('POST', '/api/v1/inference', { prompt: 'another' });
      await gateway.stop({ keepData: true });

      const { code, verdict } = await verify(data);
      expect([code, verdict]).toMatchObject([0, { result: 'intact', content: { present: 1, deleted: 3, missing: 0 } }]);
      const stopped = await purge();
      expect(JSON.parse(stopped.stdout)).toMatchObject({ jobs: 0, contents: 1 });
      expect((await verify(data)).verdict).toMatchObject({ result: 'intact', content: { present: 0, deleted: 4 } });
      expect(recordsOf(data).filter((record) => record['event.action'] === 'data.purged')).toHaveLength(3);
    } finally {
      gateway = await startGateway({ config, data });
      await gateway.stop();
      rmSync(keys, { recursive: true, force: true });
    }
  });
});
