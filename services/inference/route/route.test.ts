import { afterEach, describe, expect, it } from 'vitest';
import { createTelemetry } from '../../../core/telemetry/telemetry.ts';
import { ask, configOf, type Harness, NEVER, read, scripted, startHarness, until } from './harness.ts';

const running: Harness[] = [];
const start = (...args: Parameters<typeof startHarness>): Harness => {
  const harness = startHarness(...args);
  running.push(harness);
  return harness;
};

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ route }) => route.stop()));
});

/** Another answer every time: what was read of it cannot be gone on with elsewhere. */
const FREE = { temperature: 1, seed: null };

const isGone = (pid: number | undefined): boolean => {
  try {
    process.kill(pid ?? 0, 0);
    return false;
  } catch {
    return true;
  }
};

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;

describe('a generation', () => {
  it('yields accepted, the text and finished', async () => {
    const { route } = start({ models: [scripted('echo')] });
    const types: string[] = [];
    const outcome = await read(route.generate('echo', ask('hello wörld €'), NEVER), ({ type }) => types.push(type));
    expect(outcome).toEqual({ text: 'hello wörld €', reason: 'stop', error: undefined });
    expect([types[0], types.at(-1)]).toEqual(['accepted', 'finished']);
  });

  it('waits for a model that is still loading', async () => {
    const harness = start({ models: [scripted('slow', { loadMs: 300 })] });
    const answer = read(harness.route.generate('slow', ask('hello'), NEVER));
    await until(
      () => harness.status('slow'),
      ({ waiting, state }) => waiting === 1 && state === 'loading',
    );
    expect((await answer).text).toBe('hello');
    expect(harness.status('slow').waiting).toBe(0);
  });

  it('starts a model that loads on demand, and only that one', async () => {
    const { route, status } = start({
      models: [scripted('asked', {}, { load: 'onDemand' }), scripted('idle', {}, { load: 'onDemand' })],
    });
    expect(status('asked').state).toBe('absent');
    expect((await read(route.generate('asked', ask('hello'), NEVER))).text).toBe('hello');
    expect([status('asked').state, status('idle').state]).toEqual(['ready', 'absent']);
  });

  it('gives its slot back when the client leaves in the middle', async () => {
    const harness = start({ models: [scripted('long', { reply: 'x'.repeat(4000), tokenMs: 5 })] });
    for await (const event of harness.route.generate('long', ask('go'), NEVER)) if (event.type === 'text') break;
    await until(
      () => harness.replica('long'),
      ({ slotsUsed, heartbeatAgeMs }) => slotsUsed === 0 && heartbeatAgeMs !== undefined,
    );
    expect(harness.replica('long').state).toBe('ready');
  });

  it('ends with the reason of its signal, and gives the slot back', async () => {
    const harness = start({ models: [scripted('long', { reply: 'x'.repeat(4000), tokenMs: 5 })] });
    const controller = new AbortController();
    const reason = new Error('deadline');
    const outcome = await read(harness.route.generate('long', ask('go'), controller.signal), (event) => {
      if (event.type === 'text') controller.abort(reason);
    });
    expect(outcome.error).toBe(reason);
    await until(
      () => harness.replica('long').slotsUsed,
      (used) => used === 0,
    );
  });

  it('stops waiting for a replica when its signal aborts', async () => {
    const harness = start({ models: [scripted('slow', { loadMs: 60_000 })] });
    const controller = new AbortController();
    const answer = read(harness.route.generate('slow', ask('go'), controller.signal));
    await until(
      () => harness.status('slow').waiting,
      (waiting) => waiting === 1,
    );
    controller.abort(new Error('gone'));
    expect((await answer).error).toEqual(new Error('gone'));
    expect(harness.status('slow').waiting).toBe(0);
  });

  it('of an unknown model names those there are', async () => {
    const { route } = start({ models: [scripted('one')] });
    const { error } = await read(route.generate('two', ask('go'), NEVER));
    expect(error).toMatchObject({ code: 'ERR_MODELS_UNKNOWN', details: { known: ['one'] } });
  });

  it('passes on what the engine says about a request, and the engine lives on', async () => {
    const { route, replica } = start({ models: [scripted('small', {}, { context: 64 })] });
    const { error } = await read(route.generate('small', ask('word '.repeat(400)), NEVER));
    expect(codeOf(error)).toBe('ERR_ENGINE_CONTEXT_OVERFLOW');
    expect((await read(route.generate('small', ask('short'), NEVER))).text).toBe('short');
    expect(replica('small').restarts).toBe(0);
  });

  it('is one of 2,000 at once, none lost and no slot kept', async () => {
    const harness = start({ models: [scripted('busy', {}, { slots: 64 })] });
    const answers = await Promise.all(
      Array.from({ length: 2000 }, (_, index) => read(harness.route.generate('busy', ask(`request ${index}`), NEVER))),
    );
    expect(answers.map(({ text }) => text)).toEqual(answers.map((_, index) => `request ${index}`));
    await until(
      () => harness.replica('busy'),
      ({ slotsUsed, waiting }) => slotsUsed === 0 && waiting === 0,
    );
  });
});

describe('embeddings', () => {
  it('come back in the order of the inputs', async () => {
    const { route } = start({ models: [scripted('embedder')] });
    const one = await route.compute('embedder', { kind: 'embed', inputs: ['a'] }, NEVER);
    const two = await route.compute('embedder', { kind: 'embed', inputs: ['b', 'a'] }, NEVER);
    const [oneVectors, twoVectors] = [one, two].map((result) => (result.kind === 'embed' ? result.vectors : []));
    expect(oneVectors).toHaveLength(1);
    expect(twoVectors?.[1]).toEqual(oneVectors?.[0]);
    expect(two.model).toBe('embedder');
  });
});

describe('an engine that is killed', () => {
  it('fails its requests at once, leaves other models alone, and is back by itself', async () => {
    const options = { reply: 'x'.repeat(2000), tokenMs: 5 };
    const harness = start({
      models: [scripted('victim', options), scripted('bystander', { ...options, reply: 'ok' })],
    });
    await harness.ready('victim');
    const { pid } = harness.replica('victim');
    let started = 0;
    const victims = Array.from({ length: 8 }, () => {
      let isNew = true;
      return read(harness.route.generate('victim', ask('go', FREE), NEVER), ({ type }) => {
        if (type === 'text' && isNew) started += 1;
        if (type === 'text') isNew = false;
      });
    });
    await until(
      () => started,
      (count) => count === 8,
    );
    process.kill(pid ?? 0, 'SIGKILL');
    for (const { error, reason } of await Promise.all(victims)) {
      expect([codeOf(error), reason]).toEqual(['ERR_ENGINE_DIED', undefined]);
    }
    expect((await read(harness.route.generate('bystander', ask('go'), NEVER))).text).toBe('ok');
    // Asked while it restarts: waits, and is answered.
    expect((await read(harness.route.generate('victim', ask('go', { maxTokens: 1 }), NEVER))).reason).toBe('length');
    expect(harness.replica('victim')).toMatchObject({ state: 'ready', restarts: 1 });
    expect(harness.replica('bystander').restarts).toBe(0);
    expect(harness.events).toContainEqual(
      expect.objectContaining({ type: 'engine.exited', model: 'victim', pid, wasAsked: false }),
    );
  });

  it('costs only the requests of its own replica', async () => {
    const harness = start({ models: [scripted('twins', { reply: 'y'.repeat(2000), tokenMs: 2 }, { replicas: 2 })] });
    await harness.ready('twins', 2);
    let started = 0;
    const answers = Array.from({ length: 8 }, () => {
      let isNew = true;
      return read(harness.route.generate('twins', ask('go', FREE), NEVER), ({ type }) => {
        if (type === 'text' && isNew) started += 1;
        if (type === 'text') isNew = false;
      });
    });
    await until(
      () => started,
      (count) => count === 8,
    );
    process.kill(harness.replica('twins').pid ?? 0, 'SIGKILL');
    const outcomes = await Promise.all(answers);
    expect(outcomes.filter(({ error }) => codeOf(error) === 'ERR_ENGINE_DIED').length).toBe(4);
    expect(outcomes.filter(({ reason }) => reason === 'stop').length).toBe(4);
    await harness.ready('twins', 2);
  });
});

describe('an engine that hangs', () => {
  it('is replaced, and its requests fail instead of hanging too', async () => {
    const harness = start({
      models: [scripted('stuck', { hangAfterTokens: 3 })],
      engines: { stallMs: 3_600_000, wedgedMs: 2500, probeIntervalMs: 60_000 },
    });
    await harness.ready('stuck');
    const { pid } = harness.replica('stuck');
    const { error } = await read(harness.route.generate('stuck', ask('a long enough text', FREE), NEVER));
    expect(codeOf(error)).toBe('ERR_ENGINE_DIED');
    await until(
      () => harness.replica('stuck'),
      (replica) => replica.state === 'ready' && replica.pid !== pid,
    );
    expect(isGone(pid)).toBe(true);
    expect(harness.events.some(({ type }) => type === 'engine.lost')).toBe(true);
  });
});

describe('an engine that falls silent', () => {
  it('is replaced, and its requests fail', async () => {
    const harness = start({
      models: [scripted('frozen', { reply: 'x'.repeat(100_000), tokenMs: 5 })],
      engines: { stallMs: 3_600_000, wedgedMs: 2500, probeIntervalMs: 60_000 },
    });
    await harness.ready('frozen');
    const { pid } = harness.replica('frozen');
    let isFrozen = false;
    const { error } = await read(harness.route.generate('frozen', ask('go', FREE), NEVER), ({ type }) => {
      if (type !== 'text' || isFrozen) return;
      isFrozen = true;
      process.kill(pid ?? 0, 'SIGSTOP');
    });
    expect(codeOf(error)).toBe('ERR_ENGINE_DIED');
    await until(
      () => harness.replica('frozen'),
      (replica) => replica.state === 'ready' && replica.pid !== pid,
    );
    expect(isGone(pid)).toBe(true);
  });
});

describe('the number of replicas', () => {
  it('changes while requests run, without an error', async () => {
    const harness = start({ models: [scripted('elastic', { reply: 'z'.repeat(40), tokenMs: 1 })] });
    await harness.ready('elastic');
    let isLoading = true;
    const errors: unknown[] = [];
    const work = async () => {
      while (isLoading) {
        const { error } = await read(harness.route.generate('elastic', ask('go'), NEVER));
        if (error !== undefined) errors.push(error);
      }
    };
    const workers = Array.from({ length: 16 }, work);
    for (const count of [3, 1, 2]) {
      await harness.route.setReplicas('elastic', count);
      await harness.ready('elastic', count);
      await until(
        () => harness.status('elastic').replicas.length,
        (length) => length === count,
      );
    }
    isLoading = false;
    await Promise.all(workers);
    expect(errors).toEqual([]);
  });

  it('goes to none and back', async () => {
    const harness = start({ models: [scripted('off')] });
    await harness.ready('off');
    await harness.route.setReplicas('off', 0);
    await until(
      () => harness.status('off').state,
      (state) => state === 'stopped',
    );
    const { error } = await read(harness.route.generate('off', ask('go'), NEVER));
    expect(error).toMatchObject({ code: 'ERR_ROUTE_NO_REPLICA', retryAfterSeconds: expect.any(Number) });
    await harness.route.setReplicas('off', 1);
    expect((await read(harness.route.generate('off', ask('back'), NEVER))).text).toBe('back');
  });

  it('is refused where it does not fit into memory, and nothing changes', async () => {
    const harness = start({
      models: [scripted('large')],
      supply: { fits: (_, __, { wanted }) => ({ ok: false, reason: `${wanted} x 3 GiB, 4 GiB are free` }) },
    });
    await harness.ready('large');
    await expect(harness.route.setReplicas('large', 2)).rejects.toMatchObject({ code: 'ERR_ROUTE_NO_MEMORY' });
    expect(harness.status('large')).toMatchObject({ wantedReplicas: 1, state: 'ready' });
  });
});

describe('settings that change while running', () => {
  it('reach the engine without a restart', async () => {
    const harness = start({ models: [scripted('live', { reply: 'before' })] });
    await harness.ready('live');
    harness.route.update(configOf([scripted('live', { reply: 'after' }, { replicas: 2 })]));
    await harness.ready('live', 2);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => read(harness.route.generate('live', ask('go'), NEVER))),
    );
    expect(answers.map(({ text }) => text)).toEqual(['after', 'after', 'after', 'after']);
    expect(harness.replica('live').restarts).toBe(0);
  });

  it('load no model that loads on demand', async () => {
    const harness = start({ models: [scripted('later', {}, { load: 'onDemand' }), scripted('now')] });
    harness.route.update(configOf([scripted('later', {}, { load: 'onDemand', replicas: 2 }), scripted('now')]));
    await harness.ready('now');
    expect(harness.status('later')).toMatchObject({ state: 'absent', wantedReplicas: 2 });
    expect((await read(harness.route.generate('later', ask('go'), NEVER))).text).toBe('go');
    await harness.ready('later', 2);
  });

  it('reach an engine that was loading when they changed', async () => {
    const harness = start({ models: [scripted('late', { reply: 'before', loadMs: 200 })] });
    await until(
      () => harness.status('late').state,
      (state) => state === 'loading',
    );
    harness.route.update(configOf([scripted('late', { reply: 'after', loadMs: 200 })]));
    expect((await read(harness.route.generate('late', ask('go'), NEVER))).text).toBe('after');
  });
});

describe('the end', () => {
  it('lets running streams finish, then ends every engine', async () => {
    const harness = start({ models: [scripted('polite', { reply: 'x'.repeat(200), tokenMs: 5 })] });
    await harness.ready('polite');
    const { pid } = harness.replica('polite');
    const isStarted = Promise.withResolvers<void>();
    const answer = read(harness.route.generate('polite', ask('go'), NEVER), () => isStarted.resolve());
    await isStarted.promise;
    await harness.route.drain(60_000);
    expect((await answer).text).toBe('x'.repeat(200));
    expect(isGone(pid)).toBe(true);
  });

  it('does not wait longer than it is given', async () => {
    const harness = start({ models: [scripted('endless', { reply: 'x'.repeat(100_000), tokenMs: 50 })] });
    await harness.ready('endless');
    const { pid } = harness.replica('endless');
    const isStarted = Promise.withResolvers<void>();
    const answer = read(harness.route.generate('endless', ask('go'), NEVER), () => isStarted.resolve());
    await isStarted.promise;
    await harness.route.drain(1);
    expect(codeOf((await answer).error)).toBe('ERR_ENGINE_DIED');
    expect(isGone(pid)).toBe(true);
  });

  it('comes twice without harm, also while loading, and refuses what comes after it', async () => {
    const harness = start({ models: [scripted('slow', { loadMs: 60_000 }), scripted('quick')] });
    await harness.ready('quick');
    const pids = [harness.replica('slow').pid, harness.replica('quick').pid];
    await Promise.all([harness.route.stop(), harness.route.stop()]);
    expect(pids.every(isGone)).toBe(true);
    expect(codeOf((await read(harness.route.generate('quick', ask('go'), NEVER))).error)).toBe('ERR_ROUTE_NO_REPLICA');
  });
});

describe('what is measured', () => {
  it('are slots, states, loads and restarts, and the median time to a first token', async () => {
    const telemetry = createTelemetry({
      serviceName: 'test',
      version: '0',
      known: { 'gen_ai.request.model': ['seen'] },
    });
    const harness = start({ models: [scripted('seen')], telemetry });
    expect(harness.status('seen').firstTokenMsP50).toBeUndefined();
    await harness.ready('seen');
    await read(harness.route.generate('seen', ask('go'), NEVER));
    expect(harness.status('seen').firstTokenMsP50).toBeGreaterThan(0);
    process.kill(harness.replica('seen').pid ?? 0, 'SIGKILL');
    await until(
      () => harness.replica('seen'),
      ({ state, restarts, slotsLimit }) => state === 'ready' && restarts === 1 && slotsLimit === 8,
    );
    const page = await telemetry.expose();
    for (const line of [
      'clawdbot_slots_limit{gen_ai_request_model="seen"} 8',
      'clawdbot_slots_used{gen_ai_request_model="seen"} 0',
      'clawdbot_engine_replicas{gen_ai_request_model="seen",state="ready"} 1',
      'clawdbot_model_state{gen_ai_request_model="seen",state="ready"} 1',
      'clawdbot_model_state{gen_ai_request_model="seen",state="failed"} 0',
      'clawdbot_engine_restarts_total{gen_ai_request_model="seen"} 1',
      'clawdbot_model_load_duration_seconds_count{gen_ai_request_model="seen",outcome="ok"} 2',
      'clawdbot_breaker_state{gen_ai_request_model="seen",state="closed"} 1',
    ]) {
      expect(page).toContain(line);
    }
    await telemetry.stop();
  });
});
