import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect, type TLSSocket } from 'node:tls';
import { stream as honoStream } from 'hono/streaming';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { defineOperation, type Operation } from './operation.ts';
import { beginStream } from './raw-response.ts';
import { openGate, startTestServer, type TestServer, type TestServerOptions } from './test-server.ts';

const base = {
  tag: 'test',
  summary: 'test',
  access: 'any',
  dialect: 'native',
  answers: { 200: { description: 'ok' } },
} as const;

let release: () => void = () => {};
let entered = 0;
const LARGE = 3_000_000;

const get = (id: string, handle: Operation['handle']): Operation =>
  defineOperation({ ...base, id, method: 'get', path: `/${id}`, handle });

const operations: Operation[] = [
  get('open', ({ context }) => context.text('open')),
  get('large', ({ context }) => context.text('x'.repeat(LARGE))),
  defineOperation({
    ...base,
    id: 'echo',
    method: 'post',
    path: '/echo',
    body: z.unknown(),
    handle: ({ body, context }) => context.json(body),
  }),
  get('wait', async ({ context }) => {
    entered++;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return context.text('waited');
  }),
  get(
    'forbidden',
    () => new Response('x', { headers: { connection: 'close', 'transfer-encoding': 'chunked', 'keep-alive': '1' } }),
  ),
  get('hono-stream', ({ context }) => {
    context.header('Connection', 'keep-alive');
    context.header('Transfer-Encoding', 'chunked');
    return honoStream(context, async (out) => {
      await out.write('streamed');
    });
  }),
  get('bad-header', ({ context }) => context.text('x', 200, { 'x-bad': 'a\nb' })),
  get('bad-raw-header', ({ context }) => beginStream(context, 200, { 'x-bad': 'a\r\nset-cookie: b' }).response),
  get('bad-status', ({ context }) => beginStream(context, 42, {}).response),
  get('throw-in-stream', ({ context }) =>
    honoStream(context, async (out) => {
      await out.write('half');
      throw new Error('in the middle');
    }),
  ),
  get(
    'error-in-web-stream',
    () => new Response(new ReadableStream({ start: (controller) => controller.error(new Error('at once')) })),
  ),
  get('write-after-end', ({ context }) => {
    const stream = beginStream(context, 200, {});
    stream.end();
    stream.write('late');
    stream.end();
    return stream.response;
  }),
];

let server: TestServer | undefined;
const start = async (config: TestServerOptions['config'] = {}, gate = openGate): Promise<TestServer> => {
  server = await startTestServer({ operations, gate, config });
  return server;
};
afterEach(async () => {
  release();
  await server?.stop();
  server = undefined;
});

const dial = async ({ port, ca }: TestServer): Promise<TLSSocket> => {
  const socket = connect({ port, host: '127.0.0.1', ca, ALPNProtocols: ['http/1.1'] });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
};

const textOf = async (socket: TLSSocket): Promise<string> => {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
};

const HEAD = 'host: localhost\r\nauthorization: Bearer test\r\ncontent-type: application/json\r\n';

describe('the TLS floor', () => {
  it('is 1.3: an older handshake is refused', async () => {
    const running = await start();
    const { port, ca } = running;
    const socket = connect({ port, host: '127.0.0.1', ca, maxVersion: 'TLSv1.2' });
    const [error] = await once(socket, 'error');
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    const modern = await dial(running);
    expect(modern.getProtocol()).toBe('TLSv1.3');
    modern.destroy();
  });
});

describe('a request that is too slow or too large (HTTP/1.1)', () => {
  it('gets 408 when its body stops', async () => {
    const socket = await dial(await start({ bodyTimeoutMs: 100 }));
    socket.write(`POST /echo HTTP/1.1\r\n${HEAD}content-length: 10\r\n\r\n{"a"`);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 408 [\s\S]*ERR_HTTP_BODY_TIMEOUT/);
  });

  it('gets 408 when its head stops', async () => {
    const socket = await dial(await start({ headTimeoutMs: 100 }));
    socket.write('POST /echo HTTP/1.1\r\nhost: loc');
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 408 [\s\S]*ERR_HTTP_BODY_TIMEOUT/);
  });

  it('gets 431 when its head is larger than allowed', async () => {
    const socket = await dial(await start({ maxHeaderBytes: 2048 }));
    socket.write(`GET /open HTTP/1.1\r\n${HEAD}x-large: ${'x'.repeat(4000)}\r\n\r\n`);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 431 [\s\S]*ERR_HTTP_HEAD_TOO_LARGE/);
  });

  it('gets 400 when it is not HTTP', async () => {
    const socket = await dial(await start());
    socket.write('hello\r\n\r\n');
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 400 [\s\S]*ERR_HTTP_MALFORMED/);
  });

  it('gets 400 when its host is not one', async () => {
    const socket = await dial(await start());
    socket.write('GET /open HTTP/1.1\r\nhost: a b/c\r\nconnection: close\r\n\r\n');
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 400 [\s\S]*x-request-id: req_[\s\S]*ERR_HTTP_MALFORMED/);
  });

  it('gets 413 from the announced length, before the body is sent', async () => {
    const socket = await dial(await start({ maxBodyBytes: 100 }));
    socket.write(`POST /echo HTTP/1.1\r\n${HEAD}content-length: 101\r\n\r\n`);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 413 [\s\S]*ERR_HTTP_BODY_TOO_LARGE/);
  });

  it('gets 413 when chunks announce no length', async () => {
    const socket = await dial(await start({ maxBodyBytes: 100 }));
    socket.write(`POST /echo HTTP/1.1\r\n${HEAD}transfer-encoding: chunked\r\n\r\n`);
    for (let index = 0; index < 20; index++) socket.write(`a\r\n${'x'.repeat(10)}\r\n`);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('is asked for its body only once it was accepted', async () => {
    const socket = await dial(await start({ maxBodyBytes: 100 }));
    socket.write(`POST /echo HTTP/1.1\r\n${HEAD}expect: 100-continue\r\ncontent-length: 2\r\n\r\n`);
    const [first] = await once(socket, 'data');
    expect(String(first)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('{}');
    const [second] = await once(socket, 'data');
    expect(String(second)).toMatch(/^HTTP\/1\.1 200 /);
    socket.write(`POST /echo HTTP/1.1\r\n${HEAD}expect: 100-continue\r\ncontent-length: 200\r\n\r\n`);
    const [third] = await once(socket, 'data');
    expect(String(third)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe('an address outside the list', () => {
  const closed = {
    ...openGate,
    checkAddress: () => {
      throw new ServiceError('ERR_AUTH_ADDRESS', 'not from here');
    },
  };

  it('gets 403 before any body is read, credential or not', async () => {
    const socket = await dial(await start({}, closed));
    socket.write(
      'POST /v1/echo HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 1000000\r\n\r\n',
    );
    const text = await textOf(socket);
    expect(text).toMatch(/^HTTP\/1\.1 403 [\s\S]*address_not_allowed/);
  });

  it('gets 403 over HTTP/2, and the stream is reset instead of read', async () => {
    const { url, ca } = await start({}, closed);
    const session = connectHttp2(url, { ca });
    const request = session.request({ ':method': 'POST', ':path': '/echo' });
    request.write('{');
    const [headers] = await once(request, 'response');
    expect(headers[':status']).toBe(403);
    await once(request.resume(), 'close');
    expect(request.rstCode).toBe(0);
    session.destroy();
  });
});

describe('a client that is slow or hostile (HTTP/2)', () => {
  it('gets 408 when its body stops', async () => {
    const { url, ca } = await start({ bodyTimeoutMs: 100 });
    const session = connectHttp2(url, { ca });
    const headers = {
      ':method': 'POST',
      ':path': '/echo',
      authorization: 'Bearer test',
      'content-type': 'application/json',
    };
    const request = session.request(headers);
    request.on('error', () => {});
    request.write('{');
    const [answer] = await once(request, 'response');
    expect(answer[':status']).toBe(408);
    session.destroy();
  });

  it('that opens and cancels streams without end costs nobody else', async () => {
    const { url, ca, send } = await start();
    const session = connectHttp2(url, { ca });
    session.on('error', () => {});
    for (let round = 0; round < 3000 && !session.destroyed; round++) {
      const request = session.request({ ':path': '/wait', authorization: 'Bearer test' });
      request.on('error', () => {});
      request.close(constants.NGHTTP2_CANCEL);
    }
    expect((await send('/open', { http2: true })).text).toBe('open');
    session.destroy();
  });

  it('that is idle is told to go; one that waits for an answer is not', async () => {
    const { url, ca } = await start({ idleTimeoutMs: 1000, headTimeoutMs: 1000 });
    entered = 0;
    const idle = connectHttp2(url, { ca });
    const busy = connectHttp2(url, { ca });
    const request = busy.request({ ':path': '/wait', authorization: 'Bearer test' });
    await expect.poll(() => entered).toBe(1);
    await once(idle, 'goaway');
    expect(busy.closed).toBe(false);
    release();
    const [answer] = await once(request, 'response');
    expect(answer[':status']).toBe(200);
    busy.destroy();
    idle.destroy();
  });
});

describe('a large head over HTTP/2', () => {
  it('costs its stream, not the session', async () => {
    const { url, ca } = await start({ maxHeaderBytes: 2048 });
    const session = connectHttp2(url, { ca });
    const large = session.request({ ':path': '/open', 'x-large': 'x'.repeat(4000), authorization: 'Bearer test' });
    // Refused by us, or by Node where the client has acknowledged the limit by then.
    const status = await once(large, 'response').then(
      ([headers]) => headers[':status'],
      () => 431,
    );
    expect(status).toBe(431);
    const small = session.request({ ':path': '/open', authorization: 'Bearer test' });
    const [headers] = await once(small, 'response');
    expect(headers[':status']).toBe(200);
    session.destroy();
  });
});

describe.each([{ http2: false }, { http2: true }])('an answer that cannot be written (http2: $http2)', ({ http2 }) => {
  it.each([
    ['/forbidden', 200],
    ['/hono-stream', 200],
    ['/bad-header', 500],
    ['/bad-raw-header', 500],
    ['/bad-status', 500],
    ['/write-after-end', 200],
  ])('%s answers %i and the process lives on', async (path, status) => {
    const { send } = await start();
    const answer = await send(path, { http2 });
    expect(answer.status).toBe(status);
    expect(answer.headers['set-cookie']).toBeUndefined();
    if (status === 500)
      expect(answer.json()).toMatchObject({
        error: { code: 'ERR_HTTP_INTERNAL', requestId: answer.headers['x-request-id'] },
      });
    expect((await send('/open', { http2 })).text).toBe('open');
  });

  it.each(['/throw-in-stream', '/error-in-web-stream'])('%s costs that request only', async (path) => {
    const { send } = await start();
    await send(path, { http2 }).catch(() => undefined);
    expect((await send('/open', { http2 })).text).toBe('open');
  });
});

describe.each([{ http2: false }, { http2: true }])('closing (http2: $http2)', ({ http2 }) => {
  it('lets a request under way finish, takes no new connection, and may be asked twice', async () => {
    const { send, open, close, port, ca } = await start();
    entered = 0;
    const waiting = send('/wait', { http2 });
    await expect.poll(() => entered).toBe(1);
    const closing = close(60_000);
    const again = close(60_000);
    const late = connect({ port, host: '127.0.0.1', ca });
    await once(late, 'error');
    release();
    const answer = await waiting;
    expect(answer.text).toBe('waited');
    if (!http2) expect(answer.headers.connection).toBe('close');
    await Promise.all([closing, again]);
    await expect(open('/open', { http2 })).rejects.toThrow();
  });

  it('delivers a large answer whole', async () => {
    const { send, open, close } = await start();
    const answer = await open('/large', { http2 });
    const closing = close(60_000);
    expect((await answer.body.text()).length).toBe(LARGE);
    await closing;
    await expect(send('/open', { http2 })).rejects.toThrow();
  });

  it('cuts what is still under way after the time', async () => {
    const { send, close } = await start();
    entered = 0;
    const waiting = send('/wait', { http2 }).catch(() => 'cut');
    await expect.poll(() => entered).toBe(1);
    await close(10);
    expect(await waiting).toBe('cut');
  });

  it('is not held up by idle connections', async () => {
    const { send, close } = await start();
    await send('/open', { http2 });
    await close(60_000);
  });
});

describe('listening', () => {
  it('says when the port is taken', async () => {
    const { port } = await start();
    await expect(startTestServer({ operations, config: { port } })).rejects.toThrow(
      `server.port: expected a free port, got ${port}`,
    );
  });
});
