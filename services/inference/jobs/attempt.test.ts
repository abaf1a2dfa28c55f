import { describe, expect, it } from 'vitest';
import type { GenerationEvent } from '../call.ts';
import { runOnce } from './attempt.ts';
import type { JobRecord } from './job.ts';
import { payloadOf } from './test-jobs.ts';

const JOB: JobRecord = {
  id: 'job_1',
  tenant: 'a',
  keyId: 'key:a',
  requestId: 'req_1',
  requestHash: '',
  state: 'running',
  priority: 'normal',
  payload: payloadOf('hello'),
  callbackUrl: undefined,
  createdAt: 0,
  deadlineAt: undefined,
  startedAt: 0,
  finishedAt: undefined,
  attempts: 0,
  cancelRequested: false,
  result: undefined,
  error: undefined,
};

const FINISHED: GenerationEvent = {
  type: 'finished',
  reason: 'tool_calls',
  usage: { promptTokens: 1, completionTokens: 4, cachedTokens: 0 },
  timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
};

const outcomeOf = (...events: readonly GenerationEvent[]) =>
  runOnce(
    async function* () {
      yield { type: 'accepted', model: 'm', promptTokens: 1 };
      yield* events;
    },
    JOB,
    new AbortController().signal,
    () => undefined,
  );

const scored = (token: string): GenerationEvent => ({
  type: 'text',
  text: token,
  tokens: 1,
  logprobs: [{ token, bytes: [], logprob: -1, top: [] }],
});

describe('the result of a job', () => {
  it('has all that the model said', async () => {
    const outcome = await outcomeOf(
      { type: 'reasoning', text: 'hm', tokens: 1 },
      scored('a'),
      scored('b'),
      { type: 'toolCalls', tokens: 1, calls: [{ index: 0, id: 'x', name: 'f', arguments: '{' }] },
      { type: 'toolCalls', tokens: 0, calls: [{ index: 0, arguments: '}' }] },
      FINISHED,
    );
    expect(outcome).toMatchObject({
      kind: 'answered',
      result: {
        text: 'ab',
        reasoning: 'hm',
        toolCalls: [{ id: 'x', name: 'f', arguments: '{}' }],
        logprobs: [{ token: 'a' }, { token: 'b' }],
        finishReason: 'tool_calls',
      },
    });
  });

  it('is without what the model did not say', async () => {
    const outcome = await outcomeOf({ type: 'text', text: 'a', tokens: 1 }, FINISHED);
    expect(Object.keys(outcome.kind === 'answered' ? outcome.result : {}).toSorted()).toEqual([
      'finishReason',
      'model',
      'text',
      'timings',
      'usage',
    ]);
  });
});
