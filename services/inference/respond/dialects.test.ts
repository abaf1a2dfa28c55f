import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationEvent } from '../call.ts';
import { collectAnswer, mergePieces } from './answer.ts';
import { nativeAnswer, nativeStream } from './native.ts';
import { chatCompletion, textCompletion } from './openai.ts';
import { chatStream } from './openai-stream.ts';
import { textStream } from './openai-text-stream.ts';
import { startStopwatch } from './summary.ts';
import { embeddingList } from './vectors.ts';

const EVENTS: readonly GenerationEvent[] = [
  { type: 'accepted', model: 'tiny', promptTokens: 7 },
  { type: 'text', text: 'Hé', tokens: 1 },
  { type: 'text', text: '', tokens: 1 },
  { type: 'text', text: 'l"lo\n', tokens: 1 },
  {
    type: 'finished',
    reason: 'stop',
    usage: { promptTokens: 7, completionTokens: 3, cachedTokens: 2 },
    timings: { queueMs: 5, prefillMs: 20, decodeMs: 100 },
  },
];

async function* play(events = EVENTS): AsyncGenerator<GenerationEvent> {
  yield* events;
}

/** A clock that advances ten milliseconds at each reading. */
const ticking = () => {
  let now = -10;
  return () => {
    now += 10;
    return now;
  };
};

const envelope = { id: 'x-1', created: 1_700_000_000, fingerprint: 'fp_1' };
const parts = {
  id: 'x-1',
  created: 1_700_000_000,
  fingerprint: () => 'fp_1',
  choices: 1,
  renderError: (error: ServiceError) => ({ error: { message: error.message } }),
};
const usage = {
  prompt_tokens: 7,
  completion_tokens: 3,
  total_tokens: 10,
  prompt_tokens_details: { cached_tokens: 2 },
};

describe('the native dialect', () => {
  const stopwatch = () => startStopwatch({ id: 'req_1', scenario: 'chat', now: ticking() });
  const summary = {
    id: 'req_1',
    model: 'tiny',
    scenario: 'chat',
    finishReason: 'stop',
    usage: { promptTokens: 7, completionTokens: 3, totalTokens: 10, cachedTokens: 2 },
    timings: { queueMs: 15, firstTokenMs: 20, totalMs: 30, tokensPerSecond: 20 },
  };

  it('answers with the text and what it took', async () => {
    expect(await nativeAnswer(play(), stopwatch())).toEqual({ ...summary, text: 'Hél"lo\n' });
  });

  it('streams accepted, the text and the same summary', () => {
    const encoder = nativeStream({ id: 'req_1', stopwatch: stopwatch(), renderError: () => ({}) });
    expect(EVENTS.map(encoder.encode).join('')).toBe(
      [
        'event: accepted\ndata: {"id":"req_1","model":"tiny","promptTokens":7}\n\n',
        'event: token\ndata: {"text":"Hé"}\n\n',
        'event: token\ndata: {"text":"l\\"lo\\n"}\n\n',
        `event: done\ndata: ${JSON.stringify(summary)}\n\n`,
      ].join(''),
    );
  });

  it('ends a failed stream with an error event', () => {
    const renderError = (error: ServiceError) => ({ error: { code: error.code } });
    const encoder = nativeStream({ id: 'req_1', stopwatch: stopwatch(), renderError });
    expect(encoder.fail(new ServiceError('ERR_ENGINE_DIED', 'gone'))).toBe(
      'event: error\ndata: {"error":{"code":"ERR_ENGINE_DIED"}}\n\n',
    );
  });

  it('says null, not zero, where there was nothing to measure', async () => {
    const events: GenerationEvent[] = [
      { type: 'accepted', model: 'tiny', promptTokens: null },
      {
        type: 'finished',
        reason: 'length',
        usage: { promptTokens: 1, completionTokens: 0, cachedTokens: 0, estimated: true },
        timings: { queueMs: 0, prefillMs: 1, decodeMs: 0 },
      },
    ];
    const answer = await nativeAnswer(play(events), startStopwatch({ id: 'req_1', now: ticking() }));
    expect(answer).toMatchObject({ text: '', timings: { firstTokenMs: null, tokensPerSecond: null } });
    expect(answer.usage.estimated).toBe(true);
    expect('scenario' in answer).toBe(false);
  });
});

describe("OpenAI's dialect", () => {
  const head =
    '{"id":"x-1","object":"chat.completion.chunk","created":1700000000,"model":"tiny","system_fingerprint":"fp_1"';
  const chunk = (choice: string, tail = '') => `data: ${head},"choices":[${choice}]${tail}}\n\n`;
  const choice = (delta: string, reason = 'null') =>
    `{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${reason}}`;

  it('answers a conversation', async () => {
    expect(chatCompletion(await collectAnswer(play()), envelope)).toEqual({
      id: 'x-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'tiny',
      system_fingerprint: 'fp_1',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hél"lo\n', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage,
    });
  });

  it('streams role, text, reason and [DONE]', () => {
    expect(EVENTS.map(chatStream({ ...parts, includeUsage: false }).encode).join('')).toBe(
      [
        chunk(choice('{"role":"assistant","content":"","refusal":null}')),
        chunk(choice('{"content":"Hé"}')),
        chunk(choice('{"content":"l\\"lo\\n"}')),
        chunk(choice('{}', '"stop"')),
        'data: [DONE]\n\n',
      ].join(''),
    );
  });

  it('adds a usage chunk when asked, and null usage to the others', () => {
    const chunks = EVENTS.map(chatStream({ ...parts, includeUsage: true }).encode);
    expect(chunks[1]).toBe(chunk(choice('{"content":"Hé"}'), ',"usage":null'));
    expect(chunks.at(-1)).toBe(
      `${chunk(choice('{}', '"stop"'), ',"usage":null')}${chunk('', `,"usage":${JSON.stringify(usage)}`)}data: [DONE]\n\n`,
    );
  });

  it('continues a text, with the prompt first when asked', async () => {
    const answer = await collectAnswer(play());
    expect(textCompletion(answer, envelope, []).choices[0]).toEqual({
      index: 0,
      text: 'Hél"lo\n',
      logprobs: null,
      finish_reason: 'stop',
    });
    expect(textCompletion(answer, envelope, [{ text: 'Say: ' }]).choices[0]?.text).toBe('Say: Hél"lo\n');
  });

  it('streams a text, with the prompt as first chunk when asked', () => {
    const texts = (echo: string) =>
      EVENTS.map(textStream({ ...parts, includeUsage: true }, [{ text: echo }]).encode)
        .join('')
        .split('\n\n')
        .filter((line) => line !== '' && line !== 'data: [DONE]')
        .map((line) => JSON.parse(line.slice('data: '.length)))
        .map(({ object, choices, usage: counted }) => [object, choices[0]?.text, choices[0]?.finish_reason, counted]);
    const rest = [
      ['text_completion', 'Hé', null, null],
      ['text_completion', 'l"lo\n', null, null],
      ['text_completion', '', 'stop', null],
      ['text_completion', undefined, undefined, usage],
    ];
    expect(texts('')).toEqual(rest);
    expect(texts('Say: ')).toEqual([['text_completion', 'Say: ', null, null], ...rest]);
  });

  it('ends a failed stream with the error alone', () => {
    const encoder = chatStream({ ...parts, includeUsage: false });
    expect(encoder.fail(new ServiceError('ERR_ENGINE_DIED', 'gone'))).toBe('data: {"error":{"message":"gone"}}\n\n');
  });

  it('gives embeddings as numbers or as little-endian floats', () => {
    const embeddings = { model: 'tiny', vectors: [[1, -0.5]], promptTokens: 3 };
    expect(embeddingList(embeddings, 'float').data).toEqual([{ object: 'embedding', index: 0, embedding: [1, -0.5] }]);
    const [entry] = embeddingList(embeddings, 'base64').data;
    const bytes = Buffer.from(String(entry?.embedding), 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.length]).toEqual([1, -0.5, 8]);
    expect(embeddingList(embeddings, 'float').usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
  });
});

describe('an answer', () => {
  it('that stops without an end is a defect, not a short answer', async () => {
    await expect(collectAnswer(play(EVENTS.slice(0, 3)))).rejects.toMatchObject({ code: 'ERR_HTTP_INTERNAL' });
  });

  it('can be merged where it is text and nowhere else', () => {
    const [accepted, first, , second, finished] = EVENTS as [
      GenerationEvent,
      GenerationEvent,
      GenerationEvent,
      GenerationEvent,
      GenerationEvent,
    ];
    expect(mergePieces(first, second)).toEqual({ type: 'text', text: 'Hél"lo\n', tokens: 2 });
    expect(mergePieces(accepted, first)).toBeUndefined();
    expect(mergePieces(second, finished)).toBeUndefined();
  });

  it('merges thoughts, calls and log probabilities of one choice, and never those of two', () => {
    const thought = (text: string, choice?: number): GenerationEvent => ({
      type: 'reasoning',
      text,
      tokens: 1,
      ...(choice === undefined ? {} : { choice }),
    });
    expect(mergePieces(thought('a'), thought('b'))).toEqual({ type: 'reasoning', text: 'ab', tokens: 2 });
    expect(mergePieces(thought('a', 0), thought('b', 1))).toBeUndefined();
    expect(mergePieces(thought('a'), { type: 'text', text: 'b', tokens: 1 })).toBeUndefined();
    const call = (index: number, more: string): GenerationEvent => ({
      type: 'toolCalls',
      calls: [{ index, arguments: more }],
      tokens: 1,
    });
    expect(mergePieces(call(0, 'a'), call(1, 'b'))).toEqual({
      type: 'toolCalls',
      calls: [
        { index: 0, arguments: 'a' },
        { index: 1, arguments: 'b' },
      ],
      tokens: 2,
    });
    const likely = (token: string): GenerationEvent => ({
      type: 'text',
      text: token,
      tokens: 1,
      logprobs: [{ token, bytes: [], logprob: -1, top: [] }],
    });
    const merged = mergePieces(likely('a'), likely('b'));
    expect(merged?.type === 'text' ? merged.logprobs?.map(({ token }) => token) : []).toEqual(['a', 'b']);
  });
});
