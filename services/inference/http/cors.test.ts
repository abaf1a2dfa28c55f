import { afterEach, describe, expect, it } from 'vitest';
import { defineOperation } from './operation.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const ORIGIN = 'https://app.example.org';
const operations = [
  defineOperation({
    id: 'read',
    method: 'get',
    path: '/read',
    tag: 'test',
    summary: 'test',
    access: 'any',
    dialect: 'native',
    answers: { 200: { description: 'ok' } },
    handle: ({ context }) => context.text('read'),
  }),
];

let server: TestServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
const start = async (origins: string[]) => {
  server = await startTestServer({ operations, config: { cors: { origins, maxAgeSeconds: 60 } } });
  return server;
};
const preflight = { origin: ORIGIN, 'access-control-request-method': 'GET' };

describe.each([{ http2: false }, { http2: true }])('pages of other origins (http2: $http2)', ({ http2 }) => {
  it('get nothing as long as none is configured', async () => {
    const { send } = await start([]);
    const { headers } = await send('/read', { http2, headers: { origin: ORIGIN } });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    const asked = await send('/read', { http2, method: 'OPTIONS', headers: preflight });
    expect([asked.status, asked.headers['access-control-allow-methods']]).toEqual([204, undefined]);
  });

  it('may read answers and errors when theirs is configured, without credentials of the browser', async () => {
    const { send } = await start([ORIGIN]);
    for (const [path, status] of [
      ['/read', 200],
      ['/none', 404],
    ] as const) {
      const { status: got, headers } = await send(path, { http2, headers: { origin: ORIGIN } });
      expect([got, headers['access-control-allow-origin'], headers.vary]).toEqual([status, ORIGIN, 'origin']);
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    }
    const { headers } = await send('/read', { http2, method: 'OPTIONS', headers: preflight });
    expect(headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-max-age': '60',
    });
  });

  it.each(['https://app.example.org.evil.example', 'http://app.example.org', 'https://APP.example.org', 'null'])(
    'get nothing when theirs is only like it: %s',
    async (origin) => {
      const { send } = await start([ORIGIN]);
      const { headers } = await send('/read', { http2, headers: { origin } });
      expect([headers['access-control-allow-origin'], headers.vary]).toEqual([undefined, 'origin']);
    },
  );
});
