import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiKeyId, generateApiKey, hashApiKey } from './api-keys.ts';
import { followStore } from './follow-store.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { type KeyStore, openKeyStore } from './key-store.ts';
import { createRevocations, type Revocations } from './revocations.ts';

const newPepper = () => createSecretKey(randomBytes(32));
const pepper = newPepper();
let now = 1_000_000;
let dir: string;
let file: string;
let gateway: KeyStore;
let commandLine: KeyStore;
let ring: KeyRing;
let revocations: Revocations;
let following: { stop(): void };
const audited: unknown[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-keys-'));
  file = join(dir, 'auth.db');
  const open = () => openKeyStore({ file, pepper, now: () => now });
  gateway = await open();
  commandLine = await open();
  audited.length = 0;
  ring = createKeyRing({ store: gateway, pepper, now: () => now });
  revocations = createRevocations(gateway);
  const audit = { info: (action: string, fields?: object) => void audited.push([action, fields]) };
  following = followStore({ store: gateway, ring, revocations, audit, onError: () => {}, pollMs: 5 });
});
afterEach(async () => {
  following.stop();
  gateway.close();
  commandLine.close();
  await rm(dir, { recursive: true, force: true });
});

const wish = { name: 'test', scopes: ['inference'], expiresAt: null } as const;

describe('an API key', () => {
  it('has an id that can be shown and a secret that cannot be guessed', () => {
    const { id, key } = generateApiKey();
    expect(key).toMatch(/^cbk_[0-9a-z]{8}_[A-Za-z0-9_-]{43}$/);
    expect(apiKeyId(key)).toBe(id);
  });

  it('is stored as a hash that needs the pepper', () => {
    const { key } = generateApiKey();
    expect(hashApiKey(key, pepper)).not.toEqual(hashApiKey(key, newPepper()));
  });

  it('counts as soon as another process created it, until that process revokes it', async () => {
    const { id, key } = commandLine.create(wish);
    await expect
      .poll(() => ring.identify(key))
      .toEqual({ keyId: `key:${id}`, tenant: `key:${id}`, scopes: new Set(['inference']) });
    expect(commandLine.revoke(id)).toBe(true);
    expect(commandLine.revoke(id)).toBe(false);
    await expect.poll(() => ring.identify(key)).toBeUndefined();
  });

  it('ends when it expires', async () => {
    const { key } = commandLine.create({ ...wish, expiresAt: now + 1000 });
    await expect.poll(() => ring.identify(key)).toBeDefined();
    now += 1000;
    expect(ring.identify(key)).toBeUndefined();
  });

  it('is nobody when any part of it differs', async () => {
    const { key } = commandLine.create(wish);
    await expect.poll(() => ring.identify(key)).toBeDefined();
    const other = commandLine.create(wish);
    const swapped = key.slice(0, 13) + other.key.slice(13);
    for (const wrong of [
      swapped,
      `${key}x`,
      key.slice(0, -1),
      key.toUpperCase(),
      key.replace('cbk_', 'cbk-'),
      'cbk_',
      generateApiKey().key,
    ]) {
      expect(ring.identify(wrong), wrong).toBeUndefined();
    }
  });

  it('keeps only the scopes there are', async () => {
    const { key } = commandLine.create({ ...wish, scopes: ['admin', 'metrics'] });
    await expect.poll(() => ring.identify(key)?.scopes).toEqual(new Set(['metrics', 'admin']));
  });
});

describe('the key database', () => {
  it('lists what was created, never the secret', () => {
    const { id, key } = commandLine.create(wish);
    expect(commandLine.list()).toEqual([
      expect.objectContaining({ id, name: 'test', createdAt: now, expiresAt: null, revokedAt: null }),
    ]);
    const secret = key.slice(13);
    expect(JSON.stringify(commandLine.list())).not.toContain(secret);
  });

  it('can be read by its owner alone', async () => {
    commandLine.create(wish);
    for (const name of ['auth.db', 'auth.db-wal']) expect((await stat(join(dir, name))).mode & 0o777, name).toBe(0o600);
  });
});

describe('what a key is restricted to', () => {
  it('follows it to whoever asks with it', async () => {
    const { id, key } = commandLine.create({ ...wish, models: ['tiny'], tenant: 'acme', policy: 'strict' });
    await expect
      .poll(() => ring.identify(key))
      .toEqual({
        keyId: `key:${id}`,
        tenant: 'tenant:acme',
        scopes: new Set(['inference']),
        models: new Set(['tiny']),
        policy: 'strict',
      });
  });

  it('keeps a tenant that is called like a key apart from that key', async () => {
    const { id, key } = commandLine.create(wish);
    const { key: forger } = commandLine.create({ ...wish, tenant: `key:${id}` });
    await expect.poll(() => ring.identify(forger)).toBeDefined();
    expect(ring.identify(forger)?.tenant).not.toBe(ring.identify(key)?.tenant);
  });
});

describe('the last use of a key', () => {
  const HOUR = 3_600_000;
  const lastUse = () => commandLine.list()[0]?.lastUsedAt;

  it('is kept to the hour, and written once in it', async () => {
    now = 10 * HOUR + 1234;
    const { key } = commandLine.create(wish);
    expect(lastUse()).toBeNull();
    await expect.poll(() => ring.identify(key)).toBeDefined();
    await expect.poll(lastUse).toBe(10 * HOUR);
    const before = commandLine.version();
    now += 1000;
    for (let index = 0; index < 1000; index++) ring.identify(key);
    ring.flush();
    expect(commandLine.version()).toBe(before);
    now += HOUR;
    ring.identify(key);
    ring.flush();
    expect(lastUse()).toBe(11 * HOUR);
  });

  it('is not that of somebody who only tried', async () => {
    const { id } = commandLine.create(wish);
    ring.identify(`cbk_${id}_${'a'.repeat(43)}`);
    ring.flush();
    expect(lastUse()).toBeNull();
  });
});

describe('the database of an older release', () => {
  it('is brought up to date with its keys in it, by whichever process comes first', async () => {
    const old = join(dir, 'old.db');
    const database = new DatabaseSync(old);
    database.exec(
      'CREATE TABLE api_keys (id TEXT PRIMARY KEY, hash BLOB NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, revoked_at INTEGER) STRICT',
    );
    const { id, key } = generateApiKey();
    const insert = 'INSERT INTO api_keys VALUES (?, ?, ?, ?, ?, NULL, NULL)';
    database.prepare(insert).run(id, hashApiKey(key, pepper), 'old', 'inference admin', 5);
    database.close();
    const [first, second] = [1, 2].map(() => openKeyStore({ file: old, pepper, now: () => now }));
    expect(createKeyRing({ store: first ?? gateway, pepper, now: () => now }).identify(key)).toEqual({
      keyId: `key:${id}`,
      tenant: `key:${id}`,
      scopes: new Set(['inference', 'admin']),
    });
    expect(second?.list()).toMatchObject([{ id, name: 'old', models: null, tenant: null, lastUsedAt: null }]);
    first?.close();
    second?.close();
  });

  it('of a newer release is left alone', () => {
    const newer = join(dir, 'newer.db');
    const database = new DatabaseSync(newer);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => openKeyStore({ file: newer, pepper, now: () => now })).toThrow('newer release');
  });
});

describe('the revocation list', () => {
  const token = (more: object = {}) => ({ subject: 'alice', jti: 'one', issuedAt: now - 1000, ...more });

  it('refuses one token by its id, and what a subject had until then', async () => {
    commandLine.revokeTokens('one', now + 1000);
    await expect.poll(() => revocations.has(token())).toBe(true);
    expect(revocations.has(token({ jti: 'two' }))).toBe(false);
    commandLine.revokeTokens('alice', now + 1000);
    await expect.poll(() => revocations.has(token({ jti: 'two' }))).toBe(true);
    expect(revocations.has(token({ jti: 'two', issuedAt: undefined }))).toBe(true);
    expect(revocations.has(token({ jti: undefined, issuedAt: now + 1 }))).toBe(false);
    expect(revocations.has(token({ subject: 'bob', jti: undefined }))).toBe(false);
  });

  it('forgets what could not be good any more, also on disk, and nothing before', () => {
    commandLine.revokeTokens('one', now + 1000);
    commandLine.revokeTokens('two', now + 2000);
    now += 1000;
    commandLine.purgeRevocations();
    now -= 1000;
    expect(commandLine.revocations().map(({ value }) => value)).toEqual(['two']);
  });

  it('never forgets earlier because somebody revoked again for a shorter time', () => {
    commandLine.revokeTokens('one', now + 2000);
    commandLine.revokeTokens('one', now + 1000);
    expect(commandLine.revocations()).toEqual([{ value: 'one', revokedAt: now, expiresAt: now + 2000 }]);
  });
});

describe('what happens to keys and tokens', () => {
  it('is audited once, with who did it and no secret, also where no gateway ran', async () => {
    const { id, key } = commandLine.create(wish);
    commandLine.revoke(id);
    commandLine.revoke(id);
    commandLine.revokeTokens('one', now + 1000);
    await expect.poll(() => audited.length).toBe(3);
    expect(audited).toMatchObject([
      [
        'key.created',
        {
          'user.id': `local:${userInfo().username}`,
          labels: { key: `key:${id}`, name: 'test', scopes: ['inference'] },
        },
      ],
      ['key.revoked', { labels: { key: `key:${id}` } }],
      ['token.revoked', { labels: { token: 'one' } }],
    ]);
    expect(JSON.stringify(audited)).not.toContain(key.slice(13));
    commandLine.takeEvents(() => expect.unreachable('it was taken already'));
  });
});
