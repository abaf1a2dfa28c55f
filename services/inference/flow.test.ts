import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { GenerationRequest } from '../engine/protocol/generation.ts';
import type { GenerationCall, GenerationEvent } from './call.ts';
import { createFlow, type Stages } from './flow.ts';
import { NO_REDACTION } from './redact/stage/no-redaction.ts';

const REQUEST: GenerationRequest = {
  input: { kind: 'chat', messages: [{ role: 'user', content: 'hello you' }] },
  maxTokens: null,
  temperature: 0,
  topP: 1,
  seed: null,
  stop: [],
  responseFormat: { type: 'text' },
};
const FINISHED: GenerationEvent = {
  type: 'finished',
  reason: 'stop',
  usage: { promptTokens: 3, completionTokens: 4, cachedTokens: 0 },
  timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
};
const EVENTS: readonly GenerationEvent[] = [
  { type: 'accepted', model: 'm', promptTokens: 3 },
  { type: 'text', text: 'hi', tokens: 4 },
  FINISHED,
];

const callWith = (more: Partial<GenerationCall> = {}): GenerationCall => ({
  requestId: 'req_1',
  caller: { keyId: 'key:a', tenant: 'key:a', scopes: new Set(['inference']), address: '127.0.0.1' },
  model: undefined,
  scenario: undefined,
  priority: 'normal',
  deadlineAt: undefined,
  signal: new AbortController().signal,
  request: REQUEST,
  ...more,
});

const NO_CACHE: Stages['cache'] = {
  answer: ({ request, signal }, generate) => generate(request, signal),
  findOld: async () => undefined,
};

const stagesWith = (generate: Stages['route']['generate'], cache = NO_CACHE, loads: string[] = []) => {
  const log: string[] = [];
  const stages: Stages = {
    redact: { begin: () => NO_REDACTION, protect: (error) => error },
    models: {
      choose: () => {
        log.push('choose');
        return 'm';
      },
    },
    admit: {
      enter: ({ estimatedTokens }) => {
        log.push(`enter ${estimatedTokens}`);
        return {
          release: (used) => log.push(`release ${used}`),
          async away(wait) {
            log.push('away');
            await wait();
            log.push('back');
          },
        };
      },
    },
    cache,
    degrade: () => undefined,
    route: {
      generate,
      compute: () => Promise.reject(new Error('unused')),
      isReady: () => loads.length === 0,
      untilReady: async () => void log.push(loads.shift() ?? 'loaded'),
    },
    limits: () => ({ deadlineMs: 1000, maxOutputTokens: 99 }),
    now: () => Date.now(),
  };
  return { flow: createFlow(stages), log };
};

const replay = async function* (events: readonly GenerationEvent[]): AsyncGenerator<GenerationEvent> {
  yield* events;
};

/** Yields nothing until it is aborted, as an engine that is slow. */
const silent: Stages['route']['generate'] = (_model, _request, signal) => ({
  async *[Symbol.asyncIterator]() {
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    yield FINISHED;
  },
});

const collect = async (events: AsyncIterable<GenerationEvent>): Promise<GenerationEvent[]> => {
  const seen: GenerationEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
};

describe('the request arrow', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('goes through the stages in order and settles the slot with what was used', async () => {
    const { flow, log } = stagesWith(() => replay(EVENTS));
    expect(await collect(flow.generate(callWith()))).toEqual(EVENTS);
    expect(log).toEqual(['choose', 'enter 3', 'release 7']);
  });

  it('leaves its place to others while the model is loaded, as often as it takes', async () => {
    const { flow, log } = stagesWith(() => replay(EVENTS), NO_CACHE, ['loaded', 'evicted and loaded']);
    expect(await collect(flow.generate(callWith()))).toEqual(EVENTS);
    const waits = ['away', 'loaded', 'back', 'away', 'evicted and loaded', 'back'];
    expect(log).toEqual(['choose', 'enter 3', ...waits, 'release 7']);
  });

  it('caps an answer that names no length, without making the cap an ask', async () => {
    const asked: GenerationRequest[] = [];
    const { flow } = stagesWith((_model, request) => {
      asked.push(request);
      return replay(EVENTS);
    });
    await collect(flow.generate(callWith()));
    await collect(flow.generate(callWith({ request: { ...REQUEST, maxTokens: 5 } })));
    expect(asked.map(({ maxTokens, outputCap }) => [maxTokens, outputCap])).toEqual([
      [null, 99],
      [5, undefined],
    ]);
  });

  it('tells the engine whose request it is, so that nothing is shared between tenants', async () => {
    const asked: GenerationRequest[] = [];
    const { flow } = stagesWith((_model, request) => {
      asked.push(request);
      return replay(EVENTS);
    });
    await collect(flow.generate(callWith()));
    expect(asked[0]).toMatchObject({ tenant: 'key:a', keyId: 'key:a' });
  });

  it('tells the engine how urgent it is and the time that is left after admission', async () => {
    const asked: GenerationRequest[] = [];
    const { flow } = stagesWith((_model, request) => {
      asked.push(request);
      return replay(EVENTS);
    });
    await collect(flow.generate(callWith({ priority: 'high', deadlineAt: Date.now() + 70 })));
    expect(asked[0]).toMatchObject({ priority: 'high', deadlineMs: 70 });
  });

  it('asks the cache with all that an answer depends on, and charges nothing for a hit', async () => {
    const asked: unknown[] = [];
    const hit = [{ ...EVENTS[0], cache: 'hit' }, ...EVENTS.slice(1)] as GenerationEvent[];
    const { flow, log } = stagesWith(silent, {
      ...NO_CACHE,
      answer: (ask) => {
        asked.push(ask);
        return replay(hit);
      },
    });
    expect(await collect(flow.generate(callWith({ scenario: 'faq', choices: 2 })))).toEqual(hit);
    expect(asked).toMatchObject([{ modelId: 'm', scenario: 'faq', choices: 2, request: { tenant: 'key:a' } }]);
    expect(log.at(-1)).toBe('release 0');
  });

  it('generates several choices under one admission for all of them', async () => {
    const asked: GenerationRequest[] = [];
    const { flow, log } = stagesWith((_model, request) => {
      asked.push(request);
      return replay(EVENTS);
    });
    const request = { ...REQUEST, temperature: 1, maxTokens: 5 };
    const events = await collect(flow.generate(callWith({ request, choices: 3 })));
    expect(asked).toHaveLength(3);
    expect(events.filter(({ type }) => type === 'ended')).toHaveLength(3);
    expect(log).toEqual(['choose', 'enter 18', 'release 15']);
  });

  it('gives the slot back when the consumer leaves early', async () => {
    const { flow, log } = stagesWith(() => replay(EVENTS));
    for await (const event of flow.generate(callWith())) if (event.type === 'text') break;
    expect(log.at(-1), 'what was read and written until then counts').toBe('release 7');
  });

  it('ends a late answer with the deadline error, whatever the stage below threw', async () => {
    const { flow, log } = stagesWith(silent);
    const answer = collect(flow.generate(callWith()));
    const refusal = expect(answer).rejects.toMatchObject({ code: 'ERR_ADMIT_DEADLINE' });
    await vi.advanceTimersByTimeAsync(1001);
    await refusal;
    expect(log.at(-1)).toBe('release 0');
  });

  it('takes the deadline of the call before the default', async () => {
    const { flow } = stagesWith(silent);
    const refusal = expect(collect(flow.generate(callWith({ deadlineAt: Date.now() + 10 })))).rejects.toMatchObject({
      code: 'ERR_ADMIT_DEADLINE',
    });
    await vi.advanceTimersByTimeAsync(11);
    await refusal;
  });

  it('cancels when the client is gone, with the reason of the client', async () => {
    const { flow } = stagesWith(silent);
    const client = new AbortController();
    const left = expect(collect(flow.generate(callWith({ signal: client.signal })))).rejects.toThrow('gone');
    await vi.advanceTimersByTimeAsync(1);
    client.abort(new Error('gone'));
    await left;
  });

  it('passes refusals of the stages unchanged and leaves no timer behind', async () => {
    const { flow } = stagesWith(() => {
      throw new ServiceError('ERR_ROUTE_NO_REPLICA', 'none');
    });
    await expect(collect(flow.generate(callWith()))).rejects.toMatchObject({ code: 'ERR_ROUTE_NO_REPLICA' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
