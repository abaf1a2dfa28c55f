import { afterEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { ask, type Harness, NEVER, ODD_ENGINE, read, scripted, startHarness, until } from './harness.ts';
import type { ModelSupply } from './supply.ts';

const MB = 1e6;
const NEED = 100 * MB;
const running: Harness[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ route }) => route.stop()));
});

const plan: ModelSupply<string>['plan'] = ({ context, kvTokens }) => ({ context, kvTokens, needBytes: NEED });
const onDemand = (id: string, options = {}, more = {}) => scripted(id, options, { load: 'onDemand', ...more });

const start = (
  models: readonly Record<string, unknown>[],
  engines: Record<string, unknown> = {},
  more: Partial<Parameters<typeof startHarness>[0]> = {},
): Harness => {
  const harness = startHarness({
    models,
    engines: { memoryBytes: 150 * MB, minResidenceMs: 0, ...engines },
    supply: { plan },
    ...more,
  });
  running.push(harness);
  return harness;
};

const say = ({ route }: Harness, model: string, text = model, signal = NEVER) =>
  read(route.generate(model, ask(text), signal));
const stateOf = (harness: Harness, model: string) => harness.status(model).state;
const isAlive = ({ status }: Harness, model: string) => status(model).replicas.length > 0;

describe('two models and memory for one', () => {
  it('answer in turn without an error, and never run at the same time', async () => {
    const harness = start([onDemand('a'), onDemand('b')]);
    let together = 0;
    harness.route.onEvent(() => {
      if (isAlive(harness, 'a') && isAlive(harness, 'b')) together += 1;
    });
    for (let turn = 0; turn < 6; turn += 1) {
      const model = turn % 2 === 0 ? 'a' : 'b';
      expect(await say(harness, model)).toEqual({ text: model, reason: 'stop', error: undefined });
    }
    expect(together).toBe(0);
    expect(harness.status('a').expectedLoadMs).toBeGreaterThan(0);
  });

  it('both answer when they are asked at the same time, again and again', async () => {
    const harness = start([onDemand('a'), onDemand('b')]);
    const answers = Array.from({ length: 20 }, (_, index) => say(harness, index % 2 === 0 ? 'a' : 'b', `${index}`));
    expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(answers.map((_, index) => `${index}`));
  });

  it('let a running answer finish before its model leaves', async () => {
    const harness = start([onDemand('a', { reply: 'x'.repeat(400), tokenMs: 5 }), onDemand('b')]);
    let other: ReturnType<typeof say> | undefined;
    const long = await read(harness.route.generate('a', ask('go'), NEVER), ({ type }) => {
      if (type === 'text') other ??= say(harness, 'b');
    });
    expect(long).toMatchObject({ text: 'x'.repeat(400), error: undefined });
    expect((await other)?.text).toBe('b');
    expect(stateOf(harness, 'a')).toBe('absent');
  });

  it('keep one where it is until it has been there long enough', async () => {
    const harness = start([onDemand('a'), onDemand('b')], { minResidenceMs: 600_000 });
    await say(harness, 'a');
    const controller = new AbortController();
    const waiting = say(harness, 'b', 'b', controller.signal);
    await until(
      () => harness.status('b'),
      ({ state, waiting }) => state === 'loading' && waiting === 1,
    );
    expect(stateOf(harness, 'a')).toBe('ready');
    controller.abort(new Error('deadline'));
    expect((await waiting).error).toEqual(new Error('deadline'));
    await until(
      () => stateOf(harness, 'b'),
      (state) => state === 'absent',
    );
    expect((await say(harness, 'a')).text).toBe('a');
  });

  it('name the numbers where the one that is there may not leave', async () => {
    const harness = start([onDemand('a', {}, { pin: true }), onDemand('b')]);
    await say(harness, 'a');
    const { error } = await say(harness, 'b');
    expect(error).toMatchObject({ code: 'ERR_ROUTE_NO_REPLICA', details: { cause: 'ERR_ROUTE_NO_MEMORY' } });
    expect(`${error}`).toContain('needs 100 MB, 50 MB more than engines.memoryBytes (150 MB) leaves; loaded: a 100 MB');
    await harness.route.unload('a');
    expect((await say(harness, 'b')).text).toBe('b');
  });

  it('load the one that left again when the other cannot be loaded', async () => {
    const broken = onDemand('b', { oddity: 'exits' });
    const harness = start([onDemand('a', {}), broken], {}, { engineEntry: ODD_ENGINE });
    harness.route.load('a');
    await harness.ready('a');
    expect((await say(harness, 'b')).error).toMatchObject({ code: 'ERR_ROUTE_NO_REPLICA' });
    expect(stateOf(harness, 'a')).toBe('absent');
    void say(harness, 'a');
    await harness.ready('a');
  });
});

describe('memory that is free', () => {
  it('is looked at again after a model has left', async () => {
    let free = NEED;
    const harness = start(
      [onDemand('a'), onDemand('b')],
      { memoryBytes: 'auto' },
      {
        supply: {
          plan: (model, facts, reserved) => {
            if (free >= NEED) return plan(model, facts, reserved);
            throw new ServiceError('ERR_ROUTE_NO_MEMORY', 'too little', {
              details: { neededBytes: NEED, freeBytes: free },
            });
          },
        },
      },
    );
    harness.route.onEvent((event) => {
      if (event.type === 'engine.started') free -= NEED;
      // The machine shows it a moment later than the process is gone.
      if (event.type === 'engine.exited') setTimeout(() => (free += NEED), 150);
    });
    expect((await say(harness, 'a')).text).toBe('a');
    expect((await say(harness, 'b')).text).toBe('b');
    expect((await say(harness, 'a')).text).toBe('a');
  });

  it('is not promised twice to models that load at the same time', async () => {
    const seen: number[] = [];
    const harness = start(
      [scripted('a', { loadMs: 300 }), scripted('b', { loadMs: 300 })],
      { memoryBytes: 'auto' },
      {
        supply: {
          plan: (model, facts, reserved) => {
            seen.push(reserved?.bytes ?? 0);
            return plan(model, facts, reserved);
          },
        },
      },
    );
    await Promise.all([harness.ready('a'), harness.ready('b')]);
    expect(seen).toEqual([0, NEED]);
  });
});

describe('a model', () => {
  it('is loaded and unloaded by hand', async () => {
    const harness = start([onDemand('a')]);
    harness.route.load('a');
    await harness.ready('a');
    const pid = harness.replica('a').pid ?? 0;
    await harness.route.unload('a');
    expect(harness.status('a')).toMatchObject({
      state: 'absent',
      replicas: [],
      wantedReplicas: 1,
      facts: 'facts of a',
    });
    expect(() => process.kill(pid, 0)).toThrow();
    expect((await say(harness, 'a')).text).toBe('a');
  });

  it('with several replicas finishes what each of them has before it is gone', async () => {
    const many = onDemand('a', { reply: 'y'.repeat(300), tokenMs: 5 }, { replicas: 2 });
    const harness = start([many], { memoryBytes: 'auto' });
    harness.route.load('a');
    await harness.ready('a', 2);
    const begun: unknown[] = [];
    const answers = [1, 2, 3, 4].map((turn) =>
      read(harness.route.generate('a', ask(`${turn}`), NEVER), ({ type }) => type === 'accepted' && begun.push(turn)),
    );
    await until(
      () => begun.length,
      (count) => count === 4,
    );
    const gone = harness.route.unload('a');
    const late = say(harness, 'a');
    expect((await Promise.all(answers)).map(({ text }) => text.length)).toEqual([300, 300, 300, 300]);
    await gone;
    expect((await late).text.length).toBe(300);
  });

  it('leaves after it has been idle for as long as it may', async () => {
    const harness = start([onDemand('a', {}, { idleUnloadMs: 1000 }), onDemand('b')], { memoryBytes: 'auto' });
    await say(harness, 'a');
    await say(harness, 'b');
    await until(
      () => stateOf(harness, 'a'),
      (state) => state === 'absent',
    );
    expect(stateOf(harness, 'b')).toBe('ready');
    expect((await say(harness, 'a')).text).toBe('a');
  });

  it('is refused at once, and unloads nobody, when it is larger than the budget', async () => {
    const harness = start(
      [onDemand('a'), onDemand('big')],
      {},
      {
        supply: {
          plan: ({ id, context, kvTokens }) => ({ context, kvTokens, needBytes: id === 'big' ? 2 * NEED : NEED }),
        },
      },
    );
    await say(harness, 'a');
    expect((await say(harness, 'big')).error).toMatchObject({ details: { cause: 'ERR_ROUTE_NO_MEMORY' } });
    expect(stateOf(harness, 'a')).toBe('ready');
  });
});
