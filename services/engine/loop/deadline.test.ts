import { describe, expect, it } from 'vitest';
import { expectLeast, type Outlook, refuseLate } from './deadline.ts';

const QUIET: Outlook = {
  ...{ ahead: 0, freeSlots: 4, slots: 4, missingTokens: 100, limit: 64 },
  ...{ serviceMs: 2000, answerTokens: 40, promptMs: 2, stepMs: 10 },
};
const expectation = (changes: Partial<Outlook> = {}) => expectLeast({ ...QUIET, ...changes });

describe('expectLeast', () => {
  it('counts the prompt and half the usual answer where a slot is free', () => {
    expect(expectation()).toEqual({ waitMs: 0, promptMs: 200, answerMs: 200 });
  });

  it('counts no more answer than was asked for', () => {
    expect(expectation({ limit: 3 }).answerMs).toBe(30);
  });

  it('counts half of what those ahead usually take, shared among the slots', () => {
    expect([0, 3, 7].map((ahead) => expectation({ ahead, freeSlots: 0 }).waitMs)).toEqual([250, 1000, 2000]);
    expect(expectation({ ahead: 3 }).waitMs).toBe(0);
  });

  it('expects nothing of what was never measured', () => {
    const unknown = { serviceMs: undefined, answerTokens: undefined, promptMs: undefined, stepMs: undefined };
    expect(expectation({ ...unknown, ahead: 50, freeSlots: 0 })).toEqual({ waitMs: 0, promptMs: 0, answerMs: 0 });
  });
});

describe('refuseLate', () => {
  const expected = { waitMs: 1500, promptMs: 200.4, answerMs: 99.6 };

  it('lets a request pass that may be in time', () => {
    expect(refuseLate(1800, expected)).toBeUndefined();
  });

  it('says what takes how long, and when to come again', () => {
    expect(refuseLate(1700, expected)).toMatchObject({
      code: 'ERR_ADMIT_DEADLINE',
      message: expect.stringContaining('takes 1800 ms at least (waiting 1500, prompt 200, answer 100), 1700 are left'),
      retryAfterSeconds: 3,
    });
  });
});
