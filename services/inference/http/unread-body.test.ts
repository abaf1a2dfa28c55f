import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { defineOperation } from './operation.ts';
import { openGate, startTestServer, type TestServer } from './test-server.ts';

const base = {
  tag: 'test',
  summary: 'test',
  access: 'admin',
  dialect: 'native',
  answers: { 200: { description: 'ok' } },
} as const;

const LARGE = 'x'.repeat(200_000);

const operations = [
  defineOperation({
    ...base,
    id: 'echo',
    method: 'post',
    path: '/echo',
    body: z.unknown(),
    handle: ({ context }) => context.text(LARGE),
  }),
  defineOperation({
    ...base,
    id: 'drop',
    method: 'delete',
    path: '/echo',
    handle: ({ context }) => context.text(LARGE),
  }),
];

const closedGate = {
  ...openGate,
  checkAddress: () => {
    throw new ServiceError('ERR_AUTH_ADDRESS', 'not from here');
  },
};

let [server, session]: [TestServer?, ClientHttp2Session?] = [];
afterEach(async () => {
  session?.destroy();
  await server?.stop();
});

const WINDOW_BYTES = 10;
/** Long after whatever would be done moments after the answer was written; what is asserted does not depend on it. */
const LATER_MS = 100;

interface Asked {
  readonly status: number;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly gate?: typeof openGate;
  readonly body?: string;
}

const CASES: Readonly<Record<string, Asked>> = {
  'an address outside the list': { status: 403, gate: closedGate },
  'no good credential': { status: 401, headers: { authorization: 'Bearer other' } },
  'another scope': { status: 403, headers: { authorization: 'Bearer test metrics' } },
  'another content type': { status: 415, headers: { 'content-type': 'text/plain' } },
  'no such route': { status: 404, path: '/nowhere' },
  'a wrong method': { status: 405, method: 'PUT' },
  'a body too large': { status: 413, body: `"${'x'.repeat(5000)}"` },
  'a body that is not JSON': { status: 400, body: '{' },
  'a good request': { status: 200 },
  'a good request whose body nobody reads': { status: 200, method: 'DELETE' },
};

describe.each([{ ends: true }, { ends: false }])('over HTTP/2, a client whose body ends: $ends', ({ ends }) => {
  // Only an end tells the server that there is no more to wait for.
  const cases = Object.entries(CASES).filter(([, { status }]) => ends || ![200, 400].includes(status));

  it.each(cases)('that opens its window late gets the whole answer to %s', async (_, asked) => {
    const { status, method = 'POST', path = '/echo', headers, gate = openGate, body = '{}' } = asked;
    server = await startTestServer({ operations, gate, config: { maxBodyBytes: 1000 } });
    session = connect(server.url, { ca: server.ca, settings: { initialWindowSize: WINDOW_BYTES } });
    const stream = session.request(
      {
        ':method': method,
        ':path': path,
        authorization: 'Bearer test',
        'content-type': 'application/json',
        ...headers,
      },
      { endStream: false },
    );
    stream.on('error', () => undefined);
    stream.write(body);
    if (ends) stream.end();
    const [head] = await once(stream, 'response');
    await wait(LATER_MS);
    session.settings({ initialWindowSize: 2 ** 20 });
    let received = 0;
    stream.on('data', (piece: Buffer) => {
      received += piece.length;
    });
    await once(stream, 'close');
    const announced = status === 200 ? LARGE.length : Number(head['content-length']);
    expect([head[':status'], received, stream.rstCode]).toEqual([status, announced, 0]);
    await expect.poll(() => server?.accessLog.length).toBe(1);
  });
});

it('one that never opens its window is cut off after the time a reader has', async () => {
  server = await startTestServer({ operations, config: { readTimeoutMs: 100 } });
  session = connect(server.url, { ca: server.ca, settings: { initialWindowSize: WINDOW_BYTES } });
  const stream = session.request({ ':method': 'POST', ':path': '/echo' });
  stream.on('error', () => undefined);
  stream.write('{}');
  const [head] = await once(stream, 'response');
  await new Promise((resolve) => stream.once('close', resolve));
  expect([head[':status'], stream.rstCode]).toEqual([401, constants.NGHTTP2_INTERNAL_ERROR]);
  await expect.poll(() => server?.accessLog.at(-1)?.fields).toMatchObject({ 'error.code': 'ERR_HTTP_READER_STALLED' });
});

it('one that takes a little at a time is seen to read: what it took does not wait for the rest of a large answer', async () => {
  server = await startTestServer({ operations, config: { readTimeoutMs: 100 } });
  session = connect(server.url, { ca: server.ca, settings: { initialWindowSize: 20_000 } });
  const stream = session.request({ ':method': 'DELETE', ':path': '/echo', authorization: 'Bearer test' });
  stream.on('error', () => undefined);
  stream.pause();
  await new Promise((resolve) => stream.once('close', resolve));
  await expect.poll(() => server?.accessLog.length).toBe(1);
  // The window, what Node keeps ready behind it, and a piece: far less than one write of the whole would count.
  expect(Number(server.accessLog[0]?.fields?.['http.response.body.bytes'])).toBeLessThan(50_000);
});

describe('one that resets its stream', () => {
  const { NGHTTP2_NO_ERROR, NGHTTP2_CANCEL } = constants;
  it.each([
    ['while the answer is written', '/echo', NGHTTP2_NO_ERROR],
    ['while the answer is written', '/echo', NGHTTP2_CANCEL],
    ['after the answer was written', '/nowhere', NGHTTP2_NO_ERROR],
    ['after the answer was written', '/nowhere', NGHTTP2_CANCEL],
  ])('%s (%s, code %i) is not waited for', async (_, path, code) => {
    server = await startTestServer({ operations, config: { readTimeoutMs: 100 } });
    session = connect(server.url, { ca: server.ca, settings: { initialWindowSize: WINDOW_BYTES } });
    const stream = session.request({ ':method': 'DELETE', ':path': path, authorization: 'Bearer test' });
    stream.on('error', () => undefined);
    await once(stream, 'response');
    stream.close(code);
    await expect.poll(() => server?.accessLog.length, { timeout: 10_000 }).toBe(1);
  });
});
