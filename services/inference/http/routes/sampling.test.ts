import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { accepted, finished, likely, startTestTarget, type TestTarget, text, weatherCall } from './test-target.ts';

let target: TestTarget;
beforeAll(async () => {
  target = await startTestTarget();
});
afterAll(() => target?.stop());
beforeEach(() => target.service.script(undefined));

const post = (path: string, body: object) => target.service.send(path, { body });
const chat = (extra: object) => post('/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }], ...extra });
const infer = (extra: object) => post('/api/v1/inference', { messages: [{ role: 'user', content: 'x' }], ...extra });
const lastRequest = () => target.lastCall()?.request;

const FINE = {
  topK: 5,
  minP: 0.1,
  frequencyPenalty: 0.5,
  presencePenalty: -0.5,
  repeatPenalty: 1.1,
  logitBias: { 15: -100 },
  adapters: [{ id: 'poet', scale: 0.5 }],
  shiftsContext: true,
};

describe('sampling', () => {
  it('of the OpenAI routes reaches the engine', async () => {
    const fields = {
      top_k: 5,
      min_p: 0.1,
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      repeat_penalty: 1.1,
      logit_bias: { 15: -100 },
      context_shift: true,
    };
    expect((await chat({ ...fields, lora: [{ id: 'poet', scale: 0.5 }], grammar: 'root ::= "x"' })).status).toBe(200);
    expect(lastRequest()).toMatchObject({ ...FINE, responseFormat: { type: 'grammar', grammar: 'root ::= "x"' } });
    expect((await post('/v1/completions', { prompt: 'x', ...fields, adapters: FINE.adapters })).status).toBe(200);
    expect(lastRequest()).toMatchObject(FINE);
  });

  it('of the own route reaches the engine', async () => {
    const { shiftsContext: _, ...fields } = FINE;
    const responseFormat = { type: 'grammar', grammar: 'root ::= "x"' };
    expect((await infer({ ...fields, contextShift: true, logprobs: 0, responseFormat })).status).toBe(200);
    expect(lastRequest()).toMatchObject({ ...FINE, logprobs: 0, responseFormat });
  });

  it('that changes nothing is left out', async () => {
    await chat({ frequency_penalty: 0, presence_penalty: 0, repeat_penalty: 1, min_p: 0, logit_bias: {}, lora: [] });
    const names = Object.keys(lastRequest() ?? {});
    expect(names.filter((name) => name in FINE)).toEqual([]);
  });

  it.each([
    ['top_k', { top_k: -1 }],
    ['min_p', { min_p: 1.1 }],
    ['repeat_penalty', { repeat_penalty: 0 }],
    ['frequency_penalty', { frequency_penalty: -2.1 }],
    ['logit_bias.15', { logit_bias: { 15: 101 } }],
    ['logit_bias', { logit_bias: { hello: 1 } }],
    ['adapters[0].id', { adapters: [{ scale: 1 }] }],
    ['lora', { adapters: [{ id: 'a' }], lora: [{ id: 'b' }] }],
    ['grammar', { grammar: '' }],
    ['grammar', { grammar: 'root ::= "x"', response_format: { type: 'json_object' } }],
    ['priority', { priority: 'urgent' }],
    ['deadline_ms', { deadline_ms: 0 }],
    ['n', { n: 129 }],
  ])('is refused where %s is wrong: %j', async (param, extra) => {
    const answer = await chat(extra);
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { param } }]);
  });

  it('that an engine refuses is named as the client named it', async () => {
    // biome-ignore lint/correctness/useYield: it fails before the first event.
    target.service.script(async function* () {
      throw new ServiceError('ERR_HTTP_BODY_INVALID', 'logitBias: no such token', {
        details: { problems: [{ path: 'logitBias', message: 'no such token' }] },
      });
    });
    expect((await chat({ logit_bias: { 1: 1 } })).json()).toMatchObject({ error: { param: 'logit_bias' } });
    expect((await infer({ logitBias: { 1: 1 } })).json()).toMatchObject({
      error: { details: { problems: [{ path: 'logitBias' }] } },
    });
  });

  it('comes with a priority and a deadline', async () => {
    await chat({ priority: 'high', deadline_ms: 1000 });
    const call = target.lastCall();
    expect([call?.priority, call?.deadlineAt]).toEqual(['high', Date.UTC(2026, 0, 1) + 1000]);
  });
});

describe('the own route', () => {
  const tools = [{ name: 'weather', parameters: { type: 'object' } }];

  it('answers with thoughts, calls and log probabilities', async () => {
    target.play(
      accepted(),
      { type: 'reasoning', text: 'Hm.', tokens: 1 },
      text('So.', { logprobs: [likely('So.', -1)] }),
      ...weatherCall(),
      finished('tool_calls', { reasoningTokens: 1 }),
    );
    const body = { tools, toolChoice: 'required', parallelToolCalls: false, reasoningEffort: 'low' };
    expect((await infer(body)).json()).toMatchObject({
      text: 'So.',
      reasoning: 'Hm.',
      toolCalls: [{ id: 'call_0', name: 'weather', arguments: '{"city":"0"}' }],
      logprobs: [{ token: 'So.', logprob: -1, top: [{}, {}] }],
      finishReason: 'tool_calls',
      usage: { reasoningTokens: 1 },
    });
    expect(lastRequest()?.input).toMatchObject({
      toolUse: { tools, choice: 'required', isParallel: false },
      reasoningEffort: 'low',
    });
    const streamed = await infer({ ...body, stream: true });
    const names = streamed.text.split('\n').filter((line) => line.startsWith('event: '));
    expect(names.map((line) => line.slice('event: '.length))).toEqual([
      'accepted',
      'reasoning',
      'token',
      'toolCalls',
      'toolCalls',
      'toolCalls',
      'done',
    ]);
  });

  it('takes the turns of a conversation with calls back', async () => {
    const messages = [
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: '',
        reasoning: 'Hm.',
        toolCalls: [{ id: 'call_0', name: 'weather', arguments: '{}' }],
      },
      { role: 'tool', content: 'wet', toolCallId: 'call_0' },
    ];
    expect((await infer({ messages })).status).toBe(200);
    expect(lastRequest()?.input).toEqual({ kind: 'chat', messages });
  });

  it.each([
    ['tools', { prompt: 'x', messages: undefined, tools }],
    ['reasoningEffort', { prompt: 'x', messages: undefined, reasoningEffort: 'low' }],
    ['toolChoice', { toolChoice: 'required' }],
    ['toolChoice', { tools, toolChoice: { name: 'other' } }],
    ['messages[0].toolCallId', { messages: [{ role: 'tool', content: 'x' }] }],
    ['topK', { topK: 1.5 }],
  ])('refuses a wrong %s: %j', async (path, extra) => {
    const answer = await infer(extra);
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { details: { problems: [{ path }] } } }]);
  });
});

describe('the header x-clawdbot-cache', () => {
  it('says how the answer relates to the response cache, on every route that generates, streamed or not', async () => {
    for (const [path, body] of [
      ['/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }],
      ['/v1/completions', { prompt: 'x' }],
      ['/v1/responses', { input: 'x' }],
      ['/api/v1/inference', { prompt: 'x' }],
    ] as const) {
      for (const stream of [false, true]) {
        target.play(accepted({ cache: 'shared' }), text('x'), finished());
        const shared = await post(path, { ...body, stream });
        expect([path, stream, shared.headers['x-clawdbot-cache']]).toEqual([path, stream, 'shared']);
        target.play(accepted(), text('x'), finished());
        expect((await post(path, { ...body, stream })).headers['x-clawdbot-cache']).toBeUndefined();
      }
    }
    target.play(accepted({ cache: 'hit' }), finished());
    const http2 = await target.service.send('/v1/completions', { body: { prompt: 'x', stream: true }, http2: true });
    expect(http2.headers['x-clawdbot-cache']).toBe('hit');
  });
});
