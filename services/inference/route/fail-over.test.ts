import { afterEach, describe, expect, it } from 'vitest';
import { createTelemetry } from '../../../core/telemetry/telemetry.ts';
import { ask, configOf, type Harness, NEVER, type Outcome, read, scripted, startHarness, until } from './harness.ts';

const running: Harness[] = [];
const start = (...args: Parameters<typeof startHarness>): Harness => {
  const harness = startHarness(...args);
  running.push(harness);
  return harness;
};

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ route }) => route.stop()));
});

const TEXT = Array.from({ length: 120 }, (_, index) => `${index} `).join('');
const SLOW = { reply: TEXT, charactersPerChunk: [1, 7], tokenMs: 5 };
/** Another answer every time. */
const FREE = { temperature: 1, seed: null };

const kill = (pid: number | undefined): void => void process.kill(pid ?? 0, 'SIGKILL');

const AGES = 3_600_000;
const stuck = (options: Record<string, unknown>) => scripted('twins', { reply: TEXT, ...options }, { replicas: 2 });

/** Kills the engine that has work in hand, which would never be done; the other one is as fast as can be from now on. */
const killBusy = async (harness: Harness): Promise<void> => {
  const victim = await until(
    () => harness.status('twins').replicas.find(({ slotsUsed }) => (slotsUsed ?? 0) > 0),
    (replica) => replica !== undefined,
  );
  harness.route.update(configOf([stuck({})]));
  kill(victim?.pid);
};

/** Asks, and kills the engine as soon as so much of the text has come. */
const killAfter = async (harness: Harness, characters: number, more: Parameters<typeof ask>[1]): Promise<Outcome> => {
  let length = 0;
  let isKilled = false;
  const pids = new Set(harness.status('twins').replicas.map(({ pid }) => pid));
  return read(harness.route.generate('twins', ask('go', more), NEVER), (event) => {
    if (event.type !== 'text') return;
    length += event.text.length;
    if (length < characters || isKilled) return;
    isKilled = true;
    for (const pid of pids) kill(pid);
  });
};

describe('a request whose engine dies', () => {
  it.each([0, 1, 40, 300])(
    'at temperature 0 reads like one that was not disturbed, after %i characters',
    async (at) => {
      const harness = start({ models: [scripted('twins', SLOW, { replicas: 2 })] });
      await harness.ready('twins', 2);
      // All engines die, so that it has to wait for one, too.
      expect(await killAfter(harness, at, {})).toEqual({ text: TEXT, reason: 'stop', error: undefined });
    },
  );

  it('with a seed goes on as well', async () => {
    const harness = start({ models: [scripted('twins', SLOW, { replicas: 2 })] });
    await harness.ready('twins', 2);
    expect(await killAfter(harness, 30, { temperature: 1, seed: 7 })).toMatchObject({ text: TEXT, reason: 'stop' });
  });

  it('is told so where what it read cannot be taken back, with what to do', async () => {
    const harness = start({ models: [scripted('twins', SLOW, { replicas: 2 })] });
    await harness.ready('twins', 2);
    const { error, reason } = await killAfter(harness, 30, FREE);
    expect(error).toMatchObject({ code: 'ERR_ENGINE_DIED', details: { hasBegun: true }, retryAfterSeconds: 1 });
    expect([String(error), reason]).toEqual([expect.stringContaining('temperature 0 or a seed'), undefined]);
  });

  it('is answered by another where nobody has read anything yet', async () => {
    const harness = start({ models: [stuck({})] });
    await harness.ready('twins', 2);
    harness.route.update(configOf([stuck({ firstTokenMs: AGES })]));
    const answer = read(harness.route.generate('twins', ask('go', FREE), NEVER));
    await killBusy(harness);
    expect(await answer).toEqual({ text: TEXT, reason: 'stop', error: undefined });
  });

  it('is answered by another until its end where nobody reads along', async () => {
    const harness = start({ models: [stuck({})] });
    await harness.ready('twins', 2);
    harness.route.update(configOf([stuck({ tokenMs: AGES })]));
    const answer = read(harness.route.generate('twins', ask('go', { ...FREE, isWhole: true }), NEVER));
    await killBusy(harness);
    expect(await answer).toEqual({ text: TEXT, reason: 'stop', error: undefined });
  });

  it('is accepted once, and its tokens are counted once', async () => {
    const harness = start({ models: [scripted('twins', SLOW, { replicas: 2 })] });
    await harness.ready('twins', 2);
    const undisturbed: string[] = [];
    let tokens = 0;
    await read(harness.route.generate('twins', ask('go'), NEVER), (event) => {
      undisturbed.push(event.type);
      if (event.type === 'text') tokens += event.tokens;
    });
    const types: string[] = [];
    let again = 0;
    await read(harness.route.generate('twins', ask('go'), NEVER), (event) => {
      types.push(event.type);
      if (event.type === 'text') again += event.tokens;
      if (again === 30) for (const { pid } of harness.status('twins').replicas) kill(pid);
    });
    expect(types.filter((type) => type !== 'text')).toEqual(['accepted', 'finished']);
    expect(again).toBe(tokens);
  });

  it('that ends every engine it meets fails after three of them', async () => {
    const harness = start({ models: [scripted('killer', { reply: TEXT, crashAfterTokens: 2 }, { replicas: 2 })] });
    await harness.ready('killer', 2);
    const { error } = await read(harness.route.generate('killer', ask('go'), NEVER));
    expect(error).toMatchObject({ code: 'ERR_ENGINE_DIED', details: { hasBegun: true } });
    expect(harness.events.filter(({ type }) => type === 'engine.exited')).toHaveLength(3);
  });

  it('is not asked for again when its client has left meanwhile', async () => {
    const harness = start({
      models: [scripted('lonely', SLOW)],
      engines: { restart: { minMs: 600_000, maxMs: 600_000 } },
    });
    await harness.ready('lonely');
    const controller = new AbortController();
    const outcome = await read(harness.route.generate('lonely', ask('go'), controller.signal), (event) => {
      if (event.type !== 'text') return;
      kill(harness.replica('lonely').pid);
      setTimeout(() => controller.abort(new Error('gone')), 50);
    });
    expect(outcome.error).toEqual(new Error('gone'));
    expect(harness.status('lonely').waiting).toBe(0);
  });

  it('computes elsewhere when it is no generation', async () => {
    const harness = start({ models: [scripted('twins', {}, { replicas: 2 })] });
    await harness.ready('twins', 2);
    for (const { pid } of harness.status('twins').replicas) kill(pid);
    const { kind } = await harness.route.compute('twins', { kind: 'embed', inputs: ['a'] }, NEVER);
    expect(kind).toBe('embed');
  });

  it('is counted by what became of it', async () => {
    const telemetry = createTelemetry({ serviceName: 't', version: '0', known: { 'gen_ai.request.model': ['twins'] } });
    const harness = start({ models: [scripted('twins', SLOW, { replicas: 2 })], telemetry });
    await harness.ready('twins', 2);
    await killAfter(harness, 30, {});
    await harness.ready('twins', 2);
    await killAfter(harness, 30, FREE);
    const page = await telemetry.expose();
    for (const result of ['resumed', 'failed']) {
      expect(page).toContain(`clawdbot_engine_moves_total{gen_ai_request_model="twins",result="${result}"} 1`);
    }
    expect(page).toContain('clawdbot_engine_takeover_duration_seconds_count{gen_ai_request_model="twins"} 1');
    await telemetry.stop();
  });
});
