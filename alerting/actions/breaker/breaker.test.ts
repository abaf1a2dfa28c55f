import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNote } from '../../../core/resilience/half-open-note.ts';
import type { ActionContext, Alert, Decision, Firing, Notice, Task } from '../action.ts';
import { breakerBounds } from './bounds.ts';
import { type GatewayFacts, type Probe, planFor, toRelease } from './decide.ts';
import { breakerAction } from './plugin.ts';

const NEVER = new AbortController().signal;
const AT = Date.UTC(2026, 0, 1);
const ALERT: Alert = {
  fingerprint: 'f',
  status: 'firing',
  labels: { alertname: 'ServiceUnavailable', job: 'clawdbot' },
  annotations: {},
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '',
  generatorURL: '',
};
const BOUNDS = breakerBounds.parse({ probeGapMs: 0 });

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-breaker-'));
  file = join(folder, 'run', 'half-open.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Model {
  status: string;
  decoding: number;
  state: 'closed' | 'open' | 'half_open';
  reason?: string;
}

/** The action over a gateway that is as the test says. */
const startBreaker = async () => {
  const box = {
    at: AT,
    probe: 'ready' as Probe,
    probes: 0,
    isDraining: false,
    models: {
      a: { status: 'ready', decoding: 1, state: 'closed' },
      b: { status: 'ready', decoding: 1, state: 'closed' },
    } as Record<string, Model>,
    asked: [] as unknown[],
    decisions: [] as Decision[],
    notices: [] as Notice[],
    firing: [] as Firing[],
    kept: new Map<string, unknown>(),
  };
  const ask: ActionContext['gateway']['ask'] = async (method, path, body) => {
    if (box.probe === 'unreachable') throw new Error('connection refused');
    if (path === '/api/v1/health') {
      const models = Object.entries(box.models).map(([id, { status, decoding }]) => [
        `model ${id}`,
        { status, decoding },
      ]);
      const gateway = { status: box.isDraining ? 'draining' : 'ok' };
      return {
        status: box.probe === 'ready' ? 200 : 503,
        body: { components: { gateway, ...Object.fromEntries(models) } },
      };
    }
    if (method === 'PUT') {
      box.asked.push(body);
      const { model, state, reason } = body as { model: string; state: Model['state']; reason: string };
      Object.assign(box.models[model] ?? {}, { state, reason });
    }
    const breakers = Object.entries(box.models).map(([model, { state, reason }]) => ({ model, state, reason }));
    return { status: 200, body: { breakers } };
  };
  const action = await breakerAction.start({
    config: {},
    state: {
      get: (key: string) => box.kept.get(key),
      put: async (key: string, value: unknown) => void box.kept.set(key, structuredClone(value)),
    },
    now: () => box.at,
    decide: async (decision: Decision) => void box.decisions.push(decision),
    notify: async (notice: Notice) => void box.notices.push(notice),
    firing: () => box.firing,
    gateway: {
      ask,
      async probe() {
        box.probes += 1;
        return box.probe;
      },
    },
    paths: { halfOpen: file },
  } as unknown as Parameters<typeof breakerAction.start>[0]); // what it does not use is not here
  const task = (more: Partial<Task> = {}): Task => ({
    ...{ id: 't', incident: 'i', status: 'firing', alerts: [ALERT], attempt: 1, receivedAt: AT },
    ...{ dryRun: false, bounds: BOUNDS },
    ...more,
  });
  return {
    box,
    fire(more: Partial<Task> = {}) {
      const asked = task(more);
      box.firing = [
        { alert: ALERT, incident: 'i', firstAt: AT, seenAt: AT, dryRun: asked.dryRun, bounds: asked.bounds },
      ];
      return action.perform(asked, NEVER);
    },
    resolve() {
      box.firing = [];
      return action.perform(task({ status: 'resolved' }), NEVER);
    },
    tick: () => action.tick?.(NEVER),
  };
};

const wedge = (box: Awaited<ReturnType<typeof startBreaker>>['box'], status = 'stalled') => {
  box.probe = 'not_ready';
  Object.assign(box.models.a ?? {}, { status, decoding: 0 });
};

describe('the breaker action', () => {
  it('opens for the models that cannot decode, and half-opens when the alert is over', async () => {
    const { box, fire, resolve } = await startBreaker();
    wedge(box);
    expect(await fire()).toMatchObject({ outcome: 'done', reason: 'opened for a, half open by itself after 600 s' });
    expect(box.asked).toEqual([{ model: 'a', state: 'open', reason: 'alert: ServiceUnavailable', expiresMs: 600_000 }]);
    expect(box.probes).toBe(3);
    expect(box.notices).toMatchObject([{ severity: 'info', incident: 'i' }]);
    expect(await resolve()).toMatchObject({ outcome: 'done', reason: 'half open: a: ServiceUnavailable is over' });
    expect(box.models.a?.state).toBe('half_open');
    expect(await resolve()).toMatchObject({ outcome: 'nothing' });
  });

  it('does nothing where an independent probe does not agree with Prometheus', async () => {
    const { box, fire, tick } = await startBreaker();
    expect(await fire()).toMatchObject({ outcome: 'nothing', reason: expect.stringContaining('independent probe') });
    await tick();
    expect([box.asked, box.decisions]).toEqual([[], []]);
    wedge(box);
    await tick();
    expect(box.decisions).toMatchObject([{ outcome: 'done', incident: 'i' }]);
  });

  it('half-opens as soon as a probe finds the service ready, without waiting for the alert to end', async () => {
    const { box, fire, tick } = await startBreaker();
    wedge(box);
    await fire();
    await tick();
    expect(box.models.a?.state).toBe('open');
    box.probe = 'ready';
    await tick();
    expect(box.models.a?.state).toBe('half_open');
    expect(box.decisions).toMatchObject([{ outcome: 'done', reason: expect.stringContaining('ready') }]);
    await tick();
    expect(box.asked).toHaveLength(2);
  });

  it('lets a trickle wait for a model that loads', async () => {
    const { box, fire } = await startBreaker();
    wedge(box, 'loading');
    expect(await fire()).toMatchObject({ outcome: 'done', reason: 'half open for a, which load' });
    expect(box.asked).toMatchObject([{ model: 'a', state: 'half_open' }]);
  });

  it('leaves a note for a gateway that is dead, and takes it away when it is over', async () => {
    const { box, fire, tick, resolve } = await startBreaker();
    box.probe = 'unreachable';
    expect(await fire()).toMatchObject({
      outcome: 'done',
      reason: 'the gateway does not answer: it will start half open',
    });
    const note = { reason: 'alert: ServiceUnavailable', expiresAt: AT + 600_000 };
    expect(await readNote(file, AT)).toEqual(note);
    box.at += 400_000;
    await tick();
    expect(await readNote(file, AT)).toEqual({ ...note, expiresAt: AT + 1_000_000 });
    await resolve();
    expect(await readNote(file, AT)).toBeUndefined();
  });

  it('half-opens a gateway that comes back without having read the note', async () => {
    const { box, fire, tick } = await startBreaker();
    box.probe = 'unreachable';
    await fire();
    wedge(box, 'loading');
    await tick();
    expect(box.models.a?.state).toBe('half_open');
    expect(await readNote(file, AT)).toBeUndefined();
  });

  it('touches no breaker that somebody opened, and does not open again what somebody closed', async () => {
    const { box, fire, tick, resolve } = await startBreaker();
    wedge(box);
    Object.assign(box.models.a ?? {}, { state: 'open', reason: 'by hand' });
    expect(await fire()).toMatchObject({ outcome: 'nothing', reason: 'the breaker of a is not closed already' });
    await resolve();
    Object.assign(box.models.a ?? {}, { state: 'closed' });
    await fire();
    Object.assign(box.models.a ?? {}, { state: 'closed' });
    await tick();
    expect(box.models.a?.state).toBe('closed');
  });

  it('only says what it would do in a dry run', async () => {
    const { box, fire, tick } = await startBreaker();
    wedge(box);
    expect(await fire({ dryRun: true })).toMatchObject({
      outcome: 'dry_run',
      reason: expect.stringContaining('opened for a'),
    });
    await tick();
    expect([box.asked, box.decisions, box.notices]).toEqual([[], [], []]);
  });

  it('lets go of an outage whose end was never told', async () => {
    const { box, fire, tick } = await startBreaker();
    wedge(box);
    await fire();
    box.firing = [];
    await tick();
    expect(box.models.a?.state).toBe('half_open');
  });

  it('tries again where the gateway dies in between, and says so once', async () => {
    const { box, fire, tick } = await startBreaker();
    wedge(box);
    await fire();
    box.probe = 'unreachable';
    await tick();
    expect(await readNote(file, AT)).toBeDefined();
    expect(box.decisions).toMatchObject([{ outcome: 'done', reason: expect.stringContaining('does not answer') }]);
  });
});

describe('the plan', () => {
  const facts = (more: Partial<GatewayFacts> = {}): GatewayFacts => ({
    isDraining: false,
    models: [{ id: 'a', status: 'failed', decoding: 0 }],
    breakers: [{ model: 'a', state: 'closed' }],
    ...more,
  });

  it.each<[string, readonly Probe[], GatewayFacts | undefined, object]>([
    ['one of the probes is ready', ['not_ready', 'ready'], facts(), { kind: 'nothing' }],
    ['it is stopping', ['not_ready'], facts({ isDraining: true }), { kind: 'nothing' }],
    [
      'the model sleeps',
      ['not_ready'],
      facts({ models: [{ id: 'a', status: 'absent', decoding: 0 }] }),
      { kind: 'nothing' },
    ],
    ['it answers in the end', ['unreachable', 'not_ready'], facts(), { kind: 'set', open: ['a'] }],
    ['it dies in the end', ['not_ready', 'unreachable'], undefined, { kind: 'note' }],
    ['it answers probes alone', ['not_ready'], undefined, { kind: 'note' }],
  ])('where %s', (_case, probes, found, plan) => {
    expect(planFor(probes, found, undefined)).toMatchObject(plan);
  });

  it('keeps to the one model of the bounds', () => {
    expect(planFor(['not_ready'], facts(), 'b')).toMatchObject({ kind: 'nothing' });
    expect(planFor(['unreachable'], undefined, 'b')).toEqual({ kind: 'note', models: ['b'] });
  });

  it('releases only what is ours and open', () => {
    const breakers = [
      { model: 'a', state: 'open', reason: 'alert: X' },
      { model: 'b', state: 'open', reason: 'by hand' },
      { model: 'c', state: 'half_open', reason: 'alert: X' },
    ] as const;
    expect(toRelease(['a', 'b', 'c'], breakers)).toEqual(['a']);
  });
});
