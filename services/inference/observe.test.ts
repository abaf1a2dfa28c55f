import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../core/errors/outcome.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { GenerationCall, GenerationEvent } from './call.ts';
import type { Flow } from './flow.ts';
import { observeFlow } from './observe.ts';

const CALL: GenerationCall = {
  requestId: 'req_1',
  caller: { keyId: 'key:a', tenant: 'key:a', scopes: new Set(['inference']), address: '127.0.0.1' },
  model: 'm',
  scenario: undefined,
  priority: 'normal',
  deadlineAt: undefined,
  signal: new AbortController().signal,
  request: {
    input: { kind: 'text', prompt: 'p' },
    maxTokens: 3,
    temperature: 0,
    topP: 1,
    seed: null,
    stop: [],
    responseFormat: { type: 'text' },
  },
};
const FINISHED: GenerationEvent = {
  type: 'finished',
  reason: 'stop',
  usage: { promptTokens: 5, completionTokens: 3, cachedTokens: 0 },
  timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
};

/** A flow whose events each take 100 ms on the clock it shares. */
const observed = (events: readonly (GenerationEvent | Error)[], call: GenerationCall = CALL) => {
  let clock = 0;
  const seen: unknown[][] = [];
  const flow: Flow = {
    async *generate() {
      for (const event of events) {
        clock += 100;
        if (event instanceof Error) throw event;
        yield event;
      }
    },
    compute: () => Promise.reject(new Error('unused')),
  };
  const telemetry = {
    counter: (key: string, labels?: object, value = 1) => void seen.push([key, labels, value]),
    record: (key: string, value: number, labels?: object) => void seen.push([key, labels, value]),
  };
  return {
    answer: observeFlow(flow, { telemetry, now: () => clock, isModel: (id) => id === 'm' }).generate(call),
    seen,
  };
};

const drain = async (answer: AsyncIterable<GenerationEvent>): Promise<void> => {
  for await (const _event of answer);
};

const outcomes = (seen: readonly unknown[][]) => seen.filter(([key]) => key === 'requests').map(([, labels]) => labels);

describe('the measured arrow', () => {
  it('measures a whole answer: tokens, first token, time per token, duration, once', async () => {
    const { answer, seen } = observed([
      { type: 'accepted', model: 'm', promptTokens: 5 },
      { type: 'text', text: 'a', tokens: 1 },
      { type: 'text', text: 'bc', tokens: 2 },
      FINISHED,
    ]);
    await drain(answer);
    const labels = {
      'gen_ai.operation.name': 'text_completion',
      'gen_ai.provider.name': 'clawdbot',
      'gen_ai.request.model': 'm',
    };
    expect(seen).toEqual([
      ['tokens', { 'gen_ai.token.type': 'input', 'gen_ai.request.model': 'm' }, 5],
      ['tokens', { 'gen_ai.token.type': 'output', 'gen_ai.request.model': 'm' }, 3],
      ['requests', { outcome: 'ok' }, 1],
      ['requestDuration', labels, 0.4],
      ['timeToFirstToken', labels, 0.2],
      ['timePerOutputToken', labels, 0.1],
    ]);
  });

  it.each([
    ['hit', 0],
    ['shared', 0],
    ['miss', 2],
  ] as const)('of a request that is a cache %s counts what was computed for it', async (cache, tokenCounts) => {
    const { answer, seen } = observed([
      { type: 'accepted', model: 'm', promptTokens: 5, cache },
      { type: 'text', text: 'a', tokens: 1 },
      { type: 'text', text: 'bc', tokens: 2 },
      FINISHED,
    ]);
    await drain(answer);
    const keys = seen.map(([key]) => key);
    expect(keys.filter((key) => key === 'tokens')).toHaveLength(tokenCounts);
    expect(keys.includes('timePerOutputToken')).toBe(cache === 'miss');
    expect(keys).toContain('timeToFirstToken');
    expect(outcomes(seen)).toEqual([{ outcome: 'ok' }]);
  });

  it('counts a consumer that leaves as cancelled, not as an error', async () => {
    const { answer, seen } = observed([{ type: 'accepted', model: 'm', promptTokens: 5 }, FINISHED]);
    for await (const _event of answer) break;
    expect(outcomes(seen)).toEqual([{ outcome: 'cancelled' }]);
  });

  it('counts an error in the middle once, with its code', async () => {
    const { answer, seen } = observed([
      { type: 'text', text: 'a', tokens: 1 },
      new ServiceError('ERR_ENGINE_DIED', 'gone'),
    ]);
    await expect(drain(answer)).rejects.toThrow('gone');
    expect(outcomes(seen)).toEqual([{ outcome: 'error' }]);
    expect(seen.at(-1)?.[1]).toMatchObject({ 'error.type': 'ERR_ENGINE_DIED' });
  });

  it('never makes a label of a model that is not configured', async () => {
    const { answer, seen } = observed([new ServiceError('ERR_MODELS_UNKNOWN', 'no')], { ...CALL, model: 'made-up' });
    await expect(drain(answer)).rejects.toThrow();
    expect(JSON.stringify(seen)).not.toContain('made-up');
  });
});

describe('the outcome of an error', () => {
  it.each([
    ['ERR_ADMIT_DEADLINE', 'timeout'],
    ['ERR_ADMIT_QUEUE_FULL', 'rejected'],
    ['ERR_ADMIT_RATE', 'rejected'],
    ['ERR_ROUTE_BREAKER_OPEN', 'rejected'],
    ['ERR_MODELS_UNKNOWN', 'rejected'],
    ['ERR_ENGINE_CONTEXT_OVERFLOW', 'rejected'],
    ['ERR_ROUTE_NO_REPLICA', 'error'],
    ['ERR_ENGINE_DIED', 'error'],
    ['ERR_HTTP_INTERNAL', 'error'],
  ] as const)('of %s is %s', (code, outcome) => {
    expect(outcomeOf(code, false)).toBe(outcome);
  });

  it('is cancelled when the client was gone, whatever was thrown', () => {
    expect(outcomeOf('ERR_HTTP_INTERNAL', true)).toBe('cancelled');
  });
});
