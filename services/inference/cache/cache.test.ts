import { describe, expect, it, vi } from 'vitest';
import { type Config, configSchema } from '../../../core/config/schema.ts';
import type { GenerationRequest } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import { type Ask, createCache } from './cache.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import type { CacheStore } from './store.ts';
import { ACCEPTED, ANSWER, collect, FINISHED, manualRoute, REQUEST, settle, text, textOf } from './test-generation.ts';

const HIT: readonly GenerationEvent[] = [
  { ...ACCEPTED, cache: 'hit' },
  { type: 'text', text: 'hello', tokens: 2 },
  { ...FINISHED, timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 } },
];

const configOf = (cache: Partial<Config['cache']> = {}, keeps = true): Config =>
  configSchema.parse({ cache, scenarios: { faq: { cache: keeps }, chat: {}, old: { degrade: { cachedMs: OLD_MS } } } });
const OLD_MS = 86_400_000;

interface Given {
  readonly cache?: Partial<Config['cache']>;
  readonly store?: (now: () => number) => CacheStore;
}

const open = ({ cache: settings, store = (now) => createMemoryStore(100_000, now) }: Given = {}) => {
  const clock = { now: 1_000_000 };
  const now = () => clock.now;
  const { generate, asked } = manualRoute();
  const counts: unknown[] = [];
  const make = { identity: 'files', policy: 'none' };
  const gauges = new Map<string, () => Iterable<{ readonly value: number }>>();
  const warn = vi.fn();
  const cache = createCache({
    config: configOf(settings),
    store: store(now),
    identityOf: () => make.identity,
    now,
    log: { warn },
    telemetry: {
      counter: (_key, labels) => void counts.push(labels),
      gauge: (key, observe) => void gauges.set(key, observe),
    },
  });
  const asking = (more: Partial<Ask> = {}, request: Partial<GenerationRequest> = {}): Ask => ({
    modelId: 'm',
    scenario: 'faq',
    priority: 'normal',
    choices: 1,
    deadlineAt: clock.now + 1000,
    signal: new AbortController().signal,
    policy: make.policy,
    redact: (events) => events,
    request: { ...REQUEST, ...request },
    ...more,
  });
  const ask = (more: Partial<Ask> = {}, request: Partial<GenerationRequest> = {}) =>
    cache.answer(asking(more, request), generate);
  /** Asks, and lets the route answer if it is asked. */
  const answer = async (more: Partial<Ask> = {}, request: Partial<GenerationRequest> = {}) => {
    const before = asked.length;
    const reading = collect(ask(more, request));
    await settle();
    if (asked.length > before) asked.at(-1)?.push(...ANSWER);
    return reading;
  };
  const results = () => counts.map((labels) => (labels as { readonly result: string }).result);
  return { cache, clock, asked, ask, asking, answer, make, results, counts, gauges, warn };
};

describe('the response cache', () => {
  it('answers the same question again as a stream of its own, with no time spent', async () => {
    const { answer, asked, counts } = open();
    expect(await answer()).toEqual([{ ...ACCEPTED, cache: 'miss' }, ...ANSWER.slice(1)]);
    expect(await answer()).toEqual(HIT);
    expect(asked).toHaveLength(1);
    expect(counts).toEqual([
      { cache: 'response', result: 'miss' },
      { cache: 'response', result: 'hit' },
    ]);
  });

  it('is off for a scenario that does not turn it on, and for a request without one', async () => {
    const { answer, asked, results } = open();
    for (const scenario of ['chat', undefined, 'chat', undefined]) {
      expect((await answer({ scenario }))[0]).toEqual(ACCEPTED);
    }
    expect(asked).toHaveLength(4);
    expect(results(), 'nothing was looked up').toEqual([]);
  });

  it('is off in every scenario that is shipped', () => {
    const { scenarios } = configSchema.parse({});
    expect(Object.keys(scenarios)).toContain('medical');
    for (const scenario of Object.values(scenarios)) expect(scenario.cache).toBe(false);
  });

  it('hands what may come out differently each time to the route as it is', () => {
    const { cache } = open();
    const events = (async function* () {
      yield FINISHED;
    })();
    const given = { modelId: 'm', scenario: 'faq', priority: 'normal', choices: 1, deadlineAt: 1, policy: '' } as const;
    const redact = (kept: readonly GenerationEvent[]) => kept;
    const request = { ...REQUEST, temperature: 1 };
    const { signal } = new AbortController();
    expect(cache.answer({ ...given, signal, request, redact }, () => events)).toBe(events);
  });

  it('keeps what has a seed, for that seed', async () => {
    const { answer, asked } = open();
    const seeded = (seed: number) => answer({}, { temperature: 1, seed });
    await seeded(1);
    expect((await seeded(1))[0]).toMatchObject({ cache: 'hit' });
    expect((await seeded(2))[0]).toMatchObject({ cache: 'miss' });
    expect(asked).toHaveLength(2);
  });

  it('shows no tenant what another one asked', async () => {
    const { answer, asked } = open();
    await answer();
    expect((await answer({}, { tenant: 'tenant-b' }))[0]).toMatchObject({ cache: 'miss' });
    expect(asked).toHaveLength(2);
  });

  it('forgets when the model or the rules on its answers change', async () => {
    const { answer, make, results } = open();
    await answer();
    make.identity = 'other files';
    await answer();
    make.policy = 'v2';
    await answer();
    expect(results()).toEqual(['miss', 'miss', 'miss']);
  });

  it('keeps what is left of an answer when it is redacted, and nothing where that fails', async () => {
    const { answer, asked, results } = open();
    const redact = (events: readonly GenerationEvent[]) =>
      events.map((event) => (event.type === 'text' ? { ...event, text: '[X]' } : event));
    await answer({ redact });
    expect(await answer()).toContainEqual({ type: 'text', text: '[X][X]', tokens: 2 });
    const failing = () => {
      throw new Error('no');
    };
    await answer({ redact: failing, policy: 'v2' });
    await answer({ policy: 'v2' });
    expect(results()).toEqual(['miss', 'hit', 'miss', 'miss']);
    expect(asked).toHaveLength(3);
  });

  it('uses an answer for its time; a shorter time applies to what is kept already', async () => {
    const { answer, clock, cache, results } = open({ cache: { ttlMs: 5000 } });
    await answer();
    clock.now += 4999;
    await answer();
    cache.update(configOf({ ttlMs: 4000 }));
    await answer();
    clock.now += 4000;
    await answer();
    expect(results()).toEqual(['miss', 'hit', 'miss', 'miss']);
  });

  it('keeps no answer that failed', async () => {
    const { ask, answer, asked, results } = open();
    const failing = expect(collect(ask())).rejects.toThrow('broken');
    await settle();
    asked[0]?.push(ACCEPTED, text('he'));
    asked[0]?.fail(new Error('broken'));
    await failing;
    await answer();
    expect(results()).toEqual(['miss', 'miss']);
  });

  it('keeps no answer whose reader left', async () => {
    const { ask, answer, asked, results } = open();
    const leaving = (async () => {
      for await (const event of ask()) if (event.type === 'text') break;
    })();
    await settle();
    asked[0]?.push(ACCEPTED, text('he'), text('llo'));
    await leaving;
    expect(asked[0]?.signal.aborted).toBe(true);
    await answer();
    expect(results()).toEqual(['miss', 'miss']);
  });

  it('keeps nothing larger than itself, and measures what it keeps', async () => {
    const { answer, cache, gauges, results } = open();
    const used = () => [...(gauges.get('cacheBytes')?.() ?? [])].map(({ value }) => value);
    await answer();
    expect(used()[0]).toBeGreaterThan(100);
    cache.update(configOf({ maxBytes: 50 }));
    await answer();
    await answer();
    expect(used()).toEqual([0]);
    expect(results()).toEqual(['miss', 'miss', 'miss']);
  });

  it('is turned off and on while it runs', async () => {
    const { answer, cache, results } = open();
    await answer();
    cache.update(configOf({}, false));
    await answer();
    cache.update(configOf());
    await answer();
    cache.update(configOf({ maxBytes: 0 }));
    await answer();
    expect(results()).toEqual(['miss', 'hit']);
  });

  it('replays a long answer in several pieces', async () => {
    const { ask, asked } = open();
    const long = Array.from({ length: 100 }, (_, index) => text(`${index} `));
    const reading = collect(ask());
    await settle();
    asked[0]?.push(ACCEPTED, ...long, FINISHED);
    await reading;
    const replayed = await collect(ask());
    expect(textOf(replayed)).toBe(textOf(long));
    expect(replayed.length).toBeGreaterThan(5);
  });
});

describe('a store that is slow or broken', () => {
  const slow = (now: () => number): CacheStore => {
    const inner = createMemoryStore(100_000, now);
    return { ...inner, get: async (tenant, key) => inner.get(tenant, key), set: async (...all) => inner.set(...all) };
  };

  it('is waited for', async () => {
    const { answer } = open({ store: slow });
    expect((await answer())[0]).toMatchObject({ cache: 'miss' });
    expect(await answer()).toEqual(HIT);
  });

  it('is not waited for by a client that is gone', async () => {
    const { ask, asked } = open({ store: (now) => ({ ...slow(now), get: () => new Promise(() => undefined) }) });
    const client = new AbortController();
    const gone = expect(collect(ask({ signal: client.signal }))).rejects.toThrow('gone');
    await settle();
    client.abort(new Error('gone'));
    await gone;
    expect(asked).toHaveLength(0);
  });

  it.each([
    [
      'throws',
      () => () => {
        throw new Error('down');
      },
    ],
    ['rejects', () => () => Promise.reject(new Error('down'))],
  ])('that %s costs its answers, not the requests, and is told once', async (_how, fault) => {
    const { answer, asked, warn } = open({ store: (now) => ({ ...slow(now), get: fault(), set: fault() }) });
    for (let round = 0; round < 3; round += 1) expect(textOf(await answer())).toBe('hello');
    expect(asked).toHaveLength(3);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('that holds bytes nobody wrote is a miss', async () => {
    const { answer } = open({ store: (now) => ({ ...slow(now), get: () => Buffer.from('{') }) });
    expect(textOf(await answer())).toBe('hello');
  });
});

describe('equal requests at the same time', () => {
  it('share one generation, also without a scenario', async () => {
    const { ask, asked, results } = open();
    const readings = [1, 2, 3].map(() => collect(ask({ scenario: undefined })));
    await settle();
    expect(asked).toHaveLength(1);
    asked[0]?.push(...ANSWER);
    const shared = [{ ...ACCEPTED, cache: 'shared' }, ...ANSWER.slice(1)];
    expect(await Promise.all(readings)).toEqual([ANSWER, shared, shared]);
    expect(results()).toEqual(['shared', 'shared']);
  });

  it('ask anew when the shared one is over', async () => {
    const { answer, asked } = open();
    await answer({ scenario: undefined });
    await answer({ scenario: undefined });
    expect(asked).toHaveLength(2);
  });

  it('do not share between tenants, numbers of choices, or when they may differ', async () => {
    const { ask, asked } = open();
    for (const [more, request] of [
      [{}, {}],
      [{}, { tenant: 'tenant-b' }],
      [{ choices: 2 }, {}],
      [{}, { temperature: 1 }],
      [{}, { temperature: 1 }],
      [{}, { temperature: 1, seed: 1 }],
      [{}, { temperature: 1, seed: 2 }],
    ] as const) {
      void collect(ask({ scenario: undefined, ...more }, request)).catch(() => undefined);
    }
    await settle();
    expect(asked).toHaveLength(7);
  });

  it('share nothing when that is turned off, but are kept', async () => {
    const { ask, answer, asked, results } = open({ cache: { coalesce: false } });
    const readings = [collect(ask()), collect(ask())];
    await settle();
    expect(asked).toHaveLength(2);
    for (const generation of asked) generation.push(...ANSWER);
    await Promise.all(readings);
    expect(await answer()).toEqual(HIT);
    expect(results()).toEqual(['miss', 'miss', 'hit']);
  });

  it('stop sharing as soon as that is turned off', async () => {
    const { ask, asked, cache } = open();
    const readings = [collect(ask({ scenario: undefined }))];
    await settle();
    cache.update(configOf({ coalesce: false }));
    readings.push(collect(ask({ scenario: undefined })), collect(ask()));
    await settle();
    expect(asked).toHaveLength(3);
    for (const generation of asked) generation.push(...ANSWER);
    await Promise.all(readings);
  });

  it('keep the answer when any of them wants it kept', async () => {
    const { ask, answer, asked, results } = open();
    const readings = [collect(ask({ scenario: undefined })), collect(ask())];
    await settle();
    asked[0]?.push(...ANSWER);
    await Promise.all(readings);
    expect(await answer()).toEqual(HIT);
    expect(results()).toEqual(['shared', 'hit']);
  });

  it('find nobody to join when the one who asked was gone before it began', async () => {
    const { ask, answer, asked } = open();
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(collect(ask({ signal, scenario: undefined }))).rejects.toThrow('gone');
    expect((await answer({ scenario: undefined }))[0]).toEqual(ACCEPTED);
    expect(asked).toHaveLength(1);
  });
});

describe('answers for a time when no model can answer', () => {
  const OLD = { scenario: 'old' };
  const VARYING = { temperature: 1, seed: null };

  it.each([
    ['the same every time', {}],
    ['another one every time', VARYING],
  ])('are kept as long as their scenario says, and used for nothing else: %s', async (_, request) => {
    const { cache, clock, asked, asking, answer } = open({ cache: { ttlMs: 1000 } });
    await answer(OLD, request);
    await answer(OLD, request);
    expect(asked).toHaveLength(2);
    clock.now += OLD_MS - 1;
    const found = await cache.findOld(asking(OLD, request), OLD_MS);
    expect(found).toMatchObject({ ageMs: OLD_MS - 1, events: [{ type: 'accepted', cache: 'hit' }, {}, {}] });
    expect(await cache.findOld(asking(OLD, request), 1000)).toBeUndefined();
    clock.now += 1;
    expect(await cache.findOld(asking(OLD, request), OLD_MS)).toBeUndefined();
  });

  it('are those of the same tenant and question only', async () => {
    const { cache, asking, answer } = open();
    await answer(OLD, { tenant: 'one' });
    const find = (request: Partial<GenerationRequest>) => cache.findOld(asking(OLD, request), OLD_MS);
    expect(await find({ tenant: 'one' })).toBeDefined();
    expect(await find({ tenant: 'two' })).toBeUndefined();
    expect(await find({ tenant: 'one', topP: 0.5 })).toBeUndefined();
  });

  it('are not there where the scenario does not say so, nor after a purge that came while they were made', async () => {
    const { cache, asked, ask, asking, answer } = open();
    await answer({ scenario: 'chat' }, VARYING);
    expect(await cache.findOld(asking({ scenario: 'chat' }, VARYING), OLD_MS)).toBeUndefined();
    const reading = collect(ask(OLD, { ...VARYING, tenant: 'one' }));
    await settle();
    await cache.forget('one');
    asked.at(-1)?.push(...ANSWER);
    await reading;
    expect(await cache.findOld(asking(OLD, { ...VARYING, tenant: 'one' }), OLD_MS)).toBeUndefined();
  });
});
