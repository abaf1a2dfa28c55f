import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import { sample, until } from '../stream.ts';
import { get, NATIVE } from './attack.ts';
import { type Door, dial } from './send-http1.ts';

/** Attackers at once, and how many hold a place at most in the crowded gateway. */
const MANY = 500;
const PLACES = 100;

const doorOf = ({ url, ca }: TestGateway): Door => ({ port: Number(new URL(url).port), ca });

/** Many connections that begin something and never end it. */
const besiege = async (door: Door, count: number, bytes: string): Promise<TLSSocket[]> => {
  const sockets: TLSSocket[] = [];
  for (let at = 0; at < count; at += 50) {
    sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, count - at) }, () => dial(door)))));
  }
  for (const socket of sockets) socket.write(bytes);
  return sockets;
};

/** One handshake, or what becomes of it. */
const shake = ({ port, ca }: Door): Promise<'taken' | 'refused'> =>
  new Promise((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', ca, servername: 'localhost' });
    socket.on('error', () => resolve('refused'));
    socket.once('close', () => resolve('refused'));
    socket.once('secureConnect', () => {
      resolve('taken');
      socket.destroy();
    });
  });

const end = (sockets: readonly TLSSocket[]): void => {
  for (const socket of sockets) socket.destroy();
};

const serves = async (gateway: TestGateway, times: number): Promise<void> => {
  for (let time = 0; time < times; time++) {
    const answer = await gateway.send('POST', NATIVE, { prompt: 'hello', maxTokens: 4 });
    expect(answer.status).toBe(200);
  }
};

const refusals = async (gateway: TestGateway, reason: string): Promise<number> =>
  sample((await gateway.send('GET', '/api/v1/metrics')).text, `clawdbot_http_refused_total{reason="${reason}"}`) ?? 0;

const memoryOf = async (gateway: TestGateway): Promise<number> =>
  sample((await gateway.send('GET', '/api/v1/metrics')).text, 'process_memory_usage_bytes') ?? Number.NaN;

describe(`${MANY} connections that are slow`, () => {
  let gateway: TestGateway;
  let token: string;
  beforeAll(async () => {
    gateway = await startGateway({
      config: {
        server: { headTimeoutMs: 120_000, bodyTimeoutMs: 120_000, minBodyBytesPerSecond: 0, readTimeoutMs: 2000 },
        models: [scriptedModel({ reply: 'fine' })],
      },
    });
    token = await gateway.token('inference');
  });
  afterAll(async () => void (await gateway.stop()));

  const bodies = () =>
    `POST ${NATIVE} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"prompt":`;

  it.each([
    ['heads', () => 'GET /api/v1/health/live HTTP/1.1\r\nhost: local'],
    ['bodies', bodies],
    ['silence', () => ''],
  ])('in their %s do not keep others waiting: all of these are answered before one of those ends', async (_, bytes) => {
    const sockets = await besiege(doorOf(gateway), MANY, bytes());
    await serves(gateway, 100);
    expect(sockets.filter(({ closed, destroyed }) => closed || destroyed)).toEqual([]);
    end(sockets);
  });

  it('in reading do not either, cost a piece each instead of a file, and are cut off', async () => {
    const before = await refusals(gateway, 'reader');
    const sockets = await besiege(doorOf(gateway), 100, '');
    const memory = await memoryOf(gateway);
    for (const socket of sockets) socket.pause();
    const ask = get('/docs/swagger-ui-bundle.js').replace('{token}', token).repeat(4);
    for (const socket of sockets) socket.write(ask);
    await serves(gateway, 100);
    // Whole, the files would take four times that.
    expect((await memoryOf(gateway)) - memory).toBeLessThan(128 * 2 ** 20);
    expect(
      await until(
        () => refusals(gateway, 'reader'),
        (count) => count >= before + 100,
      ),
    ).toBeGreaterThanOrEqual(100);
    end(sockets);
  });

  it('in reading over HTTP/2 with a window of nothing are cut off, their session is not', async () => {
    const before = await refusals(gateway, 'reader');
    const session = connectHttp2(gateway.url, { ca: gateway.ca, settings: { initialWindowSize: 0 } });
    session.on('error', () => undefined);
    const streams = Array.from({ length: 50 }, () => session.request({ ':path': '/docs/swagger-ui-bundle.js' }));
    for (const stream of streams) stream.on('error', () => undefined);
    await Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('close', resolve))));
    expect(await refusals(gateway, 'reader')).toBe(before + 50);
    expect(session.closed).toBe(false);
    session.destroy();
  });

  it('in their handshakes do not keep others waiting', async () => {
    const { port } = doorOf(gateway);
    const sockets = Array.from({ length: MANY }, () => connectPlain(port, '127.0.0.1').on('error', () => undefined));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    await serves(gateway, 50);
    expect(sockets.filter(({ closed }) => closed)).toEqual([]);
    for (const socket of sockets) socket.destroy();
  });
});

describe('a stream whose client stops reading', () => {
  it('is cut off, and its generation ends long before it would', async () => {
    const model = scriptedModel({ reply: 'x'.repeat(10_000), charactersPerChunk: 10, tokenMs: 1000 });
    const gateway = await startGateway({ config: { server: { readTimeoutMs: 1000 }, models: [model] } });
    const session = connectHttp2(gateway.url, { ca: gateway.ca, settings: { initialWindowSize: 0 } });
    session.on('error', () => undefined);
    const token = await gateway.token('inference');
    const headers = { ':method': 'POST', ':path': NATIVE, 'content-type': 'application/json' };
    const stream = session.request({ ...headers, authorization: `Bearer ${token}` });
    stream.on('error', () => undefined);
    stream.end(JSON.stringify({ prompt: 'a', maxTokens: 1000, stream: true }));
    const page = async () => (await gateway.send('GET', '/api/v1/metrics')).text;
    await until(page, (text) => sample(text, 'clawdbot_requests_active') === 1);
    await until(page, (text) => sample(text, 'clawdbot_requests_active') === 0);
    expect(await refusals(gateway, 'reader')).toBe(1);
    session.destroy();
    await gateway.stop();
  });
});

describe('more connections than there are places', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      config: {
        server: { maxConnections: PLACES, headTimeoutMs: 120_000, connectionsPerSecond: 100_000 },
        models: [scriptedModel({ reply: 'fine' })],
      },
    });
  });
  afterAll(async () => void (await gateway.stop()));

  it('take the places of those that do nothing, so that whoever asks something is answered', async () => {
    const sockets = await besiege(doorOf(gateway), MANY, 'GET / HTTP/1.1\r\n');
    await serves(gateway, 20);
    await until(
      () => sockets.filter(({ closed }) => closed).length,
      (closed) => closed >= MANY - PLACES,
    );
    expect(await refusals(gateway, 'made_room')).toBeGreaterThanOrEqual(MANY - PLACES);
    const page = (await gateway.send('GET', '/api/v1/metrics')).text;
    const open = ['busy', 'idle'].map(
      (state) => sample(page, `clawdbot_http_connections{listener="main",state="${state}"}`) ?? 0,
    );
    expect((open[0] ?? 0) + (open[1] ?? 0)).toBeLessThanOrEqual(PLACES);
    end(sockets);
  });
});

describe('an address that connects again and again', () => {
  it('is refused before TLS once its burst is used up', async () => {
    const gateway = await startGateway({
      config: {
        server: { maxConnectionsPerAddress: 20, connectionsPerSecond: 1 },
        models: [scriptedModel({ reply: 'fine' })],
      },
    });
    // The connection of the test itself; it is kept, and works on.
    await serves(gateway, 1);
    const outcomes: string[] = [];
    for (let time = 0; time < 60; time++) outcomes.push(await shake(doorOf(gateway)));
    expect(outcomes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'taken'));
    expect(outcomes.filter((outcome) => outcome === 'refused').length).toBeGreaterThan(30);
    expect(await refusals(gateway, 'connection_rate')).toBeGreaterThan(30);
    await gateway.stop();
  });
});
