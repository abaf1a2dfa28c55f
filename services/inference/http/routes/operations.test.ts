import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { SCOPES } from '../../call.ts';
import type { Operation } from '../operation.ts';
import { scopesOf } from '../route-access.ts';
import { startTestService, type TestService } from './test-service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service?.stop());
beforeEach(() => {
  service.audit.length = 0;
});

const get = (path: string, scopes = '') =>
  service.send(path, scopes === '' ? {} : { headers: { authorization: `Bearer test ${scopes}` } });
const put = (path: string, body: unknown) => service.send(path, { method: 'PUT', body });

describe('limits', () => {
  it('change in part, with an audit line and a metric', async () => {
    const before = (await get('/api/v1/admin/limits')).json() as Record<string, unknown>;
    const answer = await put('/api/v1/admin/limits', { queue: 7, perKey: { concurrency: 2 } });
    const after = { ...before, queue: 7, perKey: { ...(before.perKey as object), concurrency: 2 } };
    expect([answer.status, answer.json()]).toEqual([200, after]);
    expect((await get('/api/v1/admin/limits')).json()).toEqual(after);
    expect(service.audit).toMatchObject([
      { action: 'limits.changed', fields: { 'user.id': 'key:test', labels: { source: 'api', before, after } } },
    ]);
    expect(service.counted).toContainEqual({ key: 'limitChanges', labels: { source: 'api' } });
    expect((await put('/api/v1/admin/limits', { perKey: { concurrency: null } })).json()).toMatchObject({
      queue: 7,
      perKey: { concurrency: null },
    });
  });

  it.each([
    ['maxConcurrency', { maxConcurrency: 0 }],
    ['maxConcurrency', { maxConcurrency: 'many' }],
    ['perKey.concurrency', { perKey: { concurrency: -1 } }],
    ['maxConcurency', { maxConcurency: 4 }],
    ['body', {}],
  ])('refuse a wrong %s: %j', async (path, body) => {
    const answer = await put('/api/v1/admin/limits', body);
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { details: { problems: [{ path }] } } }]);
    expect(service.audit).toEqual([]);
  });
});

describe('breakers', () => {
  it('open, half-open and close, with an audit line each', async () => {
    const open = { model: 'tiny', state: 'open', expiresMs: 1000, reason: 'a drill' };
    expect((await put('/api/v1/admin/breaker', open)).json()).toEqual({
      breakers: [
        { model: 'tiny', state: 'open', expiresInMs: 1000, until: '2026-01-01T00:00:01.000Z', reason: 'a drill' },
        { model: 'org/other', state: 'closed' },
      ],
    });
    for (const state of ['half_open', 'closed']) {
      expect((await put('/api/v1/admin/breaker', { model: 'tiny', state })).json()).toMatchObject({
        breakers: [{ state }, { state: 'closed' }],
      });
    }
    expect(service.audit.map(({ action, fields }) => [action, fields.labels])).toMatchObject([
      ['breaker.changed', { model: 'tiny', state: 'open', expires_ms: 1000, reason: 'a drill' }],
      ['breaker.changed', { state: 'half_open' }],
      ['breaker.changed', { state: 'closed' }],
    ]);
  });

  it('of unknown models are not found', async () => {
    expect((await put('/api/v1/admin/breaker', { model: 'none', state: 'open' })).status).toBe(404);
    expect(service.audit).toEqual([]);
  });
});

describe('shedding', () => {
  it('is set for a while and ended, with an audit line each', async () => {
    expect((await get('/api/v1/admin/shedding')).json()).toEqual({ shed: 'none' });
    const on = await put('/api/v1/admin/shedding', { forMs: 60_000, reason: 'no capacity' });
    expect(on.json()).toEqual({ shed: 'low', until: '2026-01-01T00:01:00.000Z', reason: 'no capacity' });
    expect((await put('/api/v1/admin/shedding', { forMs: 0 })).json()).toEqual({ shed: 'none' });
    expect((await put('/api/v1/admin/shedding', { forMs: 3_600_001 })).status).toBe(400);
    expect(service.audit).toMatchObject([
      { action: 'shedding.changed', fields: { labels: { for_ms: 60_000, reason: 'no capacity' } } },
      { action: 'shedding.changed', fields: { labels: { for_ms: 0 } } },
    ]);
  });
});

describe('replicas', () => {
  it('are shown with what the machine has left', async () => {
    expect((await get('/api/v1/admin/replicas')).json()).toMatchObject({
      models: [
        { model: 'tiny', another: { fits: false, lacks: 'cores', reason: 'all taken' } },
        { model: 'org/other', another: { fits: false, lacks: 'model' } },
      ],
      capacity: { threads: { total: 4, used: 4 }, devices: [] },
    });
  });

  it('change, with an audit line', async () => {
    const answer = await put('/api/v1/admin/replicas', { model: 'tiny', replicas: 1 });
    expect([answer.status, answer.json()]).toMatchObject([
      200,
      { models: [{ model: 'tiny', wanted: 1, replicas: [{ index: 0, pid: 4711 }] }, { model: 'org/other' }] },
    ]);
    expect(service.audit).toMatchObject([
      { action: 'replicas.changed', fields: { labels: { model: 'tiny', replicas: 1, source: 'person' } } },
    ]);
  });

  it('are refused where the machine has no room, without an audit line', async () => {
    const answer = await put('/api/v1/admin/replicas', { model: 'tiny', replicas: 64 });
    expect([answer.status, answer.json()]).toMatchObject([409, { error: { code: 'ERR_ROUTE_NO_CORES' } }]);
    expect(service.audit).toEqual([]);
  });
});

describe('models', () => {
  it.each(['load', 'unload'])('%s by hand, with an audit line', async (verb) => {
    const ask = (model: string) => service.send(`/api/v1/admin/models/${model}/${verb}`, { method: 'POST' });
    const answer = await ask('tiny');
    expect([answer.status, answer.json()]).toEqual([202, { model: 'tiny', state: 'ready', expectedLoadMs: null }]);
    expect((await ask('org%2Fother')).json()).toMatchObject({ model: 'org/other', state: 'absent' });
    expect((await ask('none')).status).toBe(404);
    expect(service.audit.map(({ action, fields }) => [action, fields])).toMatchObject([
      [`model.${verb}`, { labels: { model: 'tiny' } }],
      [`model.${verb}`, { labels: { model: 'org/other' } }],
    ]);
  });

  it('are listed with what is known of them and without paths', async () => {
    const answer = await get('/api/v1/models');
    expect(answer.json()).toMatchObject({
      models: [
        { id: 'tiny', isDefault: true, state: 'ready', facts: { parameters: 5 }, replicas: [{ pid: 4711 }] },
        { id: 'org/other', isDefault: false, state: 'absent', replicas: [] },
      ],
    });
    expect(answer.text).not.toContain('/secret/path');
  });

  it('are chosen with an explanation', async () => {
    const select = (scenario: string) => service.send('/api/v1/models/select', { body: { scenario } });
    expect((await select('chat')).json()).toMatchObject({ scenario: 'chat', model: 'tiny' });
    expect((await select('nope')).status).toBe(400);
  });
});

describe('health', () => {
  it('tells anybody whether it lives and is ready, and nothing else', async () => {
    const open = (path: string) => service.send(path, { headers: { authorization: '' } });
    expect([(await open('/api/v1/health/live')).text, (await open('/api/v1/health/ready')).text]).toEqual([
      '{"status":"live"}',
      '{"status":"ready"}',
    ]);
    expect((await open('/api/v1/health')).status).toBe(401);
    expect((await get('/api/v1/health')).json()).toMatchObject({ ready: true, components: { gateway: {} } });
    service.setReady(false);
    const notReady = await open('/api/v1/health/ready');
    expect([notReady.status, notReady.text]).toEqual([503, '{"status":"not_ready"}']);
    expect((await get('/api/v1/health')).status).toBe(503);
    service.setReady(true);
  });
});

describe('metrics', () => {
  it("come in Prometheus' text format", async () => {
    const answer = await get('/api/v1/metrics');
    expect([answer.headers['content-type'], answer.text]).toEqual([
      'text/plain; version=0.0.4; charset=utf-8',
      'up 1\n',
    ]);
  });

  it('fail visibly', async () => {
    service.breakMetrics(new ServiceError('ERR_HTTP_INTERNAL', 'no metrics'));
    expect((await get('/api/v1/metrics')).status).toBe(500);
    service.breakMetrics(undefined);
  });
});

describe('every operation', () => {
  const sampleOf = (operation: Operation) => operation.path.replace('{id}', 'job_1').replace('{model}', 'tiny');

  it('demands the scope it documents', async () => {
    for (const operation of service.operations) {
      const others = SCOPES.filter((scope) => !scopesOf(operation.access).includes(scope)).join(' ');
      const status = async (authorization: string) =>
        (
          await service.send(sampleOf(operation), {
            method: operation.method.toUpperCase() as 'GET',
            headers: { authorization },
            ...(operation.body === undefined ? {} : { body: {} }),
          })
        ).status;
      if (operation.access === 'address') continue;
      expect([operation.id, await status('')]).toEqual([operation.id, 401]);
      if (operation.access === 'any') continue;
      expect([operation.id, await status(`Bearer test ${others}`)]).toEqual([operation.id, 403]);
    }
  });
});
