import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { GenerationRequest, TokenLogprob } from './protocol/generation.ts';
import type { EngineEvent } from './protocol/messages.ts';
import { createWork } from './work.ts';

const REQUEST: GenerationRequest = {
  input: { kind: 'text', prompt: 'twelve chars' },
  maxTokens: null,
  temperature: 0,
  topP: 1,
  seed: null,
  stop: [],
  responseFormat: { type: 'text' },
};

const setUp = (request: Partial<GenerationRequest> = {}) => {
  const events: EngineEvent[] = [];
  let time = 0;
  let ends = 0;
  const work = createWork({
    id: 7,
    request: { ...REQUEST, ...request },
    emit: (event) => events.push(event),
    onEnd: () => {
      ends += 1;
    },
    now: () => time,
  });
  return {
    work,
    events,
    ends: () => ends,
    at: (ms: number) => {
      time = ms;
    },
  };
};

describe('createWork', () => {
  it('says how many requests were in its widest step, where the engine tells', () => {
    const { work, events } = setUp();
    work.started();
    for (const requests of [2, 7, 3]) work.stepped?.(requests);
    work.finished('stop');
    expect(events.at(-1)).toMatchObject({ type: 'finished', batch: 7 });
  });

  it('reports one generation from start to end, with its times', () => {
    const { work, events, at } = setUp();
    work.accepted(3);
    at(10);
    work.started();
    at(25);
    work.tokens('a', 1);
    at(40);
    work.tokens('b', 1);
    at(50);
    work.finished('length');
    expect(events).toEqual([
      { type: 'accepted', id: 7, promptTokens: 3 },
      { type: 'tokens', id: 7, text: 'a', tokens: 1 },
      { type: 'tokens', id: 7, text: 'b', tokens: 1 },
      {
        type: 'finished',
        id: 7,
        reason: 'length',
        usage: { promptTokens: 3, completionTokens: 2, cachedTokens: 0 },
        timings: { queueMs: 10, prefillMs: 15, decodeMs: 15 },
      },
    ]);
  });

  it('counts the guesses of an answer that ends at a stop string', () => {
    const { work, events } = setUp({ stop: ['END'] });
    work.accepted(3);
    work.started();
    expect(work.tokens('a', 1, undefined, { accepted: 0, rejected: 0 })).toBe(true);
    expect(work.tokens('bEND', 1, undefined, { accepted: 2, rejected: 1 })).toBe(false);
    expect(events.at(-1)).toMatchObject({
      ...{ type: 'finished', reason: 'stop', usage: { acceptedTokens: 2, rejectedTokens: 1 } },
    });
  });

  it('ends by itself at a stop string, counting the tokens of the match', () => {
    const { work, events, ends } = setUp({ stop: ['END'] });
    work.accepted(1);
    expect(work.tokens('so E', 1)).toBe(true);
    expect(work.tokens('ND.', 1)).toBe(false);
    expect(events.filter(({ type }) => type === 'tokens').map((event) => 'text' in event && event.text)).toEqual([
      'so ',
      '',
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'finished', reason: 'stop', usage: { completionTokens: 2 } });
    expect(ends()).toBe(1);
  });

  it('gives back what it held for a stop string that never came', () => {
    const { work, events } = setUp({ stop: ['END'] });
    work.tokens('so EN', 1);
    work.finished('stop');
    expect(events).toContainEqual({ type: 'tokens', id: 7, text: 'EN', tokens: 0 });
  });

  it('tells the probabilities of tokens with their text, not before and not past a stop string', () => {
    const { work, events } = setUp({ stop: ['END'] });
    const told = () => events.flatMap((event) => (event.type === 'tokens' ? [namesIn(event)] : []));
    work.tokens('', 1, { logprobs: [logprob('first half')] });
    work.tokens('é', 1, { logprobs: [logprob('second half')] });
    work.tokens(' EN', 1, { logprobs: [logprob('near miss')] });
    work.tokens('tr', 1, { logprobs: [logprob('others')] });
    work.tokens('aE', 1, { logprobs: [logprob('cut')] });
    work.tokens('ND', 1, { logprobs: [logprob('gone')] });
    expect(told()).toEqual([[], ['first half', 'second half'], [], ['near miss', 'others'], [], []]);
  });

  it('tells what it held back of them at the end, and leaves other details where they are', () => {
    const { work, events } = setUp({ stop: ['END'] });
    work.tokens('', 1, { reasoning: 'hm' });
    work.tokens('E', 1, { logprobs: [logprob('held')] });
    work.finished('stop');
    expect(events.slice(0, -1)).toEqual([
      { type: 'tokens', id: 7, text: '', tokens: 1, details: { reasoning: 'hm' } },
      { type: 'tokens', id: 7, text: '', tokens: 1 },
      { type: 'tokens', id: 7, text: 'E', tokens: 0, details: { logprobs: [logprob('held')] } },
    ]);
    expect(events.at(-1)).toMatchObject({ usage: { completionTokens: 2, reasoningTokens: 1 } });
  });

  it('says nothing after its end', () => {
    const { work, events, ends } = setUp();
    work.failed(new ServiceError('ERR_ENGINE_FAILED', 'broken', { retryAfterSeconds: 3, details: { a: 1 } }));
    work.tokens('late', 1);
    work.finished('stop');
    work.close();
    expect(events).toEqual([
      {
        type: 'failed',
        id: 7,
        code: 'ERR_ENGINE_FAILED',
        message: 'broken',
        details: { a: 1 },
        retryAfterSeconds: 3,
      },
    ]);
    expect(ends()).toBe(1);
  });

  it('says nothing at all when it is closed', () => {
    const { work, events, ends } = setUp();
    work.close();
    expect(work.tokens('late', 1)).toBe(false);
    expect(events).toEqual([]);
    expect(ends()).toBe(1);
  });

  it('marks numbers that nobody counted', () => {
    const { work, events } = setUp();
    work.accepted(null);
    work.finished('stop');
    expect(events.at(-1)).toMatchObject({ usage: { promptTokens: 3, estimated: true } });
  });

  it('prefers what the upstream counted', () => {
    const { work, events } = setUp();
    work.accepted(null);
    work.tokens('a', 1);
    work.finished('stop', { promptTokens: 11, completionTokens: 5, cachedTokens: 4 });
    expect(events.at(-1)).toMatchObject({ usage: { promptTokens: 11, completionTokens: 5, cachedTokens: 4 } });
    expect(events.at(-1)).not.toHaveProperty('usage.estimated');
  });
});

const logprob = (token: string): TokenLogprob => ({ token, bytes: [], logprob: -1, top: [] });

const namesIn = (event: EngineEvent): readonly string[] =>
  event.type === 'tokens' ? (event.details?.logprobs ?? []).map(({ token }) => token) : [];
