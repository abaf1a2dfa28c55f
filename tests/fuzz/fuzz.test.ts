import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestGateway } from '../gateway.ts';
import { fuzzConfig } from './config.ts';
import { fuzz } from './fuzz.ts';
import { isGrowing } from './memory.ts';
import { startFuzzTarget } from './target.ts';

const REQUESTS = 2000;
const OVER_HTTP2 = 400;

describe(`${REQUESTS} hostile requests`, () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startFuzzTarget();
  });
  afterAll(async () => void (await gateway?.stop()));

  // Found by fuzzing: it answered 500 until the first head was signed, a minute after the start.
  it('begin with a new audit trail, which has a head for whoever asks at once', async () => {
    const authorization = `Bearer ${await gateway.token('audit')}`;
    const answer = await gateway.send('GET', '/api/v1/audit/head', undefined, { authorization });
    expect([answer.status, answer.json()]).toEqual([200, expect.objectContaining({ signature: expect.any(String) })]);
  });

  it('get documented answers, and a good one after them is answered well', async () => {
    const { violations, sent, counts, answered } = await fuzz(gateway, {
      requests: REQUESTS,
      seed: 'test',
      connections: 8,
    });
    expect(violations).toEqual([]);
    expect(sent).toBeGreaterThanOrEqual(REQUESTS);
    // Not all of it was turned away at the door.
    expect(counts.get('200')).toBeGreaterThan(REQUESTS / 10);
    expect(answered.length).toBeGreaterThan(20);
  });

  it(`over HTTP/2 get them too (${OVER_HTTP2} more)`, async () => {
    const { violations, sent, counts } = await fuzz(gateway, {
      requests: OVER_HTTP2,
      seed: 'test',
      connections: 8,
      http2Share: 1,
    });
    expect(violations).toEqual([]);
    expect(sent).toBeGreaterThanOrEqual(OVER_HTTP2);
    expect(counts.get('200')).toBeGreaterThan(OVER_HTTP2 / 10);
    // Streams were left at every moment, and frames were sent that end sessions.
    expect(counts.get('left')).toBeGreaterThan(0);
    expect([...counts.keys()].some((what) => what.startsWith('HTTP/2 '))).toBe(true);
  });
});

describe('500 damaged configuration files', () => {
  it('are read or refused, every mistake on one line', () => {
    const { violations, accepted, refused } = fuzzConfig({ files: 500, seed: 'test' });
    expect(violations).toEqual([]);
    expect([accepted > 0, refused > 100]).toEqual([true, true]);
  });
});

describe('the judgement of memory', () => {
  const over = (bytesAt: (at: number) => number) => Array.from({ length: 100 }, (_, at) => bytesAt(at) * 2 ** 20);

  it('finds what is kept of every request', () => {
    expect(isGrowing(over((at) => 100 + at))).toBe(true);
  });

  it('lets a heap warm up and breathe', () => {
    expect(isGrowing(over((at) => 100 + Math.min(at, 30) * 5 + (at % 7)))).toBe(false);
  });
});
