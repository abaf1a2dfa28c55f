import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { RESULT } from './store/store-contract.ts';
import { type Interruption, judge, type Outcome } from './verdict.ts';

const failed = (code: ErrorCode, wasAdmitted = true): Outcome => ({
  kind: 'failed',
  error: new ServiceError(code, 'it failed'),
  wasAdmitted,
});
const ANSWERED: Outcome = { kind: 'answered', result: RESULT };

const verdictOn = (outcome: Outcome, more: Partial<Parameters<typeof judge>[0]> = {}) =>
  judge({ outcome, interruption: undefined, hasDeadline: false, attempts: 0, maxAttempts: 5, ...more });

describe('the verdict on a run', () => {
  it('counts an answer as an attempt', () => {
    expect(verdictOn(ANSWERED, { attempts: 2 })).toEqual({
      kind: 'finish',
      attempts: 3,
      ending: { state: 'succeeded', result: RESULT },
    });
  });

  it.each<[Interruption, Outcome, object]>([
    ['cancelled', ANSWERED, { kind: 'finish', ending: { state: 'cancelled' } }],
    ['cancelled', failed('ERR_HTTP_INTERNAL'), { kind: 'finish', ending: { state: 'cancelled' } }],
    ['deadline', ANSWERED, { kind: 'finish', ending: { state: 'succeeded' } }],
    ['deadline', failed('ERR_HTTP_INTERNAL'), { kind: 'finish', ending: { state: 'expired' } }],
    ['stopping', ANSWERED, { kind: 'finish', ending: { state: 'succeeded' } }],
    ['stopping', failed('ERR_HTTP_INTERNAL'), { kind: 'release' }],
  ])('after our own interruption (%s)', (interruption, outcome, verdict) => {
    expect(verdictOn(outcome, { interruption })).toMatchObject(verdict);
  });

  it('is the same for every error of the table at the last attempt: it waits, expires or fails, never more', () => {
    // Safe: the keys of the table are its keys.
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const verdict = verdictOn(failed(code), { attempts: 4, hasDeadline: true });
      expect(['wait', 'finish']).toContain(verdict.kind);
    }
  });

  it.each<[ErrorCode, string]>([
    ['ERR_ADMIT_QUEUE_FULL', 'all'],
    ['ERR_ADMIT_DRAINING', 'all'],
    ['ERR_ADMIT_RATE', 'key'],
    ['ERR_ADMIT_CONCURRENCY', 'key'],
    ['ERR_ROUTE_NO_REPLICA', 'target'],
    ['ERR_ROUTE_BREAKER_OPEN', 'target'],
  ])('takes %s for back-pressure, even at the last attempt', (code, scope) => {
    expect(verdictOn(failed(code, false), { attempts: 4 })).toMatchObject({ kind: 'wait', scope });
  });

  it('repeats only what can succeed later', () => {
    expect(verdictOn(failed('ERR_ENGINE_DIED'))).toMatchObject({ kind: 'retry', attempts: 1 });
    expect(verdictOn(failed('ERR_ENGINE_DIED'), { attempts: 4 })).toMatchObject({ kind: 'finish', attempts: 5 });
    expect(verdictOn(failed('ERR_MODELS_UNKNOWN'))).toMatchObject({ kind: 'finish', ending: { state: 'failed' } });
  });

  it('tells the deadline of the job from that of one wait', () => {
    expect(verdictOn(failed('ERR_ADMIT_DEADLINE', false))).toMatchObject({ kind: 'wait' });
    expect(verdictOn(failed('ERR_ADMIT_DEADLINE', true))).toMatchObject({ ending: { state: 'expired' } });
    expect(verdictOn(failed('ERR_ADMIT_DEADLINE', false), { hasDeadline: true })).toMatchObject({
      ending: { state: 'expired' },
    });
  });
});
