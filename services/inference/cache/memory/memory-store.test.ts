import { describe, expect, it } from 'vitest';
import { openCacheStore } from '../registry.ts';
import { createMemoryStore } from './memory-store.ts';

const bytes = (size: number): Uint8Array => new Uint8Array(size);

const open = (maxBytes = 10_000) => {
  const clock = { now: 1_000_000 };
  return { store: createMemoryStore(maxBytes, () => clock.now), clock };
};

describe('the memory store', () => {
  it('gives back what was put in, to its tenant only', () => {
    const { store } = open();
    store.set('a', 'k', bytes(3), 1000);
    expect(store.get('a', 'k')).toEqual(bytes(3));
    expect(store.get('b', 'k')).toBeUndefined();
  });

  it('keeps apart tenants whose names begin alike', () => {
    const { store } = open();
    store.set('a', 'b:k', bytes(1), 1000);
    expect(store.get('a:b', 'k')).toBeUndefined();
    store.set('a:b', 'k', bytes(2), 1000);
    store.forget('a');
    expect([store.get('a', 'b:k'), store.get('a:b', 'k')]).toEqual([undefined, bytes(2)]);
  });

  it('forgets an entry when its time is over, not before', () => {
    const { store, clock } = open();
    store.set('a', 'k', bytes(3), 1000);
    clock.now += 1000;
    expect(store.get('a', 'k')).toBeDefined();
    clock.now += 1;
    expect(store.get('a', 'k')).toBeUndefined();
  });

  it('stays within its bytes by giving up what was used least lately', () => {
    const { store } = open(4000);
    for (const key of ['old', 'used', 'mid']) store.set('a', key, bytes(800), 1000);
    store.get('a', 'old');
    store.get('a', 'used');
    store.set('a', 'new', bytes(800), 1000);
    expect(store.usedBytes()).toBeLessThanOrEqual(4000);
    expect(['old', 'used', 'mid', 'new'].filter((key) => store.get('a', key) !== undefined)).toEqual([
      'old',
      'used',
      'new',
    ]);
  });

  it('leaves out what is larger than all of it, and loses nothing by it', () => {
    const { store } = open(2000);
    store.set('a', 'small', bytes(100), 1000);
    store.set('a', 'huge', bytes(5000), 1000);
    expect(store.get('a', 'huge')).toBeUndefined();
    expect(store.get('a', 'small')).toBeDefined();
  });

  it('can be made smaller and larger while it is used, keeping the latest and their times', () => {
    const { store, clock } = open();
    store.set('a', 'first', bytes(800), 1000);
    store.set('a', 'second', bytes(800), 1000);
    store.resize(2000);
    expect([store.get('a', 'first'), store.get('a', 'second')]).toEqual([undefined, bytes(800)]);
    store.resize(10_000);
    clock.now += 1001;
    expect(store.get('a', 'second')).toBeUndefined();
  });

  it('keeps nothing at size 0', () => {
    const { store } = open();
    store.set('a', 'k', bytes(3), 1000);
    store.resize(0);
    store.set('a', 'l', bytes(3), 1000);
    expect([store.get('a', 'k'), store.get('a', 'l'), store.usedBytes()]).toEqual([undefined, undefined, 0]);
  });

  it('may be stopped twice', async () => {
    const { store } = open();
    store.set('a', 'k', bytes(3), 1000);
    await store.stop();
    await store.stop();
    expect(store.usedBytes()).toBe(0);
  });
});

describe('the store of the configuration', () => {
  const context = { maxBytes: 1000, now: () => 1 };

  it('is found by name', async () => {
    const store = await openCacheStore('memory', {}, context);
    expect(store.usedBytes()).toBe(0);
  });

  it('is refused by a name nobody knows, and with options nobody reads', async () => {
    await expect(openCacheStore('memry', {}, context)).rejects.toThrow(/^cache\.store: .*did you mean memory/);
    await expect(openCacheStore('memory', { url: 'redis://secret' }, context)).rejects.toThrow(
      /cache\.options: expected nothing.*got url;/,
    );
  });
});
