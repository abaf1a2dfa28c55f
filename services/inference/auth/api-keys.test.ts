import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiKeyId, generateApiKey, hashApiKey } from './api-keys.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { type KeyStore, openKeyStore } from './key-store.ts';

const newPepper = () => createSecretKey(randomBytes(32));
const pepper = newPepper();
let now = 1_000_000;
let dir: string;
let file: string;
let gateway: KeyStore;
let commandLine: KeyStore;
let ring: KeyRing;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clawdbot-keys-'));
  file = join(dir, 'auth.db');
  const open = () => openKeyStore({ file, pepper, now: () => now });
  gateway = await open();
  commandLine = await open();
  ring = createKeyRing({ store: gateway, pepper, now: () => now, onError: () => {}, pollMs: 5 });
});
afterEach(async () => {
  ring.stop();
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
    await expect.poll(() => ring.identify(key)).toEqual({ keyId: `key:${id}`, scopes: new Set(['inference']) });
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
