import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { defineOperation, type Operation } from './operation.ts';
import { openGate, startTestServer, type TestServer } from './test-server.ts';

const base = { tag: 'test', summary: 'test', answers: { 200: { description: 'ok' } } } as const;
const body = z.strictObject({ text: z.string() });

const operations: Operation[] = [
  defineOperation({
    ...{ ...base, id: 'infer', method: 'post', path: '/v1/infer', access: 'inference', dialect: 'openai', body },
    handle: ({ context, caller }) => context.json({ keyId: caller.keyId }),
  }),
  defineOperation({
    ...{ ...base, id: 'one', method: 'get', path: '/api/v1/things/{id}', access: 'any', dialect: 'native' },
    handle: ({ context }) => context.json({}),
  }),
];

/** How often a credential was looked at. */
let looks = 0;

const gate = {
  ...openGate,
  verify(...[authorization, address, certificate]: Parameters<typeof openGate.verify>) {
    looks += 1;
    if (authorization === 'Bearer later') {
      return Promise.reject(new ServiceError('ERR_AUTH_CREDENTIAL_INVALID', 'the credential is not valid'));
    }
    const credential = authorization === 'Bearer test later' ? 'Bearer test' : authorization;
    const caller = openGate.verify(credential, address, certificate);
    return authorization === 'Bearer test later' ? Promise.resolve(caller) : caller;
  },
};

describe.each([false, true])('what the head of a request refuses (http2: %s)', (http2) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ operations, gate, config: { maxBodyBytes: 64 } });
  });
  afterAll(() => server.stop());

  const post = (headers: Record<string, string>, sent: unknown = { text: 'a' }, path = '/v1/infer') =>
    server.send(path, { http2, headers, body: sent });

  it.each([
    ['no credential', { authorization: '' }, {}, 401],
    ['a credential that is wrong', { authorization: 'Bearer wrong' }, {}, 401],
    ['one found wrong only later', { authorization: 'Bearer later' }, {}, 401],
    ['one without the scope', { authorization: 'Bearer test metrics' }, {}, 403],
    ['a body of another type', { 'content-type': 'text/plain' }, 'text', 415],
    ['a body that is too large', {}, { text: 'x'.repeat(100) }, 413],
  ])('refuses %s and looks at it once', async (_, headers, sent, status) => {
    const before = looks;
    const answer = await post(headers, sent);
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ error: { type: expect.any(String), param: null } });
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
    expect(looks - before).toBe(1);
    expect(server.accessLog.at(-1)?.fields).toMatchObject({ 'http.response.status_code': status });
  });

  it.each(['Bearer test', 'Bearer test later'])('lets the others through with one look (%s)', async (authorization) => {
    const before = looks;
    const answer = await post({ authorization });
    expect([answer.status, answer.json(), looks - before]).toEqual([200, { keyId: 'key:test' }, 1]);
  });

  it('goes on with the next request on the connection after each refusal', async () => {
    for (let times = 0; times < 5; times += 1) {
      expect((await post({ authorization: '' })).status).toBe(401);
      expect((await post({})).status).toBe(200);
    }
  });

  it('knows the routes that exist from those that do not, also where names are parts of them', async () => {
    const statusOf = async (path: string) => (await server.send(path, { http2 })).status;
    expect(await Promise.all(['/nowhere', '/api/v1/things', '/api/v1/things/1', '/v1/infer'].map(statusOf))).toEqual([
      ...[404, 404, 200, 405],
    ]);
    expect((await post({ authorization: '' }, {}, '/v1/%69nfer')).status).toBe(401);
    expect((await server.send('/v1/nowhere', { http2 })).json()).toMatchObject({ error: { type: expect.any(String) } });
    expect((await server.send('/nowhere', { http2 })).json()).toMatchObject({ error: { code: 'ERR_HTTP_NOT_FOUND' } });
  });
});

it('leaves the connection of a refused client whose body came while this process was busy', async () => {
  const server = await startTestServer({ operations, gate });
  const socket = connect({ port: server.port, host: '127.0.0.1', ca: server.ca });
  const body = 'x'.repeat(10_000);
  const next = 'GET /api/v1/things/1 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer test\r\n\r\n';
  await once(socket, 'secureConnect');
  socket.write(`POST /v1/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n`);
  await once(socket, 'data');
  socket.write(`${body}${next}`);
  // Longer than a refused client is waited for: the timer is due before anything of the body was read.
  const busyUntil = performance.now() + 600;
  while (performance.now() < busyUntil);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
  socket.destroy();
  await server.stop();
});
