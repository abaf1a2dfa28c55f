import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { base64url } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import { generateApiKey } from './api-keys.ts';
import { type Auth, createAuth } from './auth.ts';
import { openKeyStore } from './key-store.ts';
import { ensureLocalKeys } from './local-keys.ts';
import { mintToken } from './mint.ts';

const FAILURES = 5;
let now = Date.UTC(2026, 10, 23);
let dir: string;
let paths: { keys: string; authDb: string };
let auth: Auth;
let key: string;
const counted: unknown[] = [];
const warned: unknown[] = [];

const openAuth = (more: object = {}) => {
  const config = configSchema.parse({ auth: { throttle: { failures: FAILURES, windowMs: 50_000 }, ...more } });
  const log = { info: () => {}, warn: (action: string, fields?: object) => void warned.push([action, fields]) };
  const telemetry = { counter: (name: string, labels?: object) => void counted.push([name, labels]), gauge: () => {} };
  return createAuth({ config: config.auth, server: config.server, paths, log, telemetry, now: () => now });
};

beforeEach(async () => {
  counted.length = 0;
  warned.length = 0;
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-check-'));
  paths = { keys: join(dir, 'keys'), authDb: join(dir, 'auth.db') };
  const { pepper } = await ensureLocalKeys(paths.keys);
  const store = openKeyStore({ file: paths.authDb, pepper, now: () => now });
  key = store.create({ name: 'good', scopes: ['inference'], expiresAt: null }).key;
  store.close();
  auth = await openAuth();
});
afterEach(async () => {
  auth.stop();
  await rm(dir, { recursive: true, force: true });
});

const codeOf = async (credential: string, address = '192.0.2.1', read?: Parameters<Auth['verify']>[2]) => {
  try {
    await auth.verify(`Bearer ${credential}`, address, read);
    return 'good';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
};
const INVALID = 'ERR_AUTH_CREDENTIAL_INVALID';
const THROTTLED = 'ERR_AUTH_THROTTLED';

/** A token that looks right until its signature is looked at. */
const forged = async (index = 0) => {
  const { kid } = await ensureLocalKeys(paths.keys);
  const encode = (value: unknown) => base64url.encode(JSON.stringify(value));
  const at = Math.floor(now / 1000);
  const claims = { iss: 'clawdbot', aud: 'clawdbot', sub: `s${index}`, exp: at + 60 };
  return `${encode({ alg: 'ES256', kid })}.${encode(claims)}.${'A'.repeat(86)}`;
};
const token = () => mintToken({ paths, subject: 'alice', scopes: ['inference'], ttlSeconds: 600, now: () => now });

describe('an address that sends wrong credentials', () => {
  const exhaust = async (address?: string) => {
    for (let index = 0; index < FAILURES; index++) expect(await codeOf(generateApiKey().key, address)).toBe(INVALID);
  };

  it('is told to wait, and its neighbours are not', async () => {
    await exhaust();
    await expect((async () => auth.verify(`Bearer ${generateApiKey().key}`, '192.0.2.1'))()).rejects.toMatchObject({
      code: THROTTLED,
      retryAfterSeconds: 10,
    });
    expect(await codeOf(generateApiKey().key, '192.0.2.2')).toBe(INVALID);
    now += 10_000;
    expect([await codeOf('garbage'), await codeOf('garbage')]).toEqual([INVALID, THROTTLED]);
  });

  it('is its whole /64 where it is of IPv6', async () => {
    await exhaust('2001:db8::1');
    expect(await codeOf('garbage', '2001:db8::ffff:2')).toBe(THROTTLED);
    expect(await codeOf('garbage', '2001:db8:0:1::1')).toBe(INVALID);
  });

  it('keeps the keys and the tokens that others behind it use', async () => {
    const known = await token();
    expect(await codeOf(known)).toBe('good');
    await exhaust();
    expect([await codeOf('garbage'), await codeOf(key), await codeOf(known)]).toEqual([THROTTLED, 'good', 'good']);
    const fresh = await token();
    expect([await codeOf(fresh), await codeOf(fresh, '192.0.2.2'), await codeOf(fresh)]).toEqual([
      THROTTLED,
      'good',
      'good',
    ]);
  });

  it('has so many tokens looked at and no more, however many it sends at once', async () => {
    const many = await Promise.all(Array.from({ length: 100 }, (_, index) => forged(index)));
    const codes = await Promise.all(many.map((each) => codeOf(each)));
    expect(codes.filter((code) => code === INVALID).length).toBe(FAILURES);
    expect(codes.filter((code) => code === THROTTLED).length).toBe(100 - FAILURES);
  });

  it('is not one whose good tokens all come for the first time', async () => {
    for (let index = 0; index < 3 * FAILURES; index++) expect(await codeOf(await token())).toBe('good');
  });

  it('is counted by reason, and logged once', async () => {
    await exhaust();
    await codeOf('garbage');
    await codeOf('garbage');
    await expect((async () => auth.verify(undefined, '192.0.2.1'))()).rejects.toMatchObject({
      code: 'ERR_AUTH_CREDENTIAL_MISSING',
    });
    const of = (reason: string) => counted.filter((each) => JSON.stringify(each).includes(`"${reason}"`)).length;
    expect([of('invalid'), of('throttled'), of('missing')]).toEqual([FAILURES, 2, 1]);
    expect(warned).toEqual([['credentials.throttled', { 'client.ip': '192.0.2.1' }]]);
  });

  it('has what the settings give it, at once', async () => {
    await exhaust();
    const { auth: next } = configSchema.parse({ auth: { throttle: { failures: 0 } } });
    auth.update(next);
    for (let index = 0; index < 3 * FAILURES; index++) expect(await codeOf('garbage')).toBe(INVALID);
  });
});

describe('a credential that is bound to a certificate', () => {
  const fingerprint = 'ab'.repeat(32);
  const certificate = { fingerprint, subject: 'O=Example,CN=client' };
  const bind = (...certificates: string[]) =>
    auth.update(configSchema.parse({ auth: { mtls: { [`key:${key.slice(4, 12)}`]: certificates } } }).auth);

  it.each([
    `sha256:${fingerprint}`,
    `sha256:${fingerprint.toUpperCase().replace(/..(?=.)/g, '$&:')}`,
    'O=Example,CN=client',
  ])('counts with it alone (%s)', async (named) => {
    expect(await codeOf(key)).toBe('good');
    bind('CN=somebody else', named);
    expect([await codeOf(key), await codeOf(key, '::1', () => certificate)]).toEqual([INVALID, 'good']);
    const other = { fingerprint: 'cd'.repeat(32), subject: 'CN=client' };
    expect(await codeOf(key, '::1', () => other)).toBe(INVALID);
    expect(counted).toContainEqual(['authRefusals', { reason: 'certificate' }]);
  });

  it('asks nothing of other credentials, and does not even read the certificate', async () => {
    bind(`sha256:${fingerprint}`);
    expect(await codeOf(await token(), '::1', () => expect.unreachable('nobody needs it'))).toBe('good');
  });
});
