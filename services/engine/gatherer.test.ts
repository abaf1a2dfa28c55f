import { describe, expect, it } from 'vitest';
import { createGatherer } from './gatherer.ts';
import type { TokenDetails } from './protocol/generation.ts';
import type { EngineEvent } from './protocol/messages.ts';

const tokens = (id: number, text: string, details?: TokenDetails): EngineEvent => ({
  type: 'tokens',
  id,
  text,
  tokens: 1,
  ...(details === undefined ? {} : { details }),
});
const failed = (id: number): EngineEvent => ({ type: 'failed', id, code: 'ERR_ENGINE_FAILED', message: 'x' });

const setUp = () => {
  const clock = { ms: 0 };
  return { clock, gatherer: createGatherer(() => clock.ms) };
};

describe('a gatherer', () => {
  it('lets the first tokens through and makes one event of the others, sent before the end', () => {
    const { gatherer } = setUp();
    expect(gatherer.add(tokens(1, 'a'))).toEqual([tokens(1, 'a')]);
    expect([...gatherer.add(tokens(1, 'b')), ...gatherer.add(tokens(1, 'c'))]).toEqual([]);
    expect(gatherer.add(failed(1))).toEqual([{ ...tokens(1, 'bc'), tokens: 2 }, failed(1)]);
    expect(gatherer.due()).toEqual([]);
  });

  it('keeps answers apart and gives out those that have waited long enough, once', () => {
    const { clock, gatherer } = setUp();
    for (const id of [1, 2]) gatherer.add(tokens(id, 'first'));
    gatherer.add(tokens(1, 'a'));
    clock.ms = 60;
    gatherer.add(tokens(2, 'b'));
    clock.ms = 100;
    expect(gatherer.due()).toEqual([tokens(1, 'a')]);
    clock.ms = 160;
    expect([...gatherer.due(), ...gatherer.due()]).toEqual([tokens(2, 'b')]);
  });

  it('joins what comes with the text in its order', () => {
    const { gatherer } = setUp();
    const logprob = (token: string) => ({ token, bytes: [], logprob: -1, top: [] });
    gatherer.add(tokens(1, ''));
    gatherer.add(tokens(1, 'a', { logprobs: [logprob('a')] }));
    gatherer.add(tokens(1, 'b', { logprobs: [logprob('b')], reasoning: 'hm' }));
    gatherer.add(tokens(1, '', { reasoning: 'm', toolCalls: [{ index: 0, arguments: '{' }] }));
    const details = {
      reasoning: 'hmm',
      toolCalls: [{ index: 0, arguments: '{' }],
      logprobs: [logprob('a'), logprob('b')],
    };
    expect(gatherer.add(failed(1))[0]).toEqual({ type: 'tokens', id: 1, text: 'ab', tokens: 3, details });
  });

  it('says nothing more of an answer that was cancelled', () => {
    const { clock, gatherer } = setUp();
    gatherer.add(tokens(1, 'a'));
    gatherer.add(tokens(1, 'b'));
    gatherer.forget(1);
    clock.ms = 1000;
    expect(gatherer.due()).toEqual([]);
  });

  it('lets everything else through', () => {
    const { gatherer } = setUp();
    const accepted: EngineEvent = { type: 'accepted', id: 1, promptTokens: 3 };
    expect(gatherer.add(accepted)).toEqual([accepted]);
  });
});
