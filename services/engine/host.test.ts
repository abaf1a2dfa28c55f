import { describe, expect, it } from 'vitest';
import type { EnginePlugin } from './engine.ts';
import { createHost, EXIT } from './host.ts';
import type { GenerationRequest } from './protocol/generation.ts';
import { type EngineEvent, type EngineSpec, PROTOCOL_VERSION } from './protocol/messages.ts';
import { findEngine } from './registry.ts';

const spec = (overrides: Partial<EngineSpec> = {}): EngineSpec => ({
  version: PROTOCOL_VERSION,
  plugin: 'scripted',
  modelId: 'test',
  files: [],
  slots: 2,
  context: 64,
  kvTokens: 'auto',
  threads: 1,
  gpuLayers: 'auto',
  device: 'cpu',
  options: {},
  ...overrides,
});

const request = (prompt: string, more: Partial<GenerationRequest> = {}): GenerationRequest => ({
  input: { kind: 'text', prompt },
  maxTokens: null,
  temperature: 0,
  topP: 1,
  seed: null,
  stop: [],
  responseFormat: { type: 'text' },
  ...more,
});

const setUp = (find: (name: string) => Promise<EnginePlugin<unknown>> = findEngine) => {
  const events: EngineEvent[] = [];
  const logs: string[] = [];
  const watchers = new Set<() => void>();
  const exit = Promise.withResolvers<number>();
  const host = createHost({
    send: (message, done) => {
      events.push(...message.events);
      for (const watcher of watchers) watcher();
      setImmediate(done);
    },
    exit: exit.resolve,
    find,
    log: (line) => logs.push(line),
    now: () => performance.now(),
  });
  const until = (condition: (events: readonly EngineEvent[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = () => {
        if (!condition(events)) return;
        watchers.delete(check);
        resolve();
      };
      watchers.add(check);
      check();
    });
  const has = (type: EngineEvent['type'], id?: number) =>
    until((all) =>
      all.some((event) => event.type === type && (id === undefined || ('id' in event && event.id === id))),
    );
  return { host, events, logs, has, until, exited: exit.promise };
};

const ready = async (overrides: Partial<EngineSpec> = {}) => {
  const parts = setUp();
  parts.host.receive({ type: 'start', spec: spec(overrides) });
  await parts.has('ready');
  return parts;
};

const typesOf = (events: readonly EngineEvent[], id: number) =>
  events.filter((event) => 'id' in event && event.id === id).map(({ type }) => type);

describe('createHost', () => {
  it('is ready after a token, and answers in order', async () => {
    const { host, events, has } = await ready();
    host.receive({ type: 'generate', id: 1, request: request('12345678') });
    await has('finished', 1);
    expect(typesOf(events, 1)).toEqual(['accepted', 'tokens', 'tokens', 'finished']);
    expect(events[0]?.type).toBe('ready');
    host.stop(true);
  });

  it('sends heartbeat and statistics as soon as it is ready', async () => {
    const { host, events, has } = await ready();
    await has('stats');
    expect(events).toContainEqual(expect.objectContaining({ type: 'heartbeat', active: 0 }));
    expect(events).toContainEqual({
      type: 'stats',
      stats: { slotsUsed: 0, slotsLimit: 2, waiting: 0, rssBytes: expect.any(Number) },
    });
    host.stop(true);
  });

  it('says nothing more about cancelled work', async () => {
    const { host, events, has } = await ready({ options: { tokenMs: 3_600_000 } });
    host.receive({ type: 'generate', id: 1, request: request('12345678') });
    await has('tokens', 1);
    host.receive({ type: 'cancel', id: 1 });
    host.receive({ type: 'configure', options: {} });
    host.receive({ type: 'generate', id: 2, request: request('12345678') });
    await has('finished', 2);
    expect(typesOf(events, 1)).toEqual(['accepted', 'tokens']);
    host.stop(true);
  });

  it('finishes what runs before it stops, and takes no more', async () => {
    const { host, events, has, exited } = await ready({ options: { tokenMs: 5 } });
    host.receive({ type: 'generate', id: 1, request: request('x'.repeat(40)) });
    await has('tokens', 1);
    host.receive({ type: 'stop', now: false });
    host.receive({ type: 'generate', id: 2, request: request('late') });
    expect(await exited).toBe(EXIT.ok);
    expect(typesOf(events, 1).at(-1)).toBe('finished');
    expect(events).toContainEqual(expect.objectContaining({ type: 'failed', id: 2, code: 'ERR_ROUTE_NO_REPLICA' }));
  });

  it('gives up at once when told so', async () => {
    const { host, has, exited } = await ready({ options: { tokenMs: 3_600_000 } });
    host.receive({ type: 'generate', id: 1, request: request('x'.repeat(40)) });
    await has('tokens', 1);
    host.receive({ type: 'stop', now: true });
    expect(await exited).toBe(EXIT.ok);
  });

  it('stops while it loads', async () => {
    const { host, exited, events } = setUp();
    host.receive({ type: 'start', spec: spec({ options: { loadMs: 3_600_000 } }) });
    host.receive({ type: 'stop', now: false });
    expect(await exited).toBe(EXIT.ok);
    expect(events).toEqual([]);
  });

  it('refuses work before it is ready', async () => {
    const { host, events, has } = setUp();
    host.receive({ type: 'start', spec: spec({ options: { loadMs: 3_600_000 } }) });
    host.receive({ type: 'generate', id: 1, request: request('early') });
    await has('failed', 1);
    expect(events).toContainEqual(expect.objectContaining({ code: 'ERR_ROUTE_NO_REPLICA', retryAfterSeconds: 1 }));
    host.stop(true);
  });

  it('keeps its settings when new ones are wrong, and says why', async () => {
    const { host, logs, has } = await ready();
    host.receive({ type: 'configure', options: { tokenMs: 'fast' } });
    expect(logs.join()).toContain('tokenMs');
    host.receive({ type: 'generate', id: 1, request: request('x') });
    await has('finished', 1);
    host.stop(true);
  });

  it('applies new settings to running work', async () => {
    const { host, has } = await ready({ options: { firstTokenMs: 1, tokenMs: 3_600_000 } });
    host.receive({ type: 'generate', id: 1, request: request('12345678') });
    await has('tokens', 1);
    host.receive({ type: 'configure', options: { reply: 'later' } });
    host.receive({ type: 'generate', id: 2, request: request('12345678') });
    await has('finished', 2);
    host.stop(true);
  });

  it('applies settings that came while it loaded', async () => {
    const { host, events, has } = setUp();
    host.receive({ type: 'start', spec: spec({ options: { loadMs: 4, reply: 'old' } }) });
    host.receive({ type: 'configure', options: { reply: 'new' } });
    await has('ready');
    host.receive({ type: 'generate', id: 1, request: request('x') });
    await has('finished', 1);
    expect(events).toContainEqual({ type: 'tokens', id: 1, text: 'new', tokens: 1 });
    host.stop(true);
  });

  it('makes the same embeddings for the same text', async () => {
    const { host, events, has } = await ready();
    host.receive({ type: 'compute', id: 1, task: { kind: 'embed', inputs: ['a', 'b', 'a'] } });
    await has('computed', 1);
    const computed = events.find((event) => event.type === 'computed');
    const vectors = computed?.result.kind === 'embed' ? computed.result.vectors : [];
    expect(vectors[0]).toEqual(vectors[2]);
    expect(vectors[0]).not.toEqual(vectors[1]);
    host.stop(true);
  });

  it.each([
    ['an unknown command', { type: 'dance' }],
    ['another protocol version', { type: 'start', spec: { ...spec(), version: 99 } }],
  ])('ends over %s with a reason', async (_, message) => {
    const { host, events, exited } = setUp();
    host.receive(message);
    expect(await exited).toBe(EXIT.internal);
    expect(events.at(-1)).toMatchObject({ type: 'fatal', code: 'ERR_ENGINE_FAILED' });
  });

  it.each([
    ['options it does not know', { options: { colour: 'red' } }, 'colour'],
    ['a plugin nobody has', { plugin: 'no-such-engine' }, 'no-such-engine'],
  ])('ends over %s with a reason', async (_, overrides, words) => {
    const { host, events, exited } = setUp();
    host.receive({ type: 'start', spec: spec(overrides) });
    expect(await exited).toBe(EXIT.unavailable);
    expect(events.at(-1)).toMatchObject({ type: 'fatal', code: 'ERR_CONFIG_INVALID' });
    expect(events.at(-1)).toHaveProperty('message', expect.stringContaining(words));
  });

  it('ends over an id that is in use', async () => {
    const { host, exited } = await ready({ options: { tokenMs: 3_600_000 } });
    host.receive({ type: 'generate', id: 1, request: request('12345678') });
    host.receive({ type: 'generate', id: 1, request: request('12345678') });
    expect(await exited).toBe(EXIT.internal);
  });
});
