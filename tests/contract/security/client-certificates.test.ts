import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { type Auth, createAuth } from '../../../services/inference/auth/auth.ts';
import { openKeyStore } from '../../../services/inference/auth/key-store.ts';
import { ensureLocalKeys, LOCAL_ALGORITHM } from '../../../services/inference/auth/local-keys.ts';
import { defineOperation } from '../../../services/inference/http/operation.ts';
import { startTestServer, type TestServer } from '../../../services/inference/http/test-server.ts';
import { type ClientPair, createClientAuthority } from '../../client-certificates.ts';

const operations = [
  defineOperation({
    ...{ id: 'who', method: 'get', path: '/who', tag: 'test', summary: 'test', access: 'inference', dialect: 'native' },
    answers: { 200: { description: 'ok' } },
    handle: ({ caller, context }) => context.json({ keyId: caller.keyId }),
  }),
];

let dir: string;
let paths: { keys: string; authDb: string };
let auth: Auth;
let ours: Awaited<ReturnType<typeof createClientAuthority>>;
let alice: ClientPair;
let bob: ClientPair;
let stranger: ClientPair;
let expired: ClientPair;
let free: string;
let bound: string;
let boundId: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-mtls-'));
  paths = { keys: join(dir, 'keys'), authDb: join(dir, 'auth.db') };
  ours = await createClientAuthority('ours');
  alice = await ours.issue('alice');
  bob = await ours.issue('bob');
  expired = await ours.issue('late', { notAfter: new Date(Date.now() - 60_000) });
  stranger = await (await createClientAuthority('theirs')).issue('alice');
  await writeFile(join(dir, 'clients.pem'), ours.caPem);
  const { pepper } = await ensureLocalKeys(paths.keys);
  const store = openKeyStore({ file: paths.authDb, pepper, now: Date.now });
  free = store.create({ name: 'free', scopes: ['inference'], expiresAt: null }).key;
  ({ key: bound, id: boundId } = store.create({ name: 'bound', scopes: ['inference'], expiresAt: null }));
  store.close();
  const config = configSchema.parse({ auth: { throttle: { failures: 0 } } });
  auth = await createAuth({
    config: config.auth,
    server: config.server,
    paths,
    log: { info: () => {}, warn: () => {} },
  });
});
afterAll(async () => {
  auth?.stop();
  await rm(dir, { recursive: true, force: true });
});

const bind = (...certificates: string[]): void => {
  const mtls = certificates.length === 0 ? {} : { [`key:${boundId}`]: certificates };
  auth.update(configSchema.parse({ auth: { mtls, throttle: { failures: 0 } } }).auth);
};

const serve = (clientAuth: 'required' | 'optional') =>
  startTestServer({ operations, gate: auth, config: { tls: { clientCa: join(dir, 'clients.pem'), clientAuth } } });

/** The status, or that there was no connection to get one over. */
const statusOf = async (server: TestServer, credential: string, client: ClientPair | undefined, allowH2 = false) => {
  const pair = client === undefined ? {} : { cert: client.cert, key: client.key };
  const agent = new Agent({ allowH2, connect: { ca: server.ca, ...pair } });
  try {
    const headers = { authorization: `Bearer ${credential}` };
    const answer = await request(`${server.url}/who`, { dispatcher: agent, headers });
    await answer.body.dump();
    return answer.statusCode;
  } catch (error) {
    return error instanceof Error ? 'no connection' : error;
  } finally {
    await agent.destroy();
  }
};

describe.each([{ http2: false }, { http2: true }])('client certificates (http2: $http2)', ({ http2 }) => {
  it('where they are required keep out everybody without one of the authority', async () => {
    const server = await serve('required');
    bind();
    const of = (client: ClientPair | undefined) => statusOf(server, free, client, http2);
    expect([await of(alice), await of(undefined), await of(stranger), await of(expired)]).toEqual([
      200,
      'no connection',
      'no connection',
      'no connection',
    ]);
    await server.stop();
  });

  it('do not stand for a credential', async () => {
    const server = await serve('required');
    expect(await statusOf(server, 'nothing', alice, http2)).toBe(401);
    await server.stop();
  });

  it('where they are optional bind the credentials that say so, and no others', async () => {
    const server = await serve('optional');
    const of = async (credential: string) => {
      const statuses = [];
      for (const client of [alice, bob, stranger, undefined])
        statuses.push(await statusOf(server, credential, client, http2));
      return statuses;
    };
    bind(`sha256:${alice.fingerprint}`);
    expect([await of(free), await of(bound)]).toEqual([
      [200, 200, 200, 200],
      [200, 401, 401, 401],
    ]);
    bind('O=Example\\, Inc.,CN=bob');
    expect(await of(bound)).toEqual([401, 200, 401, 401]);
    await server.stop();
  });

  it('bind a token that was issued to one (RFC 8705)', async () => {
    const server = await serve('optional');
    const { privateKey, kid } = await ensureLocalKeys(paths.keys);
    const at = Math.floor(Date.now() / 1000);
    const thumbprint = Buffer.from(alice.fingerprint, 'hex').toString('base64url');
    const token = await new SignJWT({
      ...{ iss: 'clawdbot', aud: 'clawdbot', sub: 'alice', iat: at, exp: at + 60, scope: 'inference' },
      cnf: { 'x5t#S256': thumbprint },
    })
      .setProtectedHeader({ alg: LOCAL_ALGORITHM, kid })
      .sign(privateKey);
    const of = (client: ClientPair | undefined) => statusOf(server, token, client, http2);
    // The second time it is a remembered token.
    expect([await of(alice), await of(alice), await of(bob), await of(undefined)]).toEqual([200, 200, 401, 401]);
    await server.stop();
  });
});

describe('the authorities of clients', () => {
  it.each([
    ['is not there', 'nowhere.pem', undefined],
    ['holds no certificate', 'empty.pem', 'nothing'],
  ])('in a file that %s stop the start', async (_, name, content) => {
    const clientCa = join(dir, name);
    if (content !== undefined) await writeFile(clientCa, content);
    const config = { tls: { clientCa, clientAuth: 'required' as const } };
    await expect(startTestServer({ operations, gate: auth, config })).rejects.toThrow('server.tls.clientCa: expected');
  });
});
