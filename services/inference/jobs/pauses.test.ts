import { describe, expect, it } from 'vitest';
import type { JobRecord } from './job.ts';
import { createPauses } from './pauses.ts';
import { payloadOf } from './test-jobs.ts';

const job = (keyId: string, model: string): JobRecord => ({
  id: 'job',
  tenant: 'one',
  keyId,
  requestId: 'request',
  requestHash: 'hash',
  state: 'running',
  priority: 'normal',
  payload: payloadOf('a', { model }),
  callbackUrl: undefined,
  createdAt: 0,
  deadlineAt: undefined,
  startedAt: 0,
  finishedAt: undefined,
  attempts: 0,
  cancelRequested: false,
  result: undefined,
  error: undefined,
});

const NOBODY = { keyIds: [], targets: [] };
const open = () => createPauses({ minMs: 100, maxMs: 1000 }, () => 0.999999);

describe('pauses', () => {
  it('hold back one key, one target, or everybody', () => {
    const pauses = open();
    expect(pauses.exceptions(0)).toEqual(NOBODY);
    pauses.add('key', job('a', 'x'), 0, 50);
    pauses.add('target', job('b', 'y'), 0, 70);
    expect(pauses.exceptions(1)).toEqual({ keyIds: ['a'], targets: ['model:y'] });
    pauses.add('all', job('c', 'z'), 0, 60);
    expect(pauses.exceptions(1)).toBeUndefined();
    expect(pauses.exceptions(1000)).toEqual(NOBODY);
  });

  it('last as long as asked for, and longer each time in a row', () => {
    const pauses = open();
    const ends: number[] = [];
    let now = 0;
    for (let refusal = 0; refusal < 6; refusal += 1) {
      pauses.add('all', job('a', 'x'), now, 0);
      const end = pauses.nextEnd(now) ?? 0;
      ends.push(end - now);
      now = end;
    }
    expect(ends).toEqual([99, 199, 399, 799, 999, 999]);
    pauses.add('all', job('a', 'x'), now, 5000);
    expect(pauses.nextEnd(now)).toBe(now + 5000);
  });

  it('take refusals of the same moment for one', () => {
    const pauses = open();
    for (let refusal = 0; refusal < 20; refusal += 1) pauses.add('all', job('a', 'x'), 0, 0);
    expect(pauses.nextEnd(0)).toBe(99);
  });

  it('begin short again after a success', () => {
    const pauses = open();
    for (let now = 0; now < 5000; now += 1000) pauses.add('key', job('a', 'x'), now, 0);
    pauses.clear(job('a', 'x'));
    expect(pauses.exceptions(5000)).toEqual(NOBODY);
    pauses.add('key', job('a', 'x'), 5000, 0);
    expect(pauses.nextEnd(5000)).toBe(5099);
  });

  it('are never nothing, whatever the jitter says', () => {
    const pauses = createPauses({ minMs: 100, maxMs: 1000 }, () => 0);
    pauses.add('all', job('a', 'x'), 0, 0);
    expect(pauses.nextEnd(0)).toBeGreaterThan(0);
  });
});
