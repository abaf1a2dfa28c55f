import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { accepted, finished, likely, readAll, startTestTarget, type TestTarget, text } from './test-target.ts';

let target: TestTarget;
let client: OpenAI;
beforeAll(async () => {
  target = await startTestTarget();
  client = new OpenAI(target.clientOptions);
});
afterAll(() => target?.stop());
beforeEach(() => target.service.script(undefined));

const messages = [{ role: 'user' as const, content: 'x' }];
const TWO = [
  accepted(),
  text('a', { choice: 0 }),
  text('b', { choice: 1 }),
  text('B', { choice: 1 }),
  { type: 'ended', choice: 1, reason: 'length' } as const,
  text('A', { choice: 0 }),
  { type: 'ended', choice: 0, reason: 'stop' } as const,
  finished('stop', { completionTokens: 4 }),
];

describe('several choices', () => {
  it('are asked for, answered by index, and counted together', async () => {
    target.play(...TWO);
    const answer = await client.chat.completions.create({ model: 'tiny', messages, n: 2 });
    expect(target.lastCall()?.choices).toBe(2);
    expect(answer.choices.map(({ index, message, finish_reason }) => [index, message.content, finish_reason])).toEqual([
      [0, 'aA', 'stop'],
      [1, 'bB', 'length'],
    ]);
    expect(answer.usage?.completion_tokens).toBe(4);
  });

  it('stream with a role and an end each', async () => {
    target.play(...TWO);
    const chunks = await readAll(
      await client.chat.completions.create({
        model: 'tiny',
        messages,
        n: 2,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    const of = (index: number) => chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
    for (const [index, content, reason] of [
      [0, 'aA', 'stop'],
      [1, 'bB', 'length'],
    ] as const) {
      expect(of(index)[0]?.delta.role).toBe('assistant');
      expect(
        of(index)
          .map(({ delta }) => delta.content ?? '')
          .join(''),
      ).toBe(content);
      expect(of(index).map(({ finish_reason }) => finish_reason)).toEqual([null, null, null, reason]);
    }
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 4 } });
  });
});

describe('several prompts', () => {
  it('are answered one after another, each n times, as one answer', async () => {
    const answer = await client.completions.create({ model: 'tiny', prompt: ['one', 'two'], echo: true });
    expect(answer.choices.map(({ index, text: said, finish_reason }) => [index, said, finish_reason])).toEqual([
      [0, 'oneone', 'stop'],
      [1, 'twotwo', 'stop'],
    ]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 });
  });

  it('number the choices of each prompt after those of the one before', async () => {
    target.play(...TWO);
    const answer = await client.completions.create({ model: 'tiny', prompt: ['one', 'two'], n: 2, best_of: 2 });
    expect(answer.choices.map(({ index, text: said, finish_reason }) => [index, said, finish_reason])).toEqual([
      [0, 'aA', 'stop'],
      [1, 'bB', 'length'],
      [2, 'aA', 'stop'],
      [3, 'bB', 'length'],
    ]);
    expect(answer.usage?.completion_tokens).toBe(8);
  });

  it('stream, with an end each and one usage', async () => {
    const chunks = await readAll(
      await client.completions.create({
        model: 'tiny',
        prompt: ['hello', 'world!'],
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    for (const [index, expected] of [
      [0, 'hello'],
      [1, 'world!'],
    ] as const) {
      const own = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index));
      expect(own.map(({ text: piece }) => piece).join('')).toBe(expected);
      expect(own.at(-1)?.finish_reason).toBe('stop');
    }
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(4);
  });

  it('may be token ids, one list or several, and are echoed as text', async () => {
    for (const [prompt, expected] of [
      [[104, 105], ['hihi']],
      [
        [[104], [105]],
        ['hh', 'ii'],
      ],
    ] as const) {
      const answer = await client.completions.create({
        model: 'tiny',
        prompt: prompt as unknown as number[],
        echo: true,
      });
      expect(answer.choices.map(({ text: said }) => said)).toEqual(expected);
    }
    expect(target.lastCall()?.request.input).toEqual({ kind: 'tokens', tokens: [105] });
  });

  it('are only read and repeated where no token is wanted', async () => {
    const calls = target.service.calls.length;
    const answer = await client.completions.create({
      model: 'tiny',
      prompt: ['one', 'three'],
      n: 2,
      max_tokens: 0,
      echo: true,
    });
    expect(answer.choices.map(({ text: said, finish_reason }) => [said, finish_reason])).toEqual([
      ['one', 'length'],
      ['one', 'length'],
      ['three', 'length'],
      ['three', 'length'],
    ]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 0 });
    expect(target.service.calls.length).toBe(calls);
  });

  it('end together when one of them fails', async () => {
    const signals: AbortSignal[] = [];
    target.service.script(async function* (call) {
      signals.push(call.signal);
      yield accepted();
      const { input } = call.request;
      if (input.kind === 'text' && input.prompt === 'bad') throw new ServiceError('ERR_ENGINE_FAILED', 'no');
      await new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)));
    });
    await expect(client.completions.create({ model: 'tiny', prompt: ['good', 'bad'] })).rejects.toMatchObject({
      status: 503,
      code: 'engine_failed',
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});

describe('log probabilities', () => {
  it('come with each token of a chat, as many alternatives as asked', async () => {
    target.play(accepted(), text('hé', { logprobs: [likely('h', -0.5), likely('é', -1)] }), finished());
    for (const top of [0, 2]) {
      const answer = await client.chat.completions.create({
        model: 'tiny',
        messages,
        logprobs: true,
        top_logprobs: top,
      });
      expect(target.lastCall()?.request.logprobs).toBe(top);
      expect(answer.choices[0]?.logprobs).toMatchObject({
        content: [
          { token: 'h', logprob: -0.5, bytes: [104], top_logprobs: [{ token: 'h' }, { token: '?', bytes: [63] }] },
          { token: 'é', logprob: -1, bytes: [195, 169] },
        ],
        refusal: null,
      });
    }
    const stream = await client.chat.completions.create({
      model: 'tiny',
      messages,
      logprobs: true,
      stream: true,
    });
    const [, chunk] = await readAll(stream);
    expect(chunk?.choices[0]).toMatchObject({ delta: { content: 'hé' }, logprobs: { content: [{}, {}] } });
  });

  it('come in the legacy shape, with offsets in characters', async () => {
    target.play(
      accepted(),
      text('👍h', { logprobs: [part('�', [240, 159]), part('�', [145, 141]), likely('h', -0.5)] }),
      text('i', { logprobs: [likely('i', -0.25)] }),
      finished(),
    );
    const answer = await client.completions.create({ model: 'tiny', prompt: 'x', logprobs: 1 });
    const logprobs = answer.choices[0]?.logprobs;
    expect(logprobs).toEqual({
      tokens: ['bytes:\\xf0\\x9f', 'bytes:\\x91\\x8d', 'h', 'i'],
      token_logprobs: [-1, -1, -0.5, -0.25],
      top_logprobs: [
        { 'bytes:\\xf0\\x9f': -1 },
        { 'bytes:\\x91\\x8d': -1 },
        { h: -0.5, '?': -1.5 },
        { i: -0.25, '?': -1.25 },
      ],
      text_offset: [0, 0, 1, 2],
    });
    const chunks = await readAll(
      await client.completions.create({ model: 'tiny', prompt: 'x', logprobs: 0, stream: true }),
    );
    expect(target.lastCall()?.request.logprobs).toBe(0);
    expect(chunks.map(({ choices }) => choices[0]?.logprobs?.text_offset)).toEqual([[0, 0, 1], [2], undefined]);
  });

  it.each([
    ['top_logprobs', { top_logprobs: 3 }],
    ['top_logprobs', { logprobs: true, top_logprobs: 21 }],
    ['top_logprobs', { logprobs: true, top_logprobs: -1 }],
    ['logprobs', { logprobs: 3 }],
  ])('are refused where %s is wrong: %j', async (param, extra) => {
    const answer = await target.service.send('/v1/chat/completions', { body: { messages, ...extra } });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { param } }]);
  });
});

const part = (token: string, bytes: readonly number[]) => ({ token, bytes, logprob: -1, top: [] });
