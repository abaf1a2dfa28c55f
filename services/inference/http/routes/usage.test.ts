import { describe, expect, it } from 'vitest';
import type { Operation } from '../operation.ts';
import { startTestServer } from '../test-server.ts';
import type { UsageRow } from './schemas-usage.ts';
import { type UsageDeps, usageOperations } from './usage.ts';

const TODAY = Date.UTC(2026, 10, 29, 23, 59);
const ROW: UsageRow = {
  ...{ day: '2026-11-28', name: 'jwt:anna', ok: 2, error: 1, timeout: 0, rejected: 0, cancelled: 0, submitted: 0 },
  ...{ cacheHits: 1, promptTokens: 30, completionTokens: 40, cachedTokens: 10 },
};
const ROWS = [ROW, { ...ROW, day: '2026-11-29', name: null, ok: 5 }];

type Asked = Parameters<UsageDeps['usage']['report']>[0];

/** One request against the real server; what the roll-up was asked comes back with the answer. */
const ask = async (
  query: string,
  { scope = 'inference', headers = {}, rows = ROWS as readonly UsageRow[] | null } = {},
) => {
  const asked: Asked[] = [];
  const report = async (next: Asked) => {
    asked.push(next);
    return rows ?? undefined;
  };
  const operations: Operation[] = usageOperations({
    now: () => TODAY,
    usage: { report, keptFrom: () => '2026-11-01' },
  });
  const server = await startTestServer({ operations });
  try {
    const answer = await server.send(`/api/v1/usage${query}`, {
      method: 'GET',
      headers: { authorization: `Bearer test ${scope}`, ...headers },
    });
    return { ...answer, asked: asked[0] };
  } finally {
    await server.stop();
  }
};

describe('GET /api/v1/usage', () => {
  it('answers the last 30 days of the asking key, with totals', async () => {
    const { status, text, asked } = await ask('');
    expect(asked).toMatchObject({
      by: 'key',
      from: '2026-10-31',
      to: '2026-11-29',
      owner: { keyId: expect.any(String) },
    });
    expect([status, JSON.parse(text)]).toEqual([
      200,
      {
        ...{ by: 'key', of: 'self', from: '2026-10-31', to: '2026-11-29', keptFrom: '2026-11-01', rows: ROWS },
        totals: {
          ...{ ok: 7, error: 2, timeout: 0, rejected: 0, cancelled: 0, submitted: 0 },
          ...{ cacheHits: 2, promptTokens: 60, completionTokens: 80, cachedTokens: 20 },
        },
      },
    ]);
  });

  it('answers for all with the scope admin, whatever else the caller may do', async () => {
    for (const scope of ['admin', 'inference admin']) {
      const { text, asked } = await ask('?by=model&from=2026-11-01&to=2026-11-01', { scope });
      expect(asked).toMatchObject({ by: 'model', from: '2026-11-01', to: '2026-11-01', owner: undefined });
      expect(JSON.parse(text).of).toBe('all');
    }
  });

  it.each([
    ['?format=csv', {}],
    ['', { accept: 'text/csv' }],
    ['?format=csv', { accept: 'application/json' }],
  ])('answers CSV for %j with %j', async (query, headers) => {
    const odd = [{ ...ROW, name: 'jwt:a "b", c' }, ...ROWS.slice(1)];
    const { text, headers: got } = await ask(query, { headers, rows: odd });
    expect(got['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(text.split('\r\n')).toEqual([
      'day,name,ok,error,timeout,rejected,cancelled,submitted,cacheHits,promptTokens,completionTokens,cachedTokens',
      '2026-11-28,"jwt:a ""b"", c",2,1,0,0,0,0,1,30,40,10',
      '2026-11-29,,5,1,0,0,0,0,1,30,40,10',
      '',
    ]);
  });

  it('answers JSON where the question says so, whatever `accept` says', async () => {
    const { headers } = await ask('?format=json', { headers: { accept: 'text/csv' } });
    expect(headers['content-type']).toBe('application/json');
  });

  it.each([
    ['?from=2026-02-30', 'from: expected a day as YYYY-MM-DD, got a string'],
    ['?to=2026-11-29T00:00:00Z', 'to: expected a day as YYYY-MM-DD, got a string'],
    ['?from=-1', 'from: expected a day as YYYY-MM-DD, got a string'],
    ['?from=2026-11-30', 'from: expected a day that is not after `to` (2026-11-29), got 2026-11-30; swap the two'],
    [
      '?from=2025-11-28',
      'from: expected at most 366 days up to `to` (2026-11-29), got 367 days; ask for fewer at once',
    ],
    ['?by=tenant', 'by: expected one of "key", "model", "scenario", got a string'],
    ['?since=2026-11-01', 'since: no such field; the route knows (by, from, to, format)'],
  ])('refuses %s, and says why', async (query, message) => {
    const { status, text, asked } = await ask(query);
    const { error } = JSON.parse(text);
    expect([status, error.code, error.message, asked]).toEqual([
      400,
      'ERR_HTTP_BODY_INVALID',
      expect.stringContaining(message),
      undefined,
    ]);
    expect(error.details.problems).toHaveLength(1);
  });

  it('takes a whole leap year', async () => {
    expect((await ask('?from=2024-01-01&to=2024-12-31')).status).toBe(200);
  });

  it('refuses more rows than an answer holds rather than leaving some out', async () => {
    const { status, text } = await ask('', { rows: null });
    expect([status, JSON.parse(text).error.message]).toEqual([
      400,
      'from: expected at most 20000 rows, got more from 2026-10-31 to 2026-11-29; ask for fewer days at once',
    ]);
  });
});
