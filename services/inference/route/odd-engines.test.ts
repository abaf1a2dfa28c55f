import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { createLoggers } from '../../../core/telemetry/log.ts';
import { ask, type Harness, NEVER, ODD_ENGINE, read, scripted, startHarness, until } from './harness.ts';

const running: Harness[] = [];
const start = (...args: Parameters<typeof startHarness>): Harness => {
  const harness = startHarness(...args);
  running.push(harness);
  return harness;
};
/** A model on the odd engine; the registry is not asked, so the plugin may have any name. */
const odd = (oddity: string) => ({ id: oddity, engine: 'odd', options: { oddity } });
const startOdd = (oddity: string, engines = {}): Harness =>
  start({ models: [odd(oddity)], engineEntry: ODD_ENGINE, engines });

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ route }) => route.stop()));
});

const failed = (harness: Harness, model: string) =>
  until(
    () => harness.status(model),
    ({ replicas }) => replicas[0]?.state === 'failed',
  );

describe('an engine that', () => {
  it('exits at its start is tried again, then refused with the reason; its last words are told', async () => {
    const harness = startOdd('exits');
    const { error } = await read(harness.route.generate('exits', ask('go'), NEVER));
    expect(error).toMatchObject({ code: 'ERR_ROUTE_NO_REPLICA', details: { cause: 'ERR_ENGINE_LOAD' } });
    expect(String(error)).toContain('exited with code 3');
    expect(harness.replica('exits').restarts).toBeGreaterThanOrEqual(4);
    expect(harness.events).toContainEqual(
      expect.objectContaining({ type: 'engine.exited', output: ['cannot find libodd.so'] }),
    );
  });

  it('writes a record of its own making gets a line of the stream of engines, as a message', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'odd-engine-'));
    const logs = createLoggers({
      ...{ dir, level: 'info', maxFileBytes: 1_000_000, maxFiles: 1, serviceName: 'clawdbot', version: '0' },
      redact: (text) => text.replace('key.created', '[X]'),
    });
    const harness = start({ models: [odd('forges')], engineEntry: ODD_ENGINE, engineLog: logs.engine });
    await harness.ready('forges');
    await until(
      () => harness.events,
      (events) => events.some(({ type }) => type === 'engine.output'),
    );
    await logs.stop();
    const lines = readFileSync(join(dir, 'engine.json'), 'utf8').trimEnd().split('\n');
    rmSync(dir, { recursive: true });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      'log.level': 'info',
      'event.action': 'engine.output',
      'event.dataset': 'clawdbot.engine',
      'gen_ai.request.model': 'forges',
      message: '{"log.level":"error","event.action":"[X]","trace.id":"0"}\r{"log.level":"warn"}\u2028\u001b[2K',
    });
  });

  it('says why it cannot load is not tried again at once', async () => {
    const harness = startOdd('fatal', { restart: { minMs: 10, maxMs: 600_000 } });
    const { reason } = await failed(harness, 'fatal');
    expect(reason).toContain('not a GGUF file');
    const { error } = await read(harness.route.generate('fatal', ask('go'), NEVER));
    expect(error).toMatchObject({ details: { cause: 'ERR_MODELS_FILE' }, retryAfterSeconds: expect.any(Number) });
    expect(harness.replica('fatal').restarts).toBe(0);
  });

  it.each([
    ['wrongVersion', 'protocol version'],
    ['notJson', 'not JSON'],
    ['unknownEvent', 'known event'],
  ])('sends garbage (%s) costs its process, not the service', async (oddity, reason) => {
    const harness = startOdd(oddity);
    expect((await failed(harness, oddity)).reason).toContain(reason);
  });

  it('gives its channel up is replaced', async () => {
    const harness = startOdd('disconnects');
    expect((await failed(harness, 'disconnects')).reason).toContain('SIGKILL');
  });

  it('never becomes ready is ended when its time to load is over', async () => {
    const harness = startOdd('neverReady', { loadTimeoutMs: 1000 });
    const { reason } = await until(
      () => harness.status('neverReady'),
      ({ replicas }) => replicas[0]?.state === 'restarting' || replicas[0]?.state === 'failed',
    );
    expect(reason).toContain('did not load within 1000 ms');
  });

  it('fails its probes is replaced', async () => {
    const harness = startOdd('failsProbes', { probeIntervalMs: 100 });
    await until(
      () => harness.events,
      (events) => events.some((event) => event.type === 'engine.lost' && event.reason.includes('probes in a row')),
    );
  });

  it('does not hear its order to stop is ended anyway', async () => {
    const harness = startOdd('deaf');
    await harness.ready('deaf');
    const { pid } = harness.replica('deaf');
    await harness.route.stop();
    expect(() => process.kill(pid ?? 0, 0)).toThrow();
  });

  it('cannot be started at all is reported like one that ended', async () => {
    const harness = start({ models: [odd('none')], engineEntry: '/nonexistent/engine.ts' });
    expect((await failed(harness, 'none')).reason).toContain('exited with code 1');
  });
});

describe('the scripted engine', () => {
  it.each(['message', 'channel'])(
    'that sends wrong bytes (%s) costs its requests, not the service',
    async (wrongBytes) => {
      const harness = start({ models: [scripted('wrong', { wrongBytes }), scripted('right')] });
      const { error } = await read(harness.route.generate('wrong', ask('go'), NEVER));
      expect(error).toMatchObject({ code: 'ERR_ENGINE_DIED' });
      expect((await read(harness.route.generate('right', ask('fine'), NEVER))).text).toBe('fine');
    },
  );

  it('that hangs while idle is found out by a probe', async () => {
    const harness = start({
      models: [scripted('idle', { hangAfterTokens: 0 })],
      engines: { probeIntervalMs: 100, stallMs: 3000 },
    });
    await until(
      () => harness.events,
      (events) => events.some(({ type }) => type === 'engine.lost'),
    );
  });

  it('that is idle and well proves it again and again', async () => {
    const harness = start({ models: [scripted('idle')], engines: { probeIntervalMs: 100 } });
    await harness.ready('idle');
    let last = Number.POSITIVE_INFINITY;
    let proofs = 0;
    await until(
      () => {
        const age = harness.replica('idle').lastTokenAgeMs ?? 0;
        if (age < last) proofs += 1;
        last = age;
        return proofs;
      },
      (count) => count >= 4,
    );
    expect(harness.replica('idle')).toMatchObject({ state: 'ready', restarts: 0 });
  });
});

describe('a model whose files', () => {
  it('come in the end is fetched again until then', async () => {
    let attempts = 0;
    const harness = start({
      models: [scripted('far')],
      supply: {
        fetch: async (_, { onProgress }) => {
          attempts += 1;
          onProgress({ ratio: 0.5, detail: 'half' });
          if (attempts < 3) throw new ServiceError('ERR_MODELS_SOURCE', 'offline');
          return { files: [] };
        },
      },
    });
    await harness.ready('far');
    expect(attempts).toBe(3);
    const told = harness.events.flatMap((event) => (event.type === 'model' ? [event] : []));
    expect(told).toContainEqual({ type: 'model', model: 'far', state: 'fetching', ratio: 0.5, detail: 'half' });
    expect(told).toContainEqual({
      type: 'model',
      model: 'far',
      state: 'failed',
      detail: 'offline',
      code: 'ERR_MODELS_SOURCE',
    });
    expect(told.at(-1)).toMatchObject({ state: 'ready' });
    expect(harness.status('far').facts).toBe('facts of far');
  });

  it('cannot be used refuses requests with the reason', async () => {
    const harness = start({
      models: [scripted('broken')],
      engines: { restart: { minMs: 10, maxMs: 600_000 } },
      supply: {
        readFacts: async () => {
          throw new ServiceError('ERR_MODELS_FILE', 'model.gguf: truncated');
        },
      },
    });
    const { error } = await read(harness.route.generate('broken', ask('go'), NEVER));
    expect(error).toMatchObject({ code: 'ERR_ROUTE_NO_REPLICA', details: { cause: 'ERR_MODELS_FILE' } });
    expect(harness.status('broken')).toMatchObject({ state: 'failed', reason: 'model.gguf: truncated' });
  });

  it('are on their way when the service stops are given up', async () => {
    let wasAborted = false;
    const harness = start({
      models: [scripted('endless')],
      supply: {
        fetch: (_, { signal }) =>
          new Promise((__, reject) => {
            signal.addEventListener('abort', () => {
              wasAborted = true;
              reject(signal.reason);
            });
          }),
      },
    });
    const answer = read(harness.route.generate('endless', ask('go'), NEVER));
    await until(
      () => harness.status('endless').waiting,
      (waiting) => waiting === 1,
    );
    await harness.route.stop();
    expect((await answer).error).toMatchObject({ code: 'ERR_ROUTE_NO_REPLICA' });
    expect(wasAborted).toBe(true);
  });
});

describe('the threads of the machine', () => {
  const startThreaded = (models: readonly Record<string, unknown>[]) =>
    start({ models, engineEntry: ODD_ENGINE, engines: { threads: 3 } });

  it('are divided among the engines that compute here', async () => {
    const harness = startThreaded([odd('none'), { ...odd('deaf'), load: 'onDemand' }]);
    await harness.ready('none');
    expect(harness.replica('none').threads).toBe(3);
    await harness.route.setReplicas('none', 2);
    await harness.ready('none', 2);
    expect([harness.replica('none', 0).threads, harness.replica('none', 1).threads]).toEqual([2, 1]);
    await harness.route.setReplicas('none', 1);
    await until(
      () => harness.replica('none').threads,
      (threads) => threads === 3,
    );
  });

  it('end: another replica is refused, and nothing changes', async () => {
    const harness = startThreaded([odd('none')]);
    await harness.ready('none');
    await expect(harness.route.setReplicas('none', 4)).rejects.toMatchObject({
      code: 'ERR_ROUTE_NO_CORES',
      details: { threads: 3, replicas: 4 },
    });
    expect(harness.status('none')).toMatchObject({ wantedReplicas: 1, state: 'ready' });
  });

  it('end: a model that finds none says so and starts when one is free', async () => {
    const harness = startThreaded([
      { ...odd('none'), threads: 3 },
      { ...odd('deaf'), load: 'onDemand' },
    ]);
    await harness.ready('none');
    await harness.route.setReplicas('deaf', 1);
    await until(
      () => harness.status('deaf').reason,
      (reason) => reason?.includes('no free cores') === true,
    );
    await harness.route.setReplicas('none', 0);
    await harness.ready('deaf');
  });

  it('are not asked for by engines that compute elsewhere', async () => {
    const harness = start({ models: [scripted('many', {}, { replicas: 3 })], engines: { threads: 1 } });
    await harness.ready('many', 3);
  });
});
