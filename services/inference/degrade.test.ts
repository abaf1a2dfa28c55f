import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { GenerationEvent } from './call.ts';
import { answerByChain, type KeptAnswer } from './degrade.ts';

const usage = { promptTokens: 1, completionTokens: 1, cachedTokens: 0 };
const timings = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
const answerOf = (model: string): GenerationEvent[] => [
  { type: 'accepted', model, promptTokens: 1 },
  { type: 'text', text: `of ${model}`, tokens: 1 },
  { type: 'finished', reason: 'stop', usage, timings },
];
const down = (code: 'ERR_ROUTE_BREAKER_OPEN' | 'ERR_ROUTE_NO_REPLICA' | 'ERR_ENGINE_DIED' = 'ERR_ROUTE_NO_REPLICA') =>
  new ServiceError(code, 'down', { retryAfterSeconds: 7 });

interface Given {
  /** What each model says; an error is thrown in its place. */
  readonly says: Readonly<Record<string, readonly (GenerationEvent | Error)[]>>;
  readonly kept?: KeptAnswer;
  readonly models?: readonly string[];
  readonly cachedMs?: number;
}

const run = async ({ says, kept, models = ['small'], cachedMs = 1000 }: Given) => {
  const asked: string[] = [];
  const events: GenerationEvent[] = [];
  let error: unknown;
  async function* generate(modelId: string): AsyncGenerator<GenerationEvent> {
    asked.push(modelId);
    for (const event of says[modelId] ?? []) {
      if (event instanceof Error) throw event;
      yield event;
    }
  }
  const findKept = async (maxAgeMs: number) => {
    asked.push(`cache ${maxAgeMs}`);
    return kept;
  };
  try {
    for await (const event of answerByChain({ modelId: 'large', chain: { models, cachedMs }, generate, findKept })) {
      events.push(event);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { asked, events, error };
};

describe('a chain of fall-backs', () => {
  it('changes nothing while the model answers', async () => {
    expect(await run({ says: { large: answerOf('large') } })).toEqual({
      ...{ asked: ['large'], events: answerOf('large'), error: undefined },
    });
  });

  it.each(['ERR_ROUTE_BREAKER_OPEN', 'ERR_ROUTE_NO_REPLICA', 'ERR_ENGINE_DIED'] as const)(
    'has the next model answer at %s, and says in whose place',
    async (code) => {
      const { asked, events } = await run({ says: { large: [down(code)], small: answerOf('small') } });
      expect(asked).toEqual(['large', 'small']);
      expect(events[0]).toEqual({ ...answerOf('small')[0], degraded: { by: 'model', insteadOf: 'large' } });
      expect(events.slice(1)).toEqual(answerOf('small').slice(1));
    },
  );

  it('takes over from a model that accepted and never said a word', async () => {
    const { events } = await run({
      says: { large: [...answerOf('large').slice(0, 1), down()], small: answerOf('small') },
    });
    expect(events.filter(({ type }) => type === 'accepted')).toHaveLength(1);
    expect(events[0]).toMatchObject({ model: 'small' });
  });

  it('comes to the cache last, and says how old the answer is', async () => {
    const kept = { events: answerOf('large'), ageMs: 400 };
    const { asked, events } = await run({ says: { large: [down()], small: [down()] }, kept });
    expect(asked).toEqual(['large', 'small', 'cache 1000']);
    expect(events[0]).toMatchObject({ model: 'large', degraded: { by: 'cache', ageMs: 400 } });
  });

  it('refuses with the reason of the model, and with what was tried', async () => {
    const { error, events } = await run({ says: { large: [down('ERR_ROUTE_BREAKER_OPEN')], small: [down()] } });
    expect(events).toEqual([]);
    expect(error).toMatchObject({
      ...{ code: 'ERR_ROUTE_BREAKER_OPEN', retryAfterSeconds: 7 },
      details: { tried: [{ model: 'small', code: 'ERR_ROUTE_NO_REPLICA' }, { cache: 'nothing kept' }] },
    });
  });

  it('never asks the cache where no answer of it may be used', async () => {
    const kept = { events: answerOf('large'), ageMs: 400 };
    const { asked, error } = await run({ says: { large: [down()] }, kept, models: [], cachedMs: 0 });
    expect([asked, error]).toMatchObject([['large'], { code: 'ERR_ROUTE_NO_REPLICA' }]);
  });

  it('passes over a model that the caller may not use', async () => {
    const hidden = new ServiceError('ERR_MODELS_UNKNOWN', 'no such model');
    const kept = { events: answerOf('large'), ageMs: 1 };
    const { events } = await run({ says: { large: [down()], small: [hidden] }, kept });
    expect(events[0]).toMatchObject({ degraded: { by: 'cache' } });
  });

  it.each([
    ['in the middle of an answer', [...answerOf('large').slice(0, 2), down('ERR_ENGINE_DIED')]],
    ['for a mistake of the caller', [new ServiceError('ERR_ENGINE_CONTEXT_OVERFLOW', 'too long')]],
    ['for want of time', [new ServiceError('ERR_ADMIT_DEADLINE', 'late')]],
  ])('asks nobody else %s', async (_, large) => {
    const { asked, error } = await run({ says: { large, small: answerOf('small') } });
    expect([asked, error]).toEqual([['large'], large.at(-1)]);
  });
});
