import { afterEach, describe, expect, it } from 'vitest';
import { createTelemetry } from '../../../core/telemetry/telemetry.ts';
import { ask, type Harness, NEVER, read, scripted, startHarness, until } from './harness.ts';

const running: Harness[] = [];
/** Idle engines are not probed, so that requests alone decide. */
const start = (...models: readonly Record<string, unknown>[]): Harness => {
  const harness = startHarness({ models, engines: { probeIntervalMs: 3_600_000 } });
  running.push(harness);
  return harness;
};

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ route }) => route.stop()));
});

const stateOf = ({ route }: Harness, model: string) => route.breaker.get().find((view) => view.model === model);
const reopened = (harness: Harness, model: string) =>
  harness.events.some((event) => event.type === 'breaker.changed' && event.model === model && event.state === 'open');

describe('the breaker of a model', () => {
  it('refuses while it is open, for that model only', async () => {
    const { route } = start(scripted('one'), scripted('two'));
    route.breaker.set('one', { state: 'open', expiresMs: 60_000, reason: 'drill' });
    const { error } = await read(route.generate('one', ask('go'), NEVER));
    expect(error).toMatchObject({ code: 'ERR_ROUTE_BREAKER_OPEN', retryAfterSeconds: 60 });
    for (const kind of ['embed', 'tokenize'] as const) {
      const task = kind === 'embed' ? { kind, inputs: ['a'] } : { kind, input: { kind: 'text' as const, prompt: 'a' } };
      await expect(route.compute('one', task, NEVER)).rejects.toMatchObject({ code: 'ERR_ROUTE_BREAKER_OPEN' });
    }
    await expect(route.untilReady('one', NEVER)).rejects.toMatchObject({ code: 'ERR_ROUTE_BREAKER_OPEN' });
    expect((await read(route.generate('two', ask('go'), NEVER))).text).toBe('go');
    expect(route.breaker.get()).toMatchObject([
      { model: 'one', state: 'open', reason: 'drill' },
      { model: 'two', state: 'closed' },
    ]);
    route.breaker.set('one', { state: 'closed' });
    expect((await read(route.generate('one', ask('go'), NEVER))).text).toBe('go');
  });

  it('tries few at once while it is half open; clients that leave say nothing', async () => {
    const harness = start(scripted('one', { reply: 'x'.repeat(40), hangAfterTokens: 0 }, { slots: 8 }));
    await harness.ready('one');
    harness.route.breaker.set('one', { state: 'half_open' });
    const leave = new AbortController();
    const tried = [1, 2, 3].map(() => read(harness.route.generate('one', ask('go'), leave.signal)));
    const { error } = await read(harness.route.generate('one', ask('go'), NEVER));
    expect(error).toMatchObject({ code: 'ERR_ROUTE_BREAKER_OPEN', retryAfterSeconds: 1 });
    leave.abort(new Error('left'));
    await Promise.all(tried);
    expect(stateOf(harness, 'one')?.state).toBe('half_open');
  });

  it('is half open for a model that is still loading, and the first request it serves closes it', async () => {
    const harness = start(scripted('late', { loadMs: 200 }));
    harness.route.breaker.set('late', { state: 'half_open', reason: 'gateway was dead' });
    expect((await read(harness.route.generate('late', ask('go'), NEVER))).text).toBe('go');
    expect(stateOf(harness, 'late')).toEqual({ model: 'late', state: 'closed' });
  });

  it('opens again when what it tries fails, and comes back by itself', async () => {
    const harness = start(scripted('sick', { failRate: 1 }));
    await harness.ready('sick');
    harness.route.breaker.set('sick', { state: 'half_open' });
    expect((await read(harness.route.generate('sick', ask('go'), NEVER))).error).toMatchObject({
      code: 'ERR_ENGINE_FAILED',
    });
    expect(stateOf(harness, 'sick')?.state).toBe('open');
    expect(reopened(harness, 'sick')).toBe(true);
    await until(
      () => stateOf(harness, 'sick')?.state,
      (state) => state === 'half_open',
    );
  });

  it('does not count what is no fault of the model', async () => {
    const harness = start(scripted('small', {}, { context: 64 }));
    await harness.ready('small');
    harness.route.breaker.set('small', { state: 'half_open' });
    const { error } = await read(harness.route.generate('small', ask('word '.repeat(400)), NEVER));
    expect(error).toMatchObject({ code: 'ERR_ENGINE_CONTEXT_OVERFLOW' });
    const work = { kind: 'tokenize', input: { kind: 'text', prompt: 'a' } } as const;
    await harness.route.compute('small', work, NEVER);
    expect(stateOf(harness, 'small')?.state).toBe('half_open');
    await harness.route.compute('small', { kind: 'embed', inputs: ['a'] }, NEVER);
    expect(stateOf(harness, 'small')?.state).toBe('closed');
  });

  it('closes when an idle engine proves by itself that it decodes', async () => {
    const harness = startHarness({ models: [scripted('idle')], engines: { probeIntervalMs: 1000 } });
    running.push(harness);
    await harness.ready('idle');
    harness.route.breaker.set('idle', { state: 'half_open' });
    await until(
      () => stateOf(harness, 'idle')?.state,
      (state) => state === 'closed',
    );
  });

  it('is measured', async () => {
    const telemetry = createTelemetry({
      serviceName: 'test',
      version: '0',
      known: { 'gen_ai.request.model': ['seen'] },
    });
    const harness = startHarness({ models: [scripted('seen')], telemetry, engines: { probeIntervalMs: 3_600_000 } });
    running.push(harness);
    await harness.ready('seen');
    harness.route.breaker.set('seen', { state: 'half_open' });
    const page = await telemetry.expose();
    for (const [state, value] of Object.entries({ closed: 0, open: 0, half_open: 1 })) {
      expect(page).toContain(`clawdbot_breaker_state{gen_ai_request_model="seen",state="${state}"} ${value}`);
    }
    await telemetry.stop();
  });
});
