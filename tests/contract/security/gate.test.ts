import { createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Config, configSchema } from '../../../core/config/schema.ts';
import { type Auth, createAuth } from '../../../services/inference/auth/auth.ts';
import { openKeyStore } from '../../../services/inference/auth/key-store.ts';
import { ensureLocalKeys } from '../../../services/inference/auth/local-keys.ts';
import { mintToken } from '../../../services/inference/auth/mint.ts';
import type { Scope } from '../../../services/inference/call.ts';
import { defineOperation, type Operation } from '../../../services/inference/http/operation.ts';
import { startTestServer, type TestServer } from '../../../services/inference/http/test-server.ts';

const base = { tag: 'test', summary: 'test', dialect: 'native', answers: { 200: { description: 'ok' } } } as const;
let handled = 0;
const operation = (id: string, access: Operation['access']): Operation =>
  defineOperation({
    ...base,
    id,
    method: 'post',
    path: `/${id}`,
    access,
    body: z.unknown(),
    handle({ caller, context }) {
      handled++;
      return context.json({ keyId: caller?.keyId ?? null, address: caller?.address ?? null });
    },
  });
const operations = [
  operation('inference', 'inference'),
  operation('admin', 'admin'),
  operation('any', 'any'),
  operation('open', 'address'),
];

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });

let dir: string;
let paths: { keys: string; authDb: string };
let auth: Auth;
let server: TestServer;

const openAuth = (config: Config) =>
  createAuth({ config: config.auth, server: config.server, paths, log: { info: () => {}, warn: () => {} } });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-gate-'));
  paths = { keys: join(dir, 'keys'), authDb: join(dir, 'auth.db') };
  const jwks = join(dir, 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] }));
  await writeFile(join(dir, 'secret'), 'x'.repeat(40));
  const jwt = { jwks, algorithms: ['RS256', 'HS256'], secretFile: join(dir, 'secret') };
  auth = await openAuth(configSchema.parse({ auth: { jwt, throttle: { failures: 0 } } }));
  server = await startTestServer({ operations, gate: auth });
});
afterAll(async () => {
  await server.stop();
  auth.stop();
  await rm(dir, { recursive: true, force: true });
});

interface TokenShape {
  readonly claims?: Record<string, unknown>;
  readonly alg?: string;
  readonly kid?: string;
  readonly key?: Parameters<SignJWT['sign']>[0];
}

const token = ({ claims = {}, alg = 'RS256', kid = 'one', key = privateKey }: TokenShape = {}) => {
  const at = Math.floor(Date.now() / 1000);
  const payload = { iss: 'clawdbot', aud: 'clawdbot', sub: 'alice', exp: at + 600, scope: 'inference', ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(key);
};

const unsigned = (header: object) => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 600;
  return `${encode(header)}.${encode({ iss: 'clawdbot', aud: 'clawdbot', sub: 'alice', exp, scope: 'inference' })}`;
};

const confused = () => {
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const text = unsigned({ alg: 'HS256', kid: 'one' });
  return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
};

const past = () => Math.floor(Date.now() / 1000) - 3600;

describe.each([{ http2: false }, { http2: true }])('the gate (http2: $http2)', ({ http2 }) => {
  const send = (path: string, credential: string | undefined, headers: Record<string, string> = {}) =>
    server.send(path, {
      http2,
      body: {},
      headers: { authorization: credential === undefined ? '' : `Bearer ${credential}`, ...headers },
    });

  it('lets a good token in, the first time and again', async () => {
    const credential = await token();
    for (let time = 0; time < 2; time++) {
      const answer = await send('/inference', credential);
      expect(answer.json()).toEqual({ keyId: 'jwt:alice', address: '127.0.0.1' });
    }
  });

  it('asks nothing of operations that carry no data', async () => {
    expect((await send('/open', undefined)).json()).toEqual({ keyId: null, address: null });
  });

  it.each<[string, () => string | Promise<string>]>([
    ['alg none', () => `${unsigned({ alg: 'none' })}.`],
    ['algorithm confusion', confused],
    ['an expired token', () => token({ claims: { exp: past() } })],
    ['a token for another audience', () => token({ claims: { aud: 'other' } })],
    ['a token of another issuer', () => token({ claims: { iss: 'other' } })],
    ['an unknown key id', () => token({ kid: 'two', key: stranger.privateKey })],
    ['another key of the same id', () => token({ key: stranger.privateKey })],
    ['a token without expiry', () => token({ claims: { exp: undefined } })],
    ['an algorithm that is not allowed', () => token({ alg: 'PS256' })],
    ['garbage', () => 'garbage'],
    ['an unknown API key', () => `cbk_00000000_${'A'.repeat(43)}`],
  ])('answers 401 to %s and reveals nothing', async (_, make) => {
    const before = handled;
    const answer = await send('/inference', await make());
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="clawdbot", error="invalid_token"');
    expect(answer.json()).toEqual({
      error: {
        code: 'ERR_AUTH_CREDENTIAL_INVALID',
        message: 'authorization: expected a valid credential, got one that is not; mint a new one',
        requestId: answer.headers['x-request-id'],
      },
    });
    expect(handled).toBe(before);
  });

  it('answers 401 where there is no credential', async () => {
    const answer = await send('/any', undefined);
    expect([answer.status, answer.json()]).toMatchObject([401, { error: { code: 'ERR_AUTH_CREDENTIAL_MISSING' } }]);
  });

  it('answers 403 where the scope is missing, and takes any credential where any will do', async () => {
    const credential = await token({ claims: { scope: 'inference metrics' } });
    const answer = await send('/admin', credential);
    expect([answer.status, answer.json()]).toMatchObject([
      403,
      { error: { code: 'ERR_AUTH_SCOPE', details: { scope: 'admin' } } },
    ]);
    expect((await send('/any', await token({ claims: { scope: '' } }))).status).toBe(200);
  });

  it('takes an API key as soon as another process made it, until that process revokes it', async () => {
    const { pepper } = await ensureLocalKeys(paths.keys);
    const store = openKeyStore({ file: paths.authDb, pepper, now: Date.now });
    const { id, key } = store.create({ name: 'test', scopes: ['inference'], expiresAt: null });
    const status = async () => (await send('/inference', key)).status;
    await expect.poll(status, { timeout: 30_000 }).toBe(200);
    expect((await send('/inference', key)).json()).toMatchObject({ keyId: `key:${id}` });
    expect((await send('/admin', key)).status).toBe(403);
    store.revoke(id);
    await expect.poll(status, { timeout: 30_000 }).toBe(401);
    store.close();
  });

  it('looks for a credential in the authorization header and nowhere else', async () => {
    const credential = await token();
    const attempts: [string, Record<string, string>][] = [
      [`/inference?access_token=${credential}&token=${credential}&api_key=${credential}`, {}],
      ['/inference', { cookie: `authorization=Bearer ${credential}; token=${credential}` }],
      ['/inference', { 'x-api-key': credential, 'api-key': credential, 'proxy-authorization': `Bearer ${credential}` }],
      [
        '/inference',
        { 'x-authorization': `Bearer ${credential}`, 'x-forwarded-authorization': `Bearer ${credential}` },
      ],
    ];
    for (const [path, headers] of attempts) {
      const answer = await server.send(path, {
        http2,
        body: { access_token: credential },
        headers: { authorization: '', ...headers },
      });
      expect([path, answer.status, answer.json()]).toMatchObject([
        path,
        401,
        { error: { code: 'ERR_AUTH_CREDENTIAL_MISSING' } },
      ]);
    }
  });

  it.each(['bearer', 'BEARER', 'BeArEr'])('takes the scheme %s', async (scheme) => {
    const headers = { authorization: `${scheme} ${await token()}` };
    expect((await server.send('/inference', { http2, body: {}, headers })).status).toBe(200);
  });

  it('takes no two of them, whichever is good', async () => {
    const good = `Bearer ${await token()}`;
    const raw = (values: string[]) => (http2 ? sendTwo2(server, values) : sendTwo1(server, values));
    expect([
      await raw([good]),
      await raw([good, good]),
      await raw([good, 'Bearer x']),
      await raw(['Bearer x', good]),
    ]).toEqual([200, 400, 400, 400]);
  });

  it('never writes a credential into a log', async () => {
    const credential = await token();
    await send(`/inference?token=${credential}`, credential);
    await expect.poll(() => server.accessLog.length).toBeGreaterThan(0);
    const lines = JSON.stringify([server.accessLog, server.appLog]);
    expect(lines).not.toContain(credential);
    expect(lines).toContain('jwt:alice');
  });
});

describe('addresses', () => {
  const gateFor = async (config: Record<string, unknown>): Promise<[TestServer, Auth]> => {
    const gate = await openAuth(configSchema.parse(config));
    return [await startTestServer({ operations, gate }), gate];
  };

  it.each([{ http2: false }, { http2: true }])(
    'outside the list get 403 with a good credential too (http2: $http2)',
    async ({ http2 }) => {
      const [closed, gate] = await gateFor({ auth: { allow: ['10.0.0.0/8'] } });
      const credential = await mintToken({ paths, scopes: ['inference'], subject: 'bob', ttlSeconds: 60 });
      const answer = await closed.send('/inference', {
        http2,
        body: {},
        headers: { authorization: `Bearer ${credential}` },
      });
      expect([answer.status, answer.json()]).toMatchObject([403, { error: { code: 'ERR_AUTH_ADDRESS' } }]);
      gate.update(configSchema.parse({ auth: { allow: ['127.0.0.1/32'] } }).auth);
      expect((await closed.send('/open', { http2, body: {} })).status).toBe(200);
      await closed.stop();
      gate.stop();
    },
  );

  it('get 403 before a byte of the body is asked for', async () => {
    const [closed, gate] = await gateFor({ auth: { allow: ['10.0.0.0/8'] } });
    const socket = connect({ port: closed.port, host: '127.0.0.1', ca: closed.ca, ALPNProtocols: ['http/1.1'] });
    await once(socket, 'secureConnect');
    socket.write(
      'POST /open HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 99999\r\n\r\n',
    );
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(/^HTTP\/1\.1 403 /);
    socket.destroy();
    await closed.stop();
    gate.stop();
  });

  it('come from x-forwarded-for only behind a trusted proxy', async () => {
    const forwarded = { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' };
    const allow = ['203.0.113.0/24'];
    const [behind, gate] = await gateFor({ auth: { allow }, server: { trustedProxies: ['127.0.0.0/8'] } });
    expect((await behind.send('/open', { body: {}, headers: forwarded })).status).toBe(200);
    expect((await behind.send('/open', { body: {} })).status).toBe(403);
    await expect.poll(() => behind.accessLog[0]?.fields['client.ip']).toBe('203.0.113.9');
    await behind.stop();
    gate.stop();

    const [direct, strict] = await gateFor({ auth: { allow } });
    expect((await direct.send('/open', { body: {}, headers: forwarded })).status).toBe(403);
    await direct.stop();
    strict.stop();
  });
});

describe('a minted token', () => {
  it.each<Scope>(['inference', 'admin'])('of scope %s opens what it names', async (scope) => {
    const gate = await openAuth(configSchema.parse({}));
    const local = await startTestServer({ operations, gate });
    const credential = await mintToken({ paths, scopes: [scope], subject: 'bob', ttlSeconds: 60 });
    const status = async (path: string) =>
      (await local.send(path, { body: {}, headers: { authorization: `Bearer ${credential}` } })).status;
    expect([await status('/inference'), await status('/admin')]).toEqual(
      scope === 'inference' ? [200, 403] : [403, 200],
    );
    await local.stop();
    gate.stop();
  });
});

/** Requests that no client library sends. */
const sendTwo1 = async (to: TestServer, values: readonly string[]): Promise<number> => {
  const socket = connect({ port: to.port, host: '127.0.0.1', ca: to.ca, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  const lines = values
    .map((value, index) => `${index === 0 ? 'authorization' : 'Authorization'}: ${value}\r\n`)
    .join('');
  socket.write(
    `POST /inference HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${lines}content-length: 2\r\n\r\n{}`,
  );
  const [first] = await once(socket, 'data');
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(first))?.[1]);
};

const sendTwo2 = async (to: TestServer, values: readonly string[]): Promise<number> => {
  const socket = connect({ port: to.port, host: '127.0.0.1', ca: to.ca, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const before = to.accessLog.length;
  const head = { ':method': 'POST', ':path': '/inference', ':scheme': 'https', ':authority': 'localhost' };
  const fields = [
    ...Object.entries(head),
    ['content-type', 'application/json'],
    ...values.map((value) => ['authorization', value]),
  ];
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const END_HEADERS = 4;
  const END_STREAM = 1;
  socket.write(frame({ type: 4, flags: 0, stream: 0, payload: Buffer.alloc(0) }));
  const block = Buffer.concat(fields.map(([name = '', value = '']) => literalField(name, value)));
  socket.write(frame({ type: 1, flags: END_HEADERS, stream: 1, payload: block }));
  socket.write(frame({ type: 0, flags: END_STREAM, stream: 1, payload: Buffer.from('{}') }));
  await expect.poll(() => to.accessLog.length).toBeGreaterThan(before);
  socket.destroy();
  return Number(to.accessLog.at(-1)?.fields['http.response.status_code']);
};

const frame = (of: {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(of.payload.length, 0, 3);
  head.writeUInt8(of.type, 3);
  head.writeUInt8(of.flags, 4);
  head.writeUInt32BE(of.stream, 5);
  return Buffer.concat([head, of.payload]);
};

/** HPACK, without index and without Huffman (RFC 7541, 6.2.2). */
const literalField = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0]), lengthOf(name), Buffer.from(name), lengthOf(value), Buffer.from(value)]);

const lengthOf = ({ length }: string): Buffer => {
  const ONE_BYTE = 127;
  if (length < ONE_BYTE) return Buffer.from([length]);
  const bytes = [ONE_BYTE];
  let rest = length - ONE_BYTE;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
};
