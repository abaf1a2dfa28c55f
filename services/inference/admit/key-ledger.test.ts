import { describe, expect, it } from 'vitest';
import { createKeyLedger, formatReset, isRefusal, type KeyAccount, type KeyLimits } from './key-ledger.ts';

const NONE: KeyLimits = { concurrency: null, requestsPerMinute: null, tokensPerMinute: null };
const ledger = (limits: Partial<KeyLimits>, max?: number) => createKeyLedger({ ...NONE, ...limits }, max);

const open = (keys: ReturnType<typeof createKeyLedger>, keyId: string, tokens = 0, now = 0): KeyAccount => {
  const account = keys.open(keyId, tokens, now);
  if (isRefusal(account)) throw new Error(`refused: ${account.kind}`);
  return account;
};

describe('the account of a key', () => {
  it('is refused beyond its concurrency, and has room again when a request ends', () => {
    const keys = ledger({ concurrency: 2 });
    const account = open(keys, 'a');
    open(keys, 'a');
    expect(keys.open('a', 0, 0)).toEqual({ kind: 'concurrency', limit: 2 });
    open(keys, 'b');
    keys.close(account, 0, 0, 0);
    open(keys, 'a');
  });

  it('is refused beyond its requests of the minute, and told for how long', () => {
    const keys = ledger({ requestsPerMinute: 2 });
    open(keys, 'a');
    open(keys, 'a');
    expect(keys.open('a', 0, 15_000)).toEqual({ kind: 'requests', limit: 2, waitMs: 15_000 });
    open(keys, 'a', 0, 30_000);
  });

  it('reserves tokens and settles with what was used', () => {
    const keys = ledger({ tokensPerMinute: 1000 });
    const account = open(keys, 'a', 900);
    expect(keys.open('a', 200, 0)).toMatchObject({ kind: 'tokens', limit: 1000 });
    keys.close(account, 900, 100, 0);
    expect(keys.headers('a', 0)['x-ratelimit-remaining-tokens']).toBe('900');
    const uncounted = open(keys, 'a', 200);
    keys.close(uncounted, 200, undefined, 0);
    expect(keys.headers('a', 0)['x-ratelimit-remaining-tokens']).toBe('700');
    const over = open(keys, 'a', 100);
    keys.close(over, 100, 2000, 0);
    expect(keys.open('a', 1, 0)).toMatchObject({ kind: 'tokens', waitMs: expect.closeTo(78_060, 0) });
  });

  it('follows limits that change, counting what was used before', () => {
    const keys = ledger({ requestsPerMinute: 10 });
    for (let count = 0; count < 5; count += 1) open(keys, 'a');
    keys.update({ ...NONE, requestsPerMinute: 5 });
    expect(keys.open('a', 0, 0)).toMatchObject({ kind: 'requests', limit: 5 });
    keys.update({ ...NONE, requestsPerMinute: 6 });
    open(keys, 'a');
    keys.update(NONE);
    open(keys, 'a');
  });

  it('counts what is under way also while no limit asks for it', () => {
    const keys = ledger({});
    const account = open(keys, 'a');
    keys.update({ ...NONE, concurrency: 1 });
    expect(keys.open('a', 0, 0)).toMatchObject({ kind: 'concurrency' });
    keys.close(account, 0, 0, 0);
    open(keys, 'a');
  });
});

describe('the ledger', () => {
  it('stays bounded, and forgets neither who is busy nor, before others, who used up something', () => {
    const keys = ledger({ requestsPerMinute: 1 }, 10);
    open(keys, 'busy');
    keys.close(open(keys, 'spent', 0, 100_000), 0, 0, 100_000);
    for (let index = 0; index < 8; index += 1) keys.close(open(keys, `old ${index}`), 0, 0, 0);
    for (let index = 0; index < 3; index += 1) keys.close(open(keys, `new ${index}`, 0, 100_000), 0, 0, 100_000);
    expect(keys.size).toBeLessThanOrEqual(10);
    expect(keys.open('spent', 0, 100_000)).toMatchObject({ kind: 'requests' });
    for (let index = 0; index < 100; index += 1) keys.close(open(keys, `more ${index}`, 0, 100_000), 0, 0, 100_000);
    expect(keys.size).toBeLessThanOrEqual(10);
    keys.update({ ...NONE, concurrency: 1 });
    expect(keys.open('busy', 0, 100_000)).toMatchObject({ kind: 'concurrency' });
  });
});

describe('rate-limit headers', () => {
  it('are those of OpenAI, for the limits that are set', () => {
    const keys = ledger({ requestsPerMinute: 60, tokensPerMinute: 6000 });
    open(keys, 'a', 900);
    expect(keys.headers('a', 0)).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '6000',
      'x-ratelimit-remaining-tokens': '5100',
      'x-ratelimit-reset-tokens': '9s',
    });
    expect(keys.headers('stranger', 0)['x-ratelimit-remaining-requests']).toBe('60');
    expect(keys.size).toBe(1);
    expect(ledger({ concurrency: 3 }).headers('a', 0)).toEqual({});
  });

  it.each([
    [0, '0ms'],
    [119.2, '120ms'],
    [1500, '1.5s'],
    [60_000, '1m0s'],
    [361_000, '6m1s'],
  ])('write %d milliseconds as %s', (ms, text) => {
    expect(formatReset(ms)).toBe(text);
  });
});
