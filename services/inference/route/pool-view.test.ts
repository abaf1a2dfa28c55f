import { describe, expect, it } from 'vitest';
import { modelEvent, type PoolView, progressOf, refusalOf, stateOf } from './pool-view.ts';
import type { PreparationState } from './preparation.ts';
import { afterEnd, type ReplicaState } from './replica-state.ts';

const MODEL = { plugin: 'x', context: 64, slots: 4, threads: 1, embeds: false, device: 'cpu' };
const PREPARED: PreparationState<string> = {
  kind: 'prepared',
  files: [],
  facts: '',
  plan: { context: 'auto', kvTokens: 'auto' },
};
const TROUBLE = { reason: 'it broke', code: 'ERR_ENGINE_DIED', retryAt: 5000 } as const;
const STATES = {
  starting: { kind: 'starting' },
  loading: { kind: 'loading', ratio: 0.5 },
  ready: { kind: 'ready', model: MODEL },
  draining: { kind: 'draining', model: MODEL },
  restarting: { kind: 'restarting', ...TROUBLE },
  failed: { kind: 'failed', ...TROUBLE },
} as const satisfies Record<string, ReplicaState>;

const view = (kinds: readonly (keyof typeof STATES)[], more: Partial<PoolView> = {}): PoolView => ({
  id: 'm',
  preparing: PREPARED,
  replicas: kinds.map((kind) => STATES[kind]),
  wanted: 1,
  ...more,
});

describe('the state of a model', () => {
  it.each([
    [['failed', 'ready', 'loading'], 'ready'],
    [['failed', 'loading'], 'loading'],
    [['starting'], 'loading'],
    [['restarting'], 'failed'],
    [['failed', 'draining'], 'failed'],
    [[], 'loading'],
  ] as const)('with replicas %j is %s', (kinds, expected) => {
    expect(stateOf(view(kinds))).toBe(expected);
  });

  it('without replicas says why there are none', () => {
    expect(stateOf(view([], { preparing: { kind: 'absent' } }))).toBe('absent');
    expect(stateOf(view([], { preparing: { kind: 'fetching', ratio: 0.1 } }))).toBe('fetching');
    expect(stateOf(view([], { preparing: { kind: 'failed', ...TROUBLE } }))).toBe('failed');
    expect(stateOf(view(['draining'], { wanted: 0 }))).toBe('stopped');
  });
});

describe('progress', () => {
  it('is that of the fetch or of the load, and absent otherwise', () => {
    expect(progressOf(view([], { preparing: { kind: 'fetching', ratio: 0.1 } }))).toBe(0.1);
    expect(progressOf(view(['loading']))).toBe(0.5);
    expect(progressOf(view(['starting']))).toBeUndefined();
    expect(progressOf(view(['ready', 'loading']))).toBeUndefined();
  });
});

describe('a request without a ready replica', () => {
  it.each([['starting'], ['loading'], ['restarting']] as const)('waits while one is %s', (kind) => {
    expect(refusalOf(view([kind]), 0)).toBeUndefined();
  });

  it('waits for a fetch, and between a fetch and the first start', () => {
    expect(refusalOf(view([], { preparing: { kind: 'fetching' } }), 0)).toBeUndefined();
    expect(refusalOf(view([]), 0)).toBeUndefined();
  });

  it('is refused with the reason and the time of the next attempt', () => {
    expect(refusalOf(view(['failed']), 2500)).toMatchObject({
      code: 'ERR_ROUTE_NO_REPLICA',
      retryAfterSeconds: 3,
      details: { model: 'm', cause: 'ERR_ENGINE_DIED' },
      message: expect.stringContaining('it broke'),
    });
    expect(refusalOf(view([], { wanted: 0 }), 0)).toMatchObject({ message: expect.stringContaining('stopped') });
  });
});

describe('what is told', () => {
  it('describes a ready model, and a failed one by its reason', () => {
    expect(modelEvent(view(['ready', 'ready']))).toEqual({
      type: 'model',
      model: 'm',
      state: 'ready',
      detail: 'context 64, 4 slots, cpu, 2 replicas',
    });
    expect(modelEvent(view(['failed']))).toMatchObject({ detail: 'it broke', code: 'ERR_ENGINE_DIED' });
  });
});

describe('after an end nobody asked for', () => {
  it('a replica restarts, until it has failed too often', () => {
    const kinds = [1, 2, 3, 4, 5].map((failures) => afterEnd(failures, TROUBLE).kind);
    expect(kinds).toEqual(['restarting', 'restarting', 'restarting', 'restarting', 'failed']);
  });

  it('a replica whose files are broken fails at once', () => {
    expect(afterEnd(1, { ...TROUBLE, code: 'ERR_MODELS_FILE' }).kind).toBe('failed');
  });
});
