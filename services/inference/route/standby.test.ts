import { afterEach, describe, expect, it } from 'vitest';
import { createTelemetry } from '../../../core/telemetry/telemetry.ts';
import { ask, configOf, type Harness, NEVER, ODD_ENGINE, read, scripted, startHarness, until } from './harness.ts';

const running: Harness[] = [];
const start = (...args: Parameters<typeof startHarness>): Harness => {
  const harness = startHarness(...args);
  running.push(harness);
  return harness;
};

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ route }) => route.stop()));
});

const AGES = 3_600_000;
/** What dies stays away. */
const NO_RESTART = { restart: { minMs: AGES, maxMs: AGES } };

/** The first of its kind; whichever is ready first takes the requests. */
const having = (harness: Harness, role: 'active' | 'standby') => {
  const found = harness.status('pair').replicas.find((replica) => replica.role === role);
  if (found === undefined) throw new Error(`no replica is ${role}`);
  return found;
};

describe('a replica that stands by', () => {
  it('takes no requests until the active one is lost, and all of them at once then', async () => {
    const harness = start({ models: [scripted('pair', {}, { standby: 1 })], engines: NO_RESTART });
    await harness.ready('pair', 2);
    const [active, standby] = [having(harness, 'active'), having(harness, 'standby')];
    for (let asked = 0; asked < 4; asked += 1) await read(harness.route.generate('pair', ask(`no. ${asked}`), NEVER));
    expect(having(harness, 'standby').lastTokenAgeMs).toBeGreaterThan(standby.lastTokenAgeMs ?? 0);

    process.kill(active.pid ?? 0, 'SIGKILL');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => read(harness.route.generate('pair', ask('go'), NEVER))),
    );
    expect(answers.map(({ text }) => text)).toEqual(new Array(8).fill('go'));
    expect(harness.events).toContainEqual({ type: 'standby.promoted', model: 'pair', replica: standby.index });
    expect(harness.status('pair')).toMatchObject({ state: 'ready', wantedReplicas: 1, waiting: 0 });
  });

  it('leaves its part to the one that comes back', async () => {
    const harness = start({ models: [scripted('pair', {}, { standby: 1 })] });
    await harness.ready('pair', 2);
    const [active, standby] = [having(harness, 'active'), having(harness, 'standby')];
    process.kill(active.pid ?? 0, 'SIGKILL');
    await until(
      () => harness.replica('pair', active.index),
      ({ restarts, state }) => restarts === 1 && state === 'ready',
    );
    expect([having(harness, 'active').index, having(harness, 'standby').index]).toEqual([standby.index, active.index]);
  });

  it('comes and goes with the configuration, and not with a model that is unloaded', async () => {
    const harness = start({ models: [scripted('pair')] });
    await harness.ready('pair');
    harness.route.update(configOf([scripted('pair', {}, { standby: 1 })]));
    await harness.ready('pair', 2);
    await harness.route.setReplicas('pair', 2);
    await harness.ready('pair', 3);
    const roles = harness.status('pair').replicas.map(({ role }) => role);
    expect(roles.toSorted()).toEqual(['active', 'active', 'standby']);
    await harness.route.setReplicas('pair', 0);
    await until(
      () => harness.status('pair').replicas.length,
      (length) => length === 0,
    );
  });

  it('takes no threads from the one it stands by for, and needs memory of its own', async () => {
    const asked: number[] = [];
    const odd = { id: 'odd', engine: 'odd', options: { oddity: 'deaf' }, standby: 1 };
    const harness = start({
      models: [odd],
      engineEntry: ODD_ENGINE,
      engines: { threads: 2 },
      supply: {
        fits: (_, __, { wanted }) => {
          asked.push(wanted);
          return { ok: true };
        },
      },
    });
    await harness.ready('odd', 2);
    expect([harness.replica('odd', 0).threads, harness.replica('odd', 1).threads]).toEqual([2, 2]);
    expect(asked).toEqual([2]);
  });

  it('is done without where there is no room for it, and an event says so', async () => {
    const harness = start({
      models: [scripted('pair', {}, { standby: 1 })],
      supply: { fits: (_, __, { wanted }) => ({ ok: wanted < 2, reason: 'two are too many' }) },
    });
    await harness.ready('pair');
    expect(harness.events).toContainEqual(
      expect.objectContaining({ type: 'replicas.refused', reason: 'two are too many' }),
    );
    expect(harness.status('pair').replicas).toHaveLength(1);
  });

  it('is counted as such, and its slots are not', async () => {
    const telemetry = createTelemetry({ serviceName: 't', version: '0', known: { 'gen_ai.request.model': ['pair'] } });
    const harness = start({ models: [scripted('pair', {}, { standby: 1 })], telemetry });
    await harness.ready('pair', 2);
    await until(
      () => having(harness, 'active').slotsLimit,
      (limit) => limit === 8,
    );
    const page = await telemetry.expose();
    expect(page).toContain('clawdbot_engine_replicas{gen_ai_request_model="pair",state="ready"} 1');
    expect(page).toContain('clawdbot_engine_replicas{gen_ai_request_model="pair",state="standby"} 1');
    expect(page).toContain('clawdbot_slots_limit{gen_ai_request_model="pair"} 8');
    await telemetry.stop();
  });
});
