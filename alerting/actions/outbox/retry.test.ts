import { describe, expect, it } from 'vitest';
import type { Outcome } from '../action.ts';
import { sequelOf } from './retry.ts';

const CONFIG = { deadlineMs: 1000, minMs: 1000, maxMs: 60_000, giveUpMs: 600_000 };
const RETRY: Outcome = { outcome: 'retry', reason: 'no answer' };
const sequelAt = (attempt: number, random = 1, now = 10_000) =>
  sequelOf(RETRY, { attempt, receivedAt: 10_000, now, random }, CONFIG);

describe('another attempt', () => {
  it('waits twice as long each time, up to the longest wait, half of it left to chance', () => {
    const waits = [1, 2, 3, 7, 8, 1e6].map((attempt) => {
      const sequel = sequelAt(attempt);
      return sequel.kind === 'repeat' ? sequel.notBefore - 10_000 : undefined;
    });
    expect(waits).toEqual([1000, 2000, 4000, 60_000, 60_000, 60_000]);
    expect(sequelAt(1, 0)).toMatchObject({ notBefore: 10_500 });
  });

  it('is not made once the task is too old, and says how often it was tried', () => {
    expect(sequelAt(9, 1, 550_000)).toMatchObject({ kind: 'repeat' });
    expect(sequelAt(9, 1, 550_001)).toEqual({
      kind: 'end',
      outcome: { outcome: 'failed', reason: 'given up after 9 attempts: no answer' },
    });
  });

  it('is for what asks for it alone', () => {
    for (const outcome of ['done', 'nothing', 'dry_run', 'failed'] as const) {
      const found = { outcome, reason: 'so it is' };
      expect(sequelOf(found, { attempt: 1, receivedAt: 0, now: 0, random: 0 }, CONFIG)).toEqual({
        kind: 'end',
        outcome: found,
      });
    }
  });
});
