import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import {
  type BreakerState,
  breakerAt,
  CLOSED,
  endOf,
  endTrial,
  halfOpen,
  MAX_TRIALS,
  openFor,
  type TrialEnd,
  tryOne,
} from './breaker.ts';

const refused = (retryAfterSeconds: number) =>
  expect.objectContaining({ code: 'ERR_ROUTE_BREAKER_OPEN', retryAfterSeconds });

describe('a breaker', () => {
  it('that is open refuses, and is half open by itself when its time is over', () => {
    const open = openFor(1500, 100, 'wedged');
    expect(() => tryOne(open, 'm', 100)).toThrow(refused(2));
    expect(breakerAt(open, 1599)).toBe(open);
    expect(breakerAt(open, 1600)).toEqual(halfOpen(1600, 'wedged'));
  });

  it('without a time stays open', () => {
    const open = openFor(undefined, 0);
    expect(breakerAt(open, Number.MAX_SAFE_INTEGER)).toBe(open);
    expect(() => tryOne(open, 'm', 0)).toThrow(refused(30));
  });

  it('that is half open tries few at once, and closes with the first success', () => {
    let state = halfOpen(0);
    for (let trial = 0; trial < MAX_TRIALS; trial += 1) state = tryOne(state, 'm', 0);
    expect(() => tryOne(state, 'm', 0)).toThrow(refused(1));
    state = endTrial(state, 0, 'neither', 0);
    state = tryOne(state, 'm', 0);
    expect(endTrial(state, 0, 'good', 0)).toBe(CLOSED);
  });

  it('opens again when a trial fails, each time for longer, never for more than 5 s', () => {
    let now = 0;
    let state: BreakerState = halfOpen(now, 'dead');
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      state = endTrial(tryOne(state, 'm', now), now, 'bad', now);
      if (state.kind !== 'open' || state.until === undefined) throw new Error('expected it to be open for a while');
      waits.push(state.until - now);
      now = state.until;
      state = breakerAt(state, now);
    }
    expect(waits).toEqual([1000, 2000, 4000, 5000, 5000]);
    expect(state).toMatchObject({ kind: 'half_open', reason: 'dead' });
  });

  it('does not hear of trials from before it opened again', () => {
    const again = breakerAt(endTrial(tryOne(halfOpen(0), 'm', 0), 0, 'bad', 0), 1000);
    for (const end of ['good', 'bad', 'neither'] as const) expect(endTrial(again, 0, end, 1000)).toBe(again);
  });

  it('never lets more through than it tries at once, whatever becomes of them', () => {
    const end = fc.constantFrom<TrialEnd>('good', 'bad', 'neither');
    const step = fc.oneof(fc.constant('try' as const), fc.tuple(fc.nat(5), end), fc.nat(6000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let now = 0;
        let state: BreakerState = halfOpen(now);
        const running: number[] = [];
        for (const what of steps) {
          state = breakerAt(state, now);
          if (what === 'try') {
            if (state.kind !== 'half_open') continue;
            const { since } = state;
            try {
              state = tryOne(state, 'm', now);
              running.push(since);
            } catch {
              expect(state).toMatchObject({ kind: 'half_open', trials: MAX_TRIALS });
            }
          } else if (typeof what === 'number') {
            now += what;
          } else {
            const [since] = running.splice(what[0] % Math.max(1, running.length), 1);
            if (since !== undefined) state = endTrial(state, since, what[1], now);
          }
          if (state.kind === 'half_open') {
            const { since, trials } = state;
            expect(trials).toBe(running.filter((one) => one === since).length);
            expect(trials).toBeLessThanOrEqual(MAX_TRIALS);
          }
          if (state.kind === 'open') expect(state.until ?? now).toBeLessThanOrEqual(now + 5000);
        }
      }),
    );
  });
});

describe('an error', () => {
  it.each([
    ['ERR_ENGINE_DIED', undefined, 'bad'],
    ['ERR_ENGINE_FAILED', undefined, 'bad'],
    ['ERR_ENGINE_FAILED', 500, 'bad'],
    ['ERR_ENGINE_FAILED', 503, 'neither'],
    ['ERR_ENGINE_FAILED', 429, 'neither'],
    ['ERR_ENGINE_CONTEXT_OVERFLOW', undefined, 'neither'],
    ['ERR_ENGINE_GRAMMAR', undefined, 'neither'],
    ['ERR_ROUTE_NO_REPLICA', undefined, 'neither'],
    ['ERR_ADMIT_QUEUE_FULL', undefined, 'neither'],
    ['ERR_ADMIT_RATE', undefined, 'neither'],
    ['ERR_ADMIT_DEADLINE', undefined, 'neither'],
  ] as const)('%s (upstream %s) counts as %s', (code, upstreamStatus, end) => {
    const details = upstreamStatus === undefined ? {} : { details: { upstreamStatus } };
    expect(endOf(new ServiceError(code, 'text', details))).toBe(end);
  });

  it('of a client that left says nothing', () => {
    expect(endOf(new Error('client gone'))).toBe('neither');
  });
});
