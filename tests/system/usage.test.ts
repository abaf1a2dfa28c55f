import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPaths } from '../../core/config/paths.ts';
import { ERROR_CODES, type ErrorCode } from '../../core/errors/codes.ts';
import { outcomeOf } from '../../core/errors/outcome.ts';
import { mintToken } from '../../services/inference/auth/mint.ts';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { createStreamClient, until } from '../stream.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const clawdbot = async (...words: string[]) => (await promisify(execFile)(process.execPath, [CLI, ...words])).stdout;

const CONFIG = {
  limits: { maxOutputTokens: 1000 },
  scenarios: { kept: { cache: true } },
  engines: { wedgedMs: 3_600_000 },
  models: [
    scriptedModel(),
    scriptedModel({ charactersPerChunk: 1, failAfterTokens: 3 }, { id: 'failing' }),
    scriptedModel({ charactersPerChunk: 1, tokenMs: 20 }, { id: 'slow' }),
    scriptedModel({ charactersPerChunk: 1, hangAfterTokens: 2 }, { id: 'hanging' }),
  ],
};

type Fields = Readonly<Record<string, unknown>>;
type Sums = Record<string, Record<string, number>>;

const NUMBERS = [
  ...['ok', 'error', 'timeout', 'rejected', 'cancelled', 'submitted'],
  ...['cacheHits', 'promptTokens', 'completionTokens', 'cachedTokens'],
] as const;

const isInference = (record: Fields): boolean => String(record['event.action']).startsWith('inference.');

/** How a record says its request ended; the trail knows refusals and failures, and names the code. */
const endOf = (record: Fields): string => {
  const action = String(record['event.action']).slice('inference.'.length);
  if (action === 'answered') return 'ok';
  if (action === 'submitted' || action === 'cancelled') return action;
  const code = String(record['error.code']);
  if (!(code in ERROR_CODES)) throw new Error(`no such code: ${code}`);
  // Safe: it was just looked for.
  return outcomeOf(code as ErrorCode, false);
};

/** Sums the records up the way the page says, from nothing but what was written of each request. */
const sumUp = (records: readonly Fields[], field: string, end = endOf): Sums => {
  const sums: Sums = {};
  for (const record of records) {
    const id = `${String(record['@timestamp']).slice(0, 10)} ${record[field] ?? null}`;
    sums[id] ??= Object.fromEntries(NUMBERS.map((name) => [name, 0]));
    const sum = sums[id];
    const add = (name: string, value: unknown) => {
      sum[name] = (sum[name] ?? 0) + Number(value ?? 0);
    };
    add(end(record), 1);
    add('cacheHits', record['labels.cache'] === 'hit' ? 1 : 0);
    add('promptTokens', record['gen_ai.usage.input_tokens']);
    add('completionTokens', record['gen_ai.usage.output_tokens']);
    add('cachedTokens', record['gen_ai.usage.cache_read.input_tokens']);
  }
  return sums;
};

interface Row extends Record<string, unknown> {
  readonly day: string;
  readonly name: string | null;
}

const sumsOf = (rows: readonly Row[]): Sums =>
  Object.fromEntries(rows.map(({ day, name, ...numbers }) => [`${day} ${name}`, numbers as Record<string, number>]));

describe('the daily usage of a running service', () => {
  let gateway: TestGateway;
  let bearers: Record<string, string>;
  beforeAll(async () => {
    gateway = await startGateway({ config: CONFIG });
    for (const id of ['failing', 'slow', 'hanging'])
      await gateway.report('model', (report) => report.id === id && report.phase === 'ready');
    const paths = dataPaths(gateway.data);
    const bearer = async (subject: string) =>
      `Bearer ${await mintToken({ paths, scopes: ['inference'], subject, ttlSeconds: 3600 })}`;
    bearers = { anna: await bearer('anna'), bob: await bearer('bob'), carol: await bearer('carol') };
  });
  afterAll(() => gateway?.stop());

  const records = (): Fields[] =>
    readFileSync(join(gateway.data, 'audit', 'audit.json'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line): Fields => JSON.parse(line))
      .filter(isInference);
  const infer = (who: string, body: unknown, path = '/api/v1/inference') =>
    gateway.send('POST', path, body, { authorization: String(bearers[who]) });
  const read = async (query: string, who?: string): Promise<readonly Row[]> => {
    const headers = who === undefined ? {} : { authorization: String(bearers[who]) };
    const answer = await gateway.send('GET', `/api/v1/usage${query}`, undefined, headers);
    expect(answer.status).toBe(200);
    return answer.json().rows as Row[];
  };

  /** Requests of every kind and end; answers how many records they leave. */
  const load = async (who: string, { hasJobs = true } = {}): Promise<number> => {
    const messages = [{ role: 'user', content: `hello from ${who}` }];
    const kept = { prompt: `again, ${who}`, scenario: 'kept', temperature: 0 };
    const bodies: readonly [unknown, string?][] = [
      [{ prompt: 'hello' }],
      [{ prompt: 'hello', stream: true }],
      [{ model: 'scripted', messages, stream: true }, '/v1/chat/completions'],
      [{ model: 'scripted', prompt: ['one', 'two'] }, '/v1/completions'],
      [{ model: 'scripted', input: 'hello' }, '/v1/embeddings'],
      [{ prompt: 'hello' }, '/api/v1/tokens/count'],
      [kept],
      [kept],
      [{ prompt: 'fails', model: 'failing' }],
      [{ prompt: 'fails later', model: 'failing', stream: true }],
      [{ prompt: 'far too late', model: 'hanging', deadlineMs: 100 }],
      [{ prompt: 'late in a stream', model: 'hanging', stream: true, deadlineMs: 200 }],
      [{ prompt: 5 }],
      [{ prompt: 'a', maxTokens: 1001 }],
      [{ prompt: 'a', model: 'none' }],
      [{ prompt: 'a', scenario: 'made up' }],
      ['{'],
    ];
    for (const [body, path] of bodies) await infer(who, body, path);
    await leave(who);
    if (!hasJobs) return bodies.length + 1;
    const jobs = [
      { prompt: 'later', mode: 'async' },
      { prompt: 'later, and fails', mode: 'async', model: 'failing' },
    ];
    for (const job of jobs) expect((await infer(who, job)).status).toBe(202);
    const doomed = (await infer(who, { prompt: 'x'.repeat(500), mode: 'async', model: 'slow' })).json().id;
    const headers = { authorization: String(bearers[who]) };
    const stateOf = async () => (await gateway.send('GET', `/api/v1/jobs/${doomed}`, undefined, headers)).json().state;
    await until(stateOf, (state) => state === 'running');
    await gateway.send('DELETE', `/api/v1/jobs/${doomed}`, undefined, headers);
    return bodies.length + 1 + 3;
  };

  /** Leaves after the first word. */
  const leave = async (who: string): Promise<void> => {
    const client = createStreamClient(gateway.url, gateway.ca, String(bearers[who]).slice('Bearer '.length));
    const left = new AbortController();
    const body = { prompt: 'a long answer that nobody waits for', model: 'slow', stream: true };
    const onEvent = () => left.abort();
    await client.stream('/api/v1/inference', body, { signal: left.signal, onEvent }).catch(() => undefined);
    await client.close();
  };

  it('is, number for number, the sum of what the audit trail says of each request', async () => {
    const loads = [await load('anna'), await load('bob'), await load('anna')];
    const direct = loads.reduce((sum, count) => sum + count, 0);
    await until(openJobs, (count) => count === 0);
    // A run that failed may be tried again; one that was cancelled may end a moment after its job.
    await until(records, (found) => {
      const runs = found.filter((record) => record['labels.origin'] === 'job');
      const jobs = new Set(runs.map((record) => record['http.request.id']));
      return found.length - runs.length >= direct && jobs.size >= 3 * loads.length;
    });
    for (const [by, field] of [
      ['key', 'user.id'],
      ['model', 'gen_ai.response.model'],
      ['scenario', 'labels.scenario'],
    ] as const) {
      const rows = await read(`?by=${by}`);
      const written = await until(records, (found) => found.length >= total(rows));
      expect(sumsOf(rows)).toEqual(sumUp(written, field));
    }
    // The load had every end in it, or the comparison would say little.
    const [sums] = Object.values(sumsOf(await read('?by=key', 'anna')));
    for (const name of NUMBERS.filter((each) => each !== 'cachedTokens'))
      expect([name, sums?.[name]]).not.toEqual([name, 0]);
  });

  const total = (rows: readonly Row[]): number =>
    rows.reduce((sum, row) => sum + NUMBERS.slice(0, 6).reduce((of, name) => of + Number(row[name]), 0), 0);
  const openJobs = async (): Promise<number> => {
    let count = 0;
    for (const who of Object.keys(bearers)) {
      const headers = { authorization: String(bearers[who]) };
      const { jobs } = (await gateway.send('GET', '/api/v1/jobs?limit=100', undefined, headers)).json();
      count += (jobs as { finishedAt?: string }[]).filter(({ finishedAt }) => finishedAt === undefined).length;
    }
    return count;
  };

  it('shows a key itself alone, and an administrator all', async () => {
    const names = async (who?: string) => [...new Set((await read('', who)).map(({ name }) => name))];
    expect([await names('anna'), await names('bob'), await names()]).toEqual([
      ['jwt:anna'],
      ['jwt:bob'],
      ['jwt:anna', 'jwt:bob'],
    ]);
    expect(sumsOf(await read('?by=key', 'bob'))).toEqual(
      sumUp(
        records().filter((record) => record['user.id'] === 'jwt:bob'),
        'user.id',
      ),
    );
  });

  it('is the sum of the access log as well, whatever way a request ended', async () => {
    const asked = await load('carol', { hasJobs: false });
    // The one that was left ends a moment after its client went.
    await until(
      () => read('?by=key', 'carol'),
      (rows) => total(rows) >= asked,
    );
    const accessLog = (): Fields[] =>
      readFileSync(join(gateway.data, 'logs', 'access.json'), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line): Fields => JSON.parse(line))
        .filter((line) => line['labels.key_id'] === 'jwt:carol' && line['labels.outcome'] !== undefined);
    for (const [by, field] of [
      ['key', 'labels.key_id'],
      ['model', 'gen_ai.request.model'],
    ] as const) {
      const rows = await read(`?by=${by}`, 'carol');
      const lines = await until(accessLog, (found) => found.length >= total(rows));
      expect(sumsOf(rows)).toEqual(sumUp(lines, field, (line) => String(line['labels.outcome'])));
    }
  });

  it('has written what is a moment old when the service is killed, and goes on from there', async () => {
    const onDisk = (): number => {
      const database = new DatabaseSync(dataPaths(gateway.data).usageDb, { readOnly: true });
      try {
        return Number(database.prepare('SELECT sum(ok) AS found FROM usage').get()?.found);
      } finally {
        database.close();
      }
    };
    const before = onDisk();
    await infer('anna', { prompt: 'hello' });
    await until(onDisk, (count) => count === before + 1);
    await gateway.stop({ keepData: true, signal: 'SIGKILL' });
    gateway = await startGateway({ config: CONFIG, data: gateway.data });
    const okOf = (rows: readonly Row[]) => rows.reduce((sum, { ok }) => sum + Number(ok), 0);
    expect(okOf(await read(''))).toBe(before + 1);
    await infer('anna', { prompt: 'hello' });
    await until(
      async () => okOf(await read('')),
      (count) => count === before + 2,
    );
  });

  it('is written when the service stops, read on the command line, and purged with the key', async () => {
    await infer('anna', { prompt: 'hello' });
    await gateway.stop({ keepData: true });
    gateway = await startGateway({ config: CONFIG, data: gateway.data });
    expect(sumsOf(await read('?by=key'))).toEqual(sumUp(records(), 'user.id'));
    const { data } = gateway;
    const table = await clawdbot('usage', '--data', data);
    expect(table).toMatch(/^DAY +KEY +OK +ERROR .*\n\d{4}-\d\d-\d\d +jwt:anna +\d+ /);
    expect(await clawdbot('usage', '--by', 'model', '--csv', '--data', data)).toMatch(
      /^day,name,ok,.*\r\n.*,failing,0,/s,
    );
    const purge = async () =>
      JSON.parse(
        await clawdbot('data', 'purge', '--key', 'jwt:anna', '--before', '2100-01-01', '--json', '--data', data),
      );
    expect((await purge()).usageRows).toBeGreaterThan(0);
    expect((await read('')).map(({ name }) => name)).not.toContain('jwt:anna');
    expect(await read('', 'anna')).toEqual([]);
    await gateway.stop({ keepData: true });
    expect((await purge()).usageRows).toBe(0);
    gateway = await startGateway({ config: CONFIG, data, until: 'listening' });
  });
});
