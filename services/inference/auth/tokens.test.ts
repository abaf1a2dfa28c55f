import { createHmac, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { base64url, type JWTPayload, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../../core/config/schema.ts';
import { type Auth, createAuth } from './auth.ts';
import { createKeySet } from './key-set.ts';
import { openKeyStore } from './key-store.ts';
import { ensureLocalKeys } from './local-keys.ts';
import { mintToken } from './mint.ts';
import { createTokenCache } from './token-cache.ts';
import { createTokenVerifier } from './token-verifier.ts';

const START = Date.UTC(2026, 10, 23);
let now = START;
let dir: string;
let paths: { keys: string; authDb: string };
let auth: Auth | undefined;
const lines: string[] = [];

beforeEach(async () => {
  now = START;
  lines.length = 0;
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-auth-'));
  paths = { keys: join(dir, 'keys'), authDb: join(dir, 'auth.db') };
});
afterEach(async () => {
  auth?.stop();
  auth = undefined;
  await rm(dir, { recursive: true, force: true });
});

type JwtInput = Partial<Config['auth']['jwt']>;

const open = async (jwt: JwtInput = {}, cacheEntries = 1000): Promise<Auth> => {
  const config = configSchema.parse({ auth: { jwt, cacheEntries, throttle: { failures: 0 } } });
  const log = { info: () => {}, warn: (action: string) => void lines.push(action) };
  auth = await createAuth({ config: config.auth, server: config.server, paths, log, now: () => now });
  return auth;
};

const verify = async (token: string, by: Auth | undefined = auth) => by?.verify(`Bearer ${token}`, '127.0.0.1');
const INVALID = {
  code: 'ERR_AUTH_CREDENTIAL_INVALID',
  message: 'authorization: expected a valid credential, got one that is not; mint a new one',
};

const claims = (more: JWTPayload = {}): JWTPayload => {
  const at = Math.floor(now / 1000);
  return { iss: 'clawdbot', aud: 'clawdbot', sub: 'alice', exp: at + 3600, iat: at, scope: 'inference', ...more };
};

const without = (name: string): JWTPayload =>
  Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name));

const sign = (payload: JWTPayload, key: KeyObject | Uint8Array, alg: string, header: Record<string, unknown> = {}) =>
  new SignJWT(payload).setProtectedHeader({ alg, ...header }).sign(key);

const encode = (value: unknown) => base64url.encode(JSON.stringify(value));

const writeSet = async (keys: readonly { readonly publicKey: KeyObject; readonly kid: string }[]) => {
  const file = join(dir, 'jwks.json');
  const jwks = keys.map(({ publicKey, kid }) => ({ ...publicKey.export({ format: 'jwk' }), kid }));
  await writeFile(file, JSON.stringify({ keys: jwks }));
  return file;
};

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('a minted token', () => {
  const mint = (more: { ttlSeconds?: number; scopes?: ('inference' | 'admin')[] } = {}) =>
    mintToken({ paths, subject: 'alice', scopes: ['inference'], ttlSeconds: 3600, now: () => now, ...more });

  it('names its subject and scopes', async () => {
    await open();
    expect(await verify(await mint({ scopes: ['inference', 'admin'] }))).toEqual({
      keyId: 'jwt:alice',
      tenant: 'jwt:alice',
      scopes: new Set(['inference', 'admin']),
      address: '127.0.0.1',
    });
  });

  it('is known at once the second time, for the address it then comes from', async () => {
    const gate = await open();
    const token = await mint();
    await verify(token);
    expect(gate.verify(`bearer  ${token}`, '::1')).toMatchObject({ keyId: 'jwt:alice', address: '::1' });
  });

  it('ends at its expiry plus the tolerated clock difference, remembered or not', async () => {
    await open();
    const token = await mint({ ttlSeconds: 60 });
    await verify(token);
    now += 89_000;
    expect(await verify(token)).toMatchObject({ keyId: 'jwt:alice' });
    now += 1000;
    await expect(verify(token)).rejects.toMatchObject(INVALID);
    auth?.stop();
    await open();
    await expect(verify(token)).rejects.toMatchObject(INVALID);
  });

  it('is restricted to what it names', async () => {
    await open();
    const base = { paths, subject: 'alice', scopes: ['inference'], ttlSeconds: 60, now: () => now } as const;
    expect(await verify(await mintToken({ ...base, models: ['tiny'], tenant: 'acme', policy: 'strict' }))).toEqual({
      keyId: 'jwt:alice',
      tenant: 'tenant:acme',
      scopes: new Set(['inference']),
      models: new Set(['tiny']),
      policy: 'strict',
      address: '127.0.0.1',
    });
    expect(await verify(await mintToken({ ...base, models: [] }))).toMatchObject({ models: new Set() });
  });

  it('is revoked while it is remembered, by its id or its subject, and stays so after a restart', async () => {
    await open();
    const base = { paths, scopes: ['inference'], ttlSeconds: 3600, now: () => now } as const;
    const one = await mintToken({ ...base, subject: 'alice', jti: 'id-one' });
    const two = await mintToken({ ...base, subject: 'alice', jti: 'id-two' });
    const other = await mintToken({ ...base, subject: 'bob' });
    const good = async (token: string) => (await Promise.allSettled([verify(token)]))[0].status === 'fulfilled';
    const all = async () => [await good(one), await good(two), await good(other)];
    expect(await all()).toEqual([true, true, true]);
    const { pepper } = await ensureLocalKeys(paths.keys);
    const commandLine = openKeyStore({ file: paths.authDb, pepper, now: () => now });
    commandLine.revokeTokens('id-one', now + 3_600_000);
    await expect.poll(all).toEqual([false, true, true]);
    commandLine.revokeTokens('alice', now + 3_600_000);
    await expect.poll(all).toEqual([false, false, true]);
    commandLine.close();
    auth?.stop();
    await open();
    expect(await all()).toEqual([false, false, true]);
    now += 1000;
    expect(await good(await mintToken({ ...base, subject: 'alice' }))).toBe(true);
  });

  it('is worth nothing elsewhere', async () => {
    const token = await mint();
    await rm(join(dir, 'keys'), { recursive: true });
    await open();
    await expect(verify(token)).rejects.toMatchObject(INVALID);
  });
});

describe('a forged or unfit token', () => {
  const key = rsa();
  const other = rsa();
  let secret: Uint8Array;

  beforeEach(async () => {
    secret = new TextEncoder().encode(randomBytes(32).toString('hex'));
    await writeFile(join(dir, 'secret'), Buffer.from(secret));
    const jwks = await writeSet([{ publicKey: key.publicKey, kid: 'one' }]);
    await open({ jwks, algorithms: ['RS256', 'HS256'], secretFile: join(dir, 'secret') });
  });

  const good = (payload = claims(), header: Record<string, unknown> = { kid: 'one' }) =>
    sign(payload, key.privateKey, 'RS256', header);

  /** Signs a text that no library would write. */
  const raw = (body: string, header = '{"alg":"RS256","kid":"one"}') => {
    const text = `${base64url.encode(header)}.${base64url.encode(body)}`;
    return `${text}.${createSign('sha256').update(text).sign(key.privateKey, 'base64url')}`;
  };

  it('differs from a good one that is signed the same way', async () => {
    expect(await verify(raw(JSON.stringify(claims())))).toMatchObject({ keyId: 'jwt:alice' });
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt'])('is not one because its type is %s', async (typ) => {
    expect(await verify(await good(claims(), { kid: 'one', typ }))).toMatchObject({ keyId: 'jwt:alice' });
  });

  it('is not one because it says where its key might be: nobody looks there', async () => {
    const jku = 'https://127.0.0.1:1/jwks.json';
    expect(await verify(await good(claims(), { kid: 'one', jku, x5u: jku, jwk: {}, x5c: [] }))).toMatchObject({
      keyId: 'jwt:alice',
    });
  });

  it('differs from a good one', async () => {
    expect(await verify(await good())).toMatchObject({ keyId: 'jwt:alice' });
    expect(await verify(await sign(claims(), secret, 'HS256'))).toMatchObject({ keyId: 'jwt:alice' });
  });

  const pem = () => new TextEncoder().encode(key.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const seconds = () => Math.floor(now / 1000);

  it.each<[string, () => string | Promise<string>]>([
    ['has no signature (alg none)', () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
    ['says alg None in other letters', () => `${encode({ alg: 'nOnE' })}.${encode(claims())}.`],
    ['has its signature cut off', async () => `${(await good()).split('.').slice(0, 2).join('.')}.`],
    ['takes the public key for a secret (PEM)', () => sign(claims(), pem(), 'HS256', { kid: 'one' })],
    [
      'takes the public key for a secret (DER)',
      () => sign(claims(), key.publicKey.export({ type: 'spki', format: 'der' }), 'HS256', { kid: 'one' }),
    ],
    ['uses an algorithm that is not allowed', () => sign(claims(), key.privateKey, 'PS256', { kid: 'one' })],
    ['is signed by another key of the same id', () => sign(claims(), other.privateKey, 'RS256', { kid: 'one' })],
    ['names an unknown key', () => sign(claims(), other.privateKey, 'RS256', { kid: 'two' })],
    [
      'brings its own key (jwk)',
      () => sign(claims(), other.privateKey, 'RS256', { kid: 'one', jwk: other.publicKey.export({ format: 'jwk' }) }),
    ],
    [
      'says where its key is (jku)',
      () => sign(claims(), other.privateKey, 'RS256', { kid: 'two', jku: 'https://evil.example/jwks.json' }),
    ],
    [
      'says where its certificate is (x5u)',
      () => sign(claims(), other.privateKey, 'RS256', { kid: 'two', x5u: 'https://evil.example/x' }),
    ],
    [
      'demands an extension (crit)',
      () => `${encode({ alg: 'RS256', kid: 'one', crit: ['exp'], exp: 1 })}.${encode(claims())}.AAAA`,
    ],
    ['is expired', () => good(claims({ exp: seconds() - 31 }))],
    ['has no expiry', () => good(without('exp'))],
    ['is not valid yet', () => good(claims({ nbf: seconds() + 31 }))],
    ['is for another audience', () => good(claims({ aud: 'other' }))],
    ['is for no audience', () => good(without('aud'))],
    ['comes from another issuer', () => good(claims({ iss: 'other' }))],
    ['comes from no issuer', () => good(without('iss'))],
    ['has no subject', () => good(without('sub'))],
    ['has a subject that would break a log line', () => good(claims({ sub: 'a\nb' }))],
    [
      'has a changed payload',
      async () => (await good()).replace(/\.[^.]+\./, `.${encode(claims({ scope: 'admin' }))}.`),
    ],
    ['was made for something else (typ)', () => good(claims(), { kid: 'one', typ: 'dpop+jwt' })],
    ['is an ID token of a log-out (typ)', () => good(claims(), { kid: 'one', typ: 'logout+jwt' })],
    [
      'brings a certificate chain (x5c)',
      () => sign(claims(), other.privateKey, 'RS256', { kid: 'two', x5c: ['AAAA'] }),
    ],
    ['has a path for a key id', () => sign(claims(), other.privateKey, 'RS256', { kid: '../../../../dev/null' })],
    [
      'has a file for a key id and its content for a secret',
      () => sign(claims(), new Uint8Array(32), 'HS256', { kid: '/dev/zero' }),
    ],
    ['has a query for a key id', () => sign(claims(), other.privateKey, 'RS256', { kid: "x' UNION SELECT 'secret" })],
    ['has an object for a key id', () => sign(claims(), other.privateKey, 'RS256', { kid: { toString: 'one' } })],
    ['was issued in the future', () => good(claims({ iat: seconds() + 31 }))],
    ['is not valid for a hundred years yet', () => good(claims({ nbf: seconds() + 3.2e9, exp: seconds() + 3.3e9 }))],
    ['is good for ever', () => good(claims({ exp: seconds() + 31_622_401 }))],
    ['is good for ever and does not say since when', () => good({ ...without('iat'), exp: 1e300 })],
    ['has an expiry that is no number', () => good(claims({ exp: '9999999999' as never }))],
    ['has an id that would break a log line', () => good(claims({ jti: 'a\u001b[31m' }))],
    ['restricts its models in a way that cannot be read', () => good(claims({ models: 'tiny' }))],
    ['names its tenant in a way that cannot be read', () => good(claims({ tenant: 7 }))],
    ['counts only with a key that nobody checks here (DPoP)', () => good(claims({ cnf: { jkt: 'x' } }))],
    ['counts only with a certificate, and comes without one', () => good(claims({ cnf: { 'x5t#S256': 'x' } }))],
    ['is huge', () => good(claims({ more: 'x'.repeat(20_000) }))],
    ['nests its claims five thousand deep', () => raw(`{"iss":"clawdbot","x":${'['.repeat(5000)}${']'.repeat(5000)}}`)],
    ['names a claim twice', () => raw(JSON.stringify(claims()).replace('"sub"', '"sub":"admin","sub"'))],
    ['names the algorithm twice', () => raw(JSON.stringify(claims()), '{"alg":"none","alg":"RS256","kid":"one"}')],
    ['has claims that are a list', () => raw('[]')],
    ['has claims that are nothing', () => raw('null')],
    ['has a header that is nothing', () => raw(JSON.stringify(claims()), 'null')],
    ['says no algorithm', () => raw(JSON.stringify(claims()), '{"kid":"one"}')],
    ['says a list of algorithms', () => raw(JSON.stringify(claims()), '{"alg":["RS256"],"kid":"one"}')],
    ['says an algorithm with a NUL', () => raw(JSON.stringify(claims()), '{"alg":"RS256\\u0000","kid":"one"}')],
    ['says an algorithm in lower case', () => raw(JSON.stringify(claims()), '{"alg":"rs256","kid":"one"}')],
    ['has a signature of zeros', async () => (await good()).replace(/[^.]+$/, Buffer.alloc(256).toString('base64url'))],
    [
      'has the signature of zeros that ECDSA took',
      () => `${encode({ alg: 'ES256' })}.${encode(claims())}.${'A'.repeat(86)}`,
    ],
    ['has a signature with padding', async () => `${await good()}==`],
    ['has a line break in its signature', async () => (await good()).replace(/.$/, '\n$&')],
    [
      'is signed with an empty secret',
      () =>
        `${encode({ alg: 'HS256' })}.${encode(claims())}.${createHmac('sha256', '')
          .update(`${encode({ alg: 'HS256' })}.${encode(claims())}`)
          .digest('base64url')}`,
    ],
    [
      'leaves its payload unencoded (b64)',
      () => raw(JSON.stringify(claims()), '{"alg":"RS256","kid":"one","b64":false,"crit":["b64"]}'),
    ],
    [
      'demands an empty list of extensions',
      () => raw(JSON.stringify(claims()), '{"alg":"RS256","kid":"one","crit":[]}'),
    ],
    [
      'demands an extension nobody knows',
      () => raw(JSON.stringify(claims()), '{"alg":"RS256","kid":"one","crit":["x"],"x":1}'),
    ],
    ['holds another token (cty)', async () => raw(await good(), '{"alg":"RS256","kid":"one","cty":"JWT"}')],
    ['is written as JSON', async () => JSON.stringify({ payload: (await good()).split('.')[1], signatures: [] })],
    [
      'has the name of every object for a key id',
      () => sign(claims(), other.privateKey, 'RS256', { kid: '__proto__' }),
    ],
    ['has a constructor for a key id', () => sign(claims(), other.privateKey, 'RS256', { kid: 'constructor' })],
    ['has nothing for a key id', () => sign(claims(), other.privateKey, 'RS256', { kid: '' })],
    ['comes from a list of issuers', () => good(claims({ iss: ['clawdbot'] as never }))],
    ['is for an audience in a list in a list', () => good(claims({ aud: [['clawdbot']] as never }))],
    ['is for an audience that is an object', () => good(claims({ aud: { 0: 'clawdbot' } as never }))],
    ['has an expiry before all time', () => good(claims({ exp: -1 }))],
    ['has an expiry of nothing', () => raw(JSON.stringify({ ...claims(), exp: null }))],
    ['is not valid before a text', () => good(claims({ nbf: '0' as never }))],
    ['has a list of subjects', () => good(claims({ sub: ['alice'] as never }))],
    ['reaches for a prototype', () => raw(`{"__proto__":${JSON.stringify(claims())}}`)],
    ['has five parts (JWE)', async () => `${await good()}.AAAA.AAAA`],
    ['is garbage', () => 'a.b.c'],
    ['is one word', () => 'garbage'],
  ])('that %s is refused without a reason', async (_, forge) => {
    await expect(verify(await forge())).rejects.toMatchObject(INVALID);
  });

  it('is refused whatever byte of it is changed', async () => {
    const token = await good();
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 1, max: 63 }), async (at, shift) => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        const from = alphabet.indexOf(token.charAt(at));
        const changed = from === -1 ? 'A' : alphabet.charAt((from + shift) % 64);
        await expect(verify(token.slice(0, at) + changed + token.slice(at + 1))).rejects.toMatchObject(INVALID);
      }),
      { numRuns: 60 },
    );
  });

  it('within the tolerated clock difference is taken', async () => {
    expect(await verify(await good(claims({ exp: seconds() - 29 })))).toMatchObject({ keyId: 'jwt:alice' });
    expect(await verify(await good(claims({ nbf: seconds() + 29 })))).toMatchObject({ keyId: 'jwt:alice' });
  });

  it('may list scopes either way; unknown ones mean nothing', async () => {
    const scopes = async (more: JWTPayload) => (await verify(await good(claims(more))))?.scopes;
    expect(await scopes({ scope: 'metrics openid' })).toEqual(new Set(['metrics']));
    expect(await scopes({ scope: '', scopes: ['admin', 7, 'root'] })).toEqual(new Set(['admin']));
    expect(await scopes({ scope: 7 })).toEqual(new Set());
  });
});

describe('the authorization header', () => {
  it.each([undefined, ''])('%j is a missing credential', async (header) => {
    const gate = await open();
    expect(() => gate.verify(header, '127.0.0.1')).toThrow(
      expect.objectContaining({ code: 'ERR_AUTH_CREDENTIAL_MISSING' }),
    );
  });

  it.each(['Basic YWxpY2U6cHc=', 'Bearer', 'Bearer ', 'Bearer a b', 'abc'])('%j is an invalid one', async (header) => {
    const gate = await open();
    expect(() => gate.verify(header, '127.0.0.1')).toThrow(expect.objectContaining(INVALID));
  });

  it('says the same for every API key that is not good', async () => {
    const gate = await open();
    expect(() => gate.verify(`Bearer cbk_00000000_${'a'.repeat(43)}`, '127.0.0.1')).toThrow(
      expect.objectContaining(INVALID),
    );
    expect(() => gate.verify('Bearer cbk_short', '127.0.0.1')).toThrow(expect.objectContaining(INVALID));
  });

  it('names the missing scope and nothing else', async () => {
    const gate = await open();
    const caller = { keyId: 'k', tenant: 'k', scopes: new Set(['inference'] as const), address: '::1' };
    expect(() => gate.requireScope(caller, 'inference')).not.toThrow();
    expect(() => gate.requireScope(caller, 'admin')).toThrow(
      expect.objectContaining({ code: 'ERR_AUTH_SCOPE', details: { scope: 'admin' } }),
    );
  });
});

describe('settings that cannot work together', () => {
  it.each<[string, JwtInput, string]>([
    ['an HS algorithm without a secret', { algorithms: ['HS256'] }, 'auth.jwt.secretFile: expected a file'],
    ['a secret without an HS algorithm', { secretFile: '/nowhere' }, 'auth.jwt.algorithms: expected an HS algorithm'],
    ['a secret that cannot be read', { algorithms: ['HS256'], secretFile: '/nowhere' }, 'expected a readable file'],
    ['a key set that cannot be read', { jwks: '/nowhere.json' }, 'auth.jwt.jwks: expected an https URL or a file'],
  ])('%s stops the start', async (_, jwt, message) => {
    await expect(open(jwt)).rejects.toThrow(message);
  });

  it('a short secret stops the start', async () => {
    await writeFile(join(dir, 'short'), 'secret');
    await expect(open({ algorithms: ['HS256'], secretFile: join(dir, 'short') })).rejects.toThrow(
      'at least 32 bytes, got 6',
    );
  });

  it('a key set server that is away does not', async () => {
    await open({ jwks: 'https://127.0.0.1:1/jwks.json' });
    expect(lines).toEqual(['key_set.unreadable']);
    await expect(verify('a.b.c')).rejects.toMatchObject(INVALID);
  });
});

describe('a key set', () => {
  const one = rsa();
  const two = rsa();
  const jwk = (pair: { publicKey: KeyObject }, kid: string) => ({ ...pair.publicKey.export({ format: 'jwk' }), kid });

  const openSet = () => {
    const state = { keys: [jwk(one, 'one')], reads: 0, changes: 0, errors: 0, isAway: false };
    const set = createKeySet({
      load: async () => {
        state.reads++;
        if (state.isAway) throw new Error('away');
        return { keys: state.keys };
      },
      refreshMs: 300_000,
      now: () => now,
      onChange: () => void state.changes++,
      onError: () => void state.errors++,
    });
    const check = createTokenVerifier(
      { ...configSchema.parse({}).auth.jwt, algorithms: ['RS256'] },
      { publicKey: set.resolve, secret: undefined },
      () => now,
    );
    return { state, set, check };
  };

  it('is read again once for an unknown key id, then not until it cooled down', async () => {
    const { state, set, check } = openSet();
    await set.refresh();
    const token = () => sign(claims(), two.privateKey, 'RS256', { kid: 'two' });
    expect(await check(await token())).toBeUndefined();
    expect(state.reads).toBe(1);
    now += 30_000;
    state.keys = [jwk(one, 'one'), jwk(two, 'two')];
    expect(await check(await token())).toMatchObject({ identity: { keyId: 'jwt:alice' } });
    expect([state.reads, state.changes]).toEqual([2, 1]);
    for (let index = 0; index < 100; index++) {
      expect(await check(await sign(claims(), two.privateKey, 'RS256', { kid: `x${index}` }))).toBeUndefined();
    }
    expect(state.reads).toBe(2);
    set.stop();
  });

  it('is asked for once however many wait', async () => {
    const { state, set, check } = openSet();
    const token = await sign(claims(), one.privateKey, 'RS256', { kid: 'one' });
    const results = await Promise.all(Array.from({ length: 20 }, () => check(token)));
    expect(results.every((result) => result?.identity.keyId === 'jwt:alice')).toBe(true);
    expect(state.reads).toBe(1);
    set.stop();
  });

  it('drops a key that its source dropped', async () => {
    const { state, set, check } = openSet();
    await set.refresh();
    const token = await sign(claims(), one.privateKey, 'RS256', { kid: 'one' });
    expect(await check(token)).toBeDefined();
    state.keys = [jwk(two, 'two')];
    await set.tick();
    expect(await check(token)).toBeUndefined();
    expect(state.changes).toBe(1);
    set.stop();
  });

  it('is used on while its source is away, but not for ever', async () => {
    const { state, set, check } = openSet();
    await set.refresh();
    state.isAway = true;
    const check1 = async () => check(await sign(claims(), one.privateKey, 'RS256', { kid: 'one' }));
    now += 12 * 300_000;
    await set.tick();
    expect(await check1()).toBeDefined();
    now += 1;
    await set.tick();
    expect(await check1()).toBeUndefined();
    expect([state.errors > 0, state.changes]).toEqual([true, 1]);
    state.isAway = false;
    await set.tick();
    expect(await check1()).toBeDefined();
    set.stop();
  });
});

describe('remembered tokens', () => {
  it('are forgotten when the keys change, also those being looked at', async () => {
    let finish: () => void = () => {};
    let calls = 0;
    const cache = createTokenCache({
      maxEntries: 10,
      now: () => now,
      verify: async () => {
        calls++;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return { keyId: 'k', scopes: new Set(), goodUntil: now + 1000 };
      },
    });
    const first = cache.verify('t');
    expect(cache.verify('t')).toBe(first);
    cache.clear();
    finish();
    await first;
    void cache.verify('t');
    expect(calls).toBe(2);
    finish();
  });

  it('stay few however much garbage comes, and the garbage pushes out no good one', async () => {
    const gate = await open({}, 500);
    const keys = await ensureLocalKeys(paths.keys);
    const token = await mintToken({ paths, subject: 'bob', scopes: ['inference'], ttlSeconds: 60, now: () => now });
    await verify(token);
    const header = encode({ alg: 'ES256', kid: keys.kid });
    const body = encode(claims());
    for (let index = 0; index < 10_000; index++) {
      const signature = createHmac('sha512', 'x').update(String(index)).digest('base64url');
      const garbage = index % 50 === 0 ? `${header}.${body}.${signature}` : `${header}.${signature}.${index}`;
      await expect(verify(garbage)).rejects.toMatchObject(INVALID);
    }
    expect(gate.verify(`Bearer ${token}`, '::1')).toMatchObject({ keyId: 'jwt:bob' });
  });

  it('are bounded in number', async () => {
    const cache = createTokenCache({
      maxEntries: 50,
      now: () => now,
      verify: async (token) =>
        token.startsWith('good') ? { keyId: token, scopes: new Set(), goodUntil: now + 1000 } : undefined,
    });
    for (let index = 0; index < 1000; index++) {
      await cache.verify(`good${index}`);
      await cache.verify(`bad${index}`);
    }
    expect(cache.size).toBe(100);
  });

  it('are none when the setting says so', async () => {
    let calls = 0;
    const verifyOnce = async () => {
      calls++;
      return undefined;
    };
    const cache = createTokenCache({ maxEntries: 0, now: () => now, verify: verifyOnce });
    await cache.verify('t');
    await cache.verify('t');
    expect([calls, cache.size]).toEqual([2, 0]);
  });

  it('refused once are looked at again after a while, also when the clock was set back meanwhile', async () => {
    let [wall, steady, calls] = [1_000_000_000, 0, 0];
    const verifyOnce = async () => {
      calls++;
      return undefined;
    };
    const cache = createTokenCache({ maxEntries: 10, now: () => wall, steadyNow: () => steady, verify: verifyOnce });
    await cache.verify('t');
    wall -= 3_600_000;
    await cache.verify('t');
    expect(calls).toBe(1);
    steady += 10_001;
    await cache.verify('t');
    expect(calls).toBe(2);
  });

  it('refused once are refused at once, for a while', async () => {
    let calls = 0;
    const cache = createTokenCache({
      maxEntries: 10,
      now: () => now,
      verify: async () => {
        calls++;
        return undefined;
      },
    });
    await cache.verify('t');
    expect(cache.verify('t')).toBeUndefined();
    now += 10_000;
    await cache.verify('t');
    expect(calls).toBe(2);
  });
});
