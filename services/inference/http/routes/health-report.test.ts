import { describe, expect, it } from 'vitest';
import { type HealthFacts, healthOf, type ReplicaHealth } from './health-report.ts';

const LIVE: ReplicaHealth = { state: 'ready', heartbeatAgeMs: 100, lastTokenAgeMs: 5000, slotsUsed: 0 };
const engines = { probeIntervalMs: 10_000, stallMs: 30_000, wedgedMs: 3500 };

const facts = (changes: Partial<HealthFacts> = {}): HealthFacts => ({
  version: '1.0.0',
  uptimeSeconds: 60,
  isDraining: false,
  models: [{ id: 'main', state: 'ready', replicas: [LIVE] }],
  modelConfigs: [
    { id: 'main', load: 'always' },
    { id: 'other', load: 'always' },
    { id: 'rare', load: 'onDemand' },
  ],
  engines,
  admission: { active: 1, waiting: 0, limits: { maxConcurrency: 16, queue: 256 } },
  jobs: { queued: 0, running: 0 },
  configProblem: undefined,
  egress: { seen: [], refusals: {} },
  ...changes,
});

const withReplica = (replica: Partial<ReplicaHealth>) =>
  healthOf(facts({ models: [{ id: 'main', state: 'ready', replicas: [{ ...LIVE, ...replica }] }] }));

it('says of a model that it runs on a slower engine than the one asked for, and why', () => {
  const fallBackReason = 'libraries of another build';
  expect(withReplica({ fallBackReason }).components['model main']).toMatchObject({ fallBack: fallBackReason });
  expect(withReplica({}).components['model main']).not.toHaveProperty('fallBack');
});

describe('readiness', () => {
  it('needs a replica that decodes', () => {
    expect(healthOf(facts())).toMatchObject({ status: 'ok', ready: true });
    expect(healthOf(facts({ models: [{ id: 'main', state: 'loading', replicas: [] }] }))).toMatchObject({
      status: 'down',
      ready: false,
    });
  });

  it.each([
    ['is still loading', { state: 'loading' }],
    ['never had a heartbeat', { heartbeatAgeMs: undefined }],
    ['has an old heartbeat', { heartbeatAgeMs: 3501 }],
    ['never made a token', { lastTokenAgeMs: undefined }],
    ['is idle and made its last token before its last probe', { lastTokenAgeMs: 40_001 }],
  ])('is missing where the replica %s', (_, replica) => {
    expect(withReplica(replica)).toMatchObject({ status: 'down', ready: false });
  });

  it('survives a long prompt, whose replica turns without making tokens', () => {
    expect(withReplica({ lastTokenAgeMs: 120_000, slotsUsed: 1 }).ready).toBe(true);
  });

  it('comes from any model that is always loaded, but not from one loaded on demand', () => {
    const main = { id: 'main', state: 'failed', reason: 'no file', replicas: [] };
    const up = (id: string) => ({ id, state: 'ready', replicas: [LIVE] });
    expect(healthOf(facts({ models: [main, up('other')] }))).toMatchObject({ status: 'degraded', ready: true });
    expect(healthOf(facts({ models: [main, up('rare')] })).ready).toBe(false);
  });

  it('ends when the service drains', () => {
    expect(healthOf(facts({ isDraining: true })).ready).toBe(false);
  });
});

describe('the parts', () => {
  it('say why the whole is degraded', () => {
    const limits = { maxConcurrency: 1, queue: 1 };
    const report = healthOf(
      facts({ admission: { active: 1, waiting: 1, limits }, jobs: undefined, configProblem: 'limits: expected …' }),
    );
    expect(report).toMatchObject({
      status: 'degraded',
      ready: true,
      components: {
        gateway: { status: 'ok', version: '1.0.0' },
        admission: { status: 'full', active: 1, waiting: 1 },
        jobs: { status: 'failed' },
        config: { status: 'rejected', reason: 'limits: expected …' },
        'model main': { status: 'ready', replicas: 1, decoding: 1 },
      },
    });
  });

  it('show a model whose replicas hang as stalled, and one that lost some as degraded', () => {
    const dead = { ...LIVE, heartbeatAgeMs: 99_000 };
    const stalled = healthOf(facts({ models: [{ id: 'main', state: 'ready', replicas: [dead] }] }));
    expect(stalled.components['model main']).toMatchObject({ status: 'stalled', decoding: 0 });
    const partly = healthOf(facts({ models: [{ id: 'main', state: 'ready', replicas: [LIVE, dead] }] }));
    expect(partly).toMatchObject({ status: 'degraded', ready: true });
  });

  it('do not mind a model on demand that nobody asked for', () => {
    const models = [...facts().models, { id: 'rare', state: 'stopped', replicas: [] }];
    expect(healthOf(facts({ models })).status).toBe('ok');
  });
});
