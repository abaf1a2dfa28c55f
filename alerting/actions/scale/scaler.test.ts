import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import type { ActionContext, Alert, Decision, Firing, Measured, Notice, Task } from '../action.ts';
import type { ScaleOptions } from './options.ts';
import { scaleAction } from './plugin.ts';

const NEVER = new AbortController().signal;
const MINUTE = 60_000;

const ALERT: Alert = {
  fingerprint: 'f',
  status: 'firing',
  labels: { alertname: 'InferenceTimeoutsHigh', job: 'clawdbot' },
  annotations: {},
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '',
  generatorURL: '',
};

/** An action over a gateway and a Prometheus that say what the test wants. */
const startScale = async (scale: object = {}) => {
  const config: ScaleOptions = configSchema.parse({ models: [{ id: 'm', engine: 'scripted' }], scale });
  const box = {
    at: Date.UTC(2026, 0, 1),
    replicas: 1,
    source: 'configuration',
    room: { fits: true } as { fits: boolean; reason?: string },
    conflict: false,
    putError: false,
    timeouts: 0,
    ageSeconds: 1,
    isPrometheusUp: true,
    isGatewayUp: true,
    firing: [] as Firing[],
    asked: [] as unknown[],
    decisions: [] as Decision[],
    notices: [] as Notice[],
    kept: new Map<string, unknown>(),
  };
  const measure = async (promql: string): Promise<Measured | undefined> => {
    if (!box.isPrometheusUp) throw new Error('connection refused');
    if (promql.startsWith('time()')) return { value: box.ageSeconds, ageMs: 0 };
    if (promql.includes('outcome="timeout"')) return { value: box.timeouts, ageMs: 0 };
    if (promql.includes('engine_time')) return { value: 0.3, ageMs: 0 };
    return undefined;
  };
  const ask: ActionContext['gateway']['ask'] = async (method, path, body) => {
    if (!box.isGatewayUp) throw new Error('connection refused');
    if (method === 'GET') {
      const { replicas: wanted, source, room: another } = box;
      return { status: 200, body: { models: [{ model: 'm', wanted, source, another }] } };
    }
    box.asked.push({ path, ...(body as object) });
    if (box.putError) throw new Error('gone');
    if (box.conflict) return { status: 409, body: { error: { message: 'no free cores' } } };
    if (path.endsWith('replicas')) {
      box.replicas = (body as { replicas: number }).replicas;
      box.source = 'scale';
    }
    return { status: 200, body: {} };
  };
  const start = () =>
    scaleAction.start({
      config,
      state: {
        get: (key: string) => box.kept.get(key),
        put: async (key: string, value: unknown) => void box.kept.set(key, structuredClone(value)),
      },
      now: () => box.at,
      decide: async (decision: Decision) => void box.decisions.push(decision),
      notify: async (notice: Notice) => void box.notices.push(notice),
      firing: () => box.firing,
      gateway: { ask, probe: async () => 'ready' },
      measure,
    } as unknown as Parameters<typeof scaleAction.start>[0]); // what it does not use is not here
  let action = await start();
  const task = (more: Partial<Task> = {}): Task => ({
    ...{ id: 't', incident: 'i', status: 'firing', alerts: [ALERT], attempt: 1, receivedAt: box.at },
    ...{ dryRun: false, bounds: {} },
    ...more,
  });
  return {
    box,
    fire(more: Partial<Task> = {}) {
      const asked = task(more);
      const { dryRun, bounds } = asked;
      box.firing = [{ alert: ALERT, incident: 'i', firstAt: box.at, seenAt: box.at, dryRun, bounds }];
      return action.perform(asked, NEVER);
    },
    resolve() {
      box.firing = [];
      return action.perform(task({ status: 'resolved' }), NEVER);
    },
    async run(ms: number) {
      for (let passed = 0; passed < ms; passed += 10_000) {
        box.at += 10_000;
        await action.tick?.(NEVER);
      }
    },
    async restart() {
      await action.stop();
      action = await start();
    },
  };
};

describe('the scaling action', () => {
  it('adds a replica when the alert fires, and takes it away after recovery, telling both', async () => {
    const { box, fire, resolve, run } = await startScale();
    box.timeouts = 0.08;
    expect(await fire()).toMatchObject({
      outcome: 'done',
      reason: 'time-outs at 1.60 of the limit: from 1 to 2',
      details: { model: 'm', from: 1, to: 2 },
    });
    expect(box.asked).toEqual([{ path: '/api/v1/admin/replicas', model: 'm', replicas: 2, source: 'scale' }]);
    box.timeouts = 0;
    expect(await resolve()).toMatchObject({ outcome: 'nothing' });
    await run(20 * MINUTE);
    expect(box.replicas).toBe(1);
    expect(box.decisions).toMatchObject([{ outcome: 'done', details: { from: 2, to: 1 } }]);
    expect(box.notices.map(({ severity, title }) => [severity, title])).toEqual([
      ['info', 'm: scaled out to 2'],
      ['info', 'm: scaled in to 1'],
    ]);
  });

  it('adds before any alert, when a limit is passed for long enough', async () => {
    const { box, run } = await startScale();
    box.timeouts = 0.06;
    await run(50_000);
    expect(box.replicas).toBe(1);
    await run(30_000);
    expect(box.replicas).toBe(2);
    expect(box.decisions).toMatchObject([{ outcome: 'done', details: { to: 2 } }]);
  });

  it('does nothing without capacity: the lowest priority is shed as long as it lasts, and people told once', async () => {
    const { box, fire, run } = await startScale();
    box.timeouts = 0.5;
    box.room = { fits: false, reason: 'no free cores: 2 of 2 threads are taken' };
    expect(await fire()).toMatchObject({
      outcome: 'nothing',
      reason: expect.stringContaining('nothing: no capacity: no free cores: 2 of 2 threads are taken'),
    });
    await run(30_000);
    const shed = { path: '/api/v1/admin/shedding', forMs: 300_000, reason: 'no capacity for m' };
    expect(box.asked).toEqual([shed, shed, shed, shed]);
    expect(box.notices).toMatchObject([
      { severity: 'warning', incident: 'i', text: expect.stringContaining('Requests of low priority are refused') },
    ]);
    expect(box.decisions).toEqual([]);
  });

  it('says the same where the gateway itself finds no room', async () => {
    const { box, fire } = await startScale();
    box.timeouts = 0.5;
    box.conflict = true;
    expect(await fire()).toMatchObject({ outcome: 'nothing', reason: 'nothing: no capacity: no free cores' });
    expect(box.notices).toHaveLength(1);
    box.conflict = false;
    expect(await fire()).toMatchObject({ outcome: 'done' });
  });

  it.each([
    ['Prometheus does not answer', { isPrometheusUp: false }],
    ['the last sample of the gateway is 31 s old', { ageSeconds: 31 }],
  ])('does nothing on stale data: %s', async (reason, box) => {
    const scale = await startScale();
    Object.assign(scale.box, { timeouts: 1 }, box);
    expect(await scale.fire()).toMatchObject({ outcome: 'nothing', reason: expect.stringContaining(reason) });
    await scale.run(5 * MINUTE);
    expect(scale.box.asked).toEqual([]);
  });

  it('changes nothing in a dry run, and says once what it would have done', async () => {
    const { box, fire, run } = await startScale();
    box.timeouts = 0.08;
    expect(await fire({ dryRun: true })).toMatchObject({
      outcome: 'dry_run',
      reason: expect.stringMatching(/^would scale/),
    });
    await run(MINUTE);
    expect([box.replicas, box.asked, box.decisions]).toEqual([1, [], []]);
  });

  it('keeps to the bounds of the row, and stops when it does not help', async () => {
    const { box, fire, run } = await startScale({ helpTries: 1 });
    box.timeouts = 1;
    await fire({ bounds: { maxStep: 1 } });
    expect(box.replicas).toBe(2);
    await run(10 * MINUTE);
    expect(box.replicas).toBe(2);
    expect(box.decisions).toMatchObject([{ outcome: 'nothing', details: { why: 'no_help' } }]);
    expect(box.notices.at(-1)).toMatchObject({
      severity: 'warning',
      text: expect.stringContaining('did not make it better'),
    });
  });

  it('makes a change again that nobody saw the end of, and knows one that was made', async () => {
    const { box, fire, run } = await startScale();
    box.timeouts = 0.08;
    box.putError = true;
    await expect(fire()).rejects.toThrow('gone');
    box.putError = false;
    expect(await fire()).toMatchObject({ outcome: 'done', details: { from: 1, to: 2 } });
    await run(30_000);
    expect(box.replicas).toBe(2);
    const made = await startScale();
    made.box.timeouts = 0.08;
    made.box.putError = true;
    await expect(made.fire()).rejects.toThrow('gone');
    Object.assign(made.box, { putError: false, replicas: 2, source: 'scale' });
    expect(await made.fire()).toMatchObject({ outcome: 'done', details: { from: 1, to: 2 } });
    expect(made.box.asked).toHaveLength(1);
  });

  it('bothers nobody about a lack of capacity before there is an alert', async () => {
    const { box, run, fire } = await startScale();
    Object.assign(box, { timeouts: 0.5, room: { fits: false, reason: 'no free cores' } });
    await run(3 * MINUTE);
    expect([box.asked, box.notices]).toEqual([[], []]);
    expect(box.decisions).toMatchObject([{ outcome: 'nothing', details: { why: 'no_capacity' } }]);
    await fire();
    expect([box.asked.length, box.notices.length]).toEqual([1, 1]);
  });

  it('does the same change once, whatever dies in between', async () => {
    const { box, fire, restart } = await startScale();
    box.timeouts = 0.08;
    await fire();
    await restart();
    expect(await fire()).toMatchObject({ outcome: 'nothing', details: { why: 'cooldown' } });
    expect(box.replicas).toBe(2);
  });

  it('leaves what a person set alone', async () => {
    const { box, fire, run } = await startScale();
    await run(10_000);
    Object.assign(box, { replicas: 3, source: 'person', timeouts: 1 });
    expect(await fire()).toMatchObject({ outcome: 'nothing', reason: expect.stringContaining('by hand') });
  });

  it('is asked again where the gateway does not answer, and its ticks say it once', async () => {
    const { box, fire, run } = await startScale();
    box.isGatewayUp = false;
    await expect(fire()).rejects.toThrow('connection refused');
    await run(MINUTE);
    expect(box.decisions).toMatchObject([{ outcome: 'retry', reason: 'connection refused' }]);
  });
});
