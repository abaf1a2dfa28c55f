import OpenAI from 'openai';
import type { ChatCompletionChunk, ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../stream.ts';
import { readAll, SCRIPTED_CONFIG, SCRIPTED_CONTEXT, startTarget, type Target } from './target.ts';

type Extra = Partial<Omit<ChatCompletionCreateParamsNonStreaming, 'messages' | 'stream'>>;

let target: Target;
let client: OpenAI;
beforeAll(async () => {
  target = await startTarget(SCRIPTED_CONFIG);
  client = await target.client();
  await target.gateway.report('model', ({ id, phase }) => id === 'failing' && phase === 'ready');
  await target.gateway.report('model', ({ id, phase }) => id === 'lab/slow' && phase === 'ready');
});
afterAll(() => target?.stop());

const user = (content: string) => [{ role: 'user' as const, content }];
const ask = (content: string, extra: Extra = {}) =>
  client.chat.completions.create({ model: 'echo', messages: user(content), ...extra });
const chunksOf = async (content: string, extra: Extra = {}): Promise<ChatCompletionChunk[]> =>
  readAll(await client.chat.completions.create({ model: 'echo', messages: user(content), ...extra, stream: true }));
const textOf = (chunks: readonly ChatCompletionChunk[]): string =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
const lastReason = (chunks: readonly ChatCompletionChunk[]): string | null | undefined =>
  chunks.findLast(({ choices }) => choices.length > 0)?.choices[0]?.finish_reason;

/** The same question both ways; the answers must agree. */
const bothWays = async (content: string, extra: Extra = {}) => {
  const whole = await ask(content, extra);
  const chunks = await chunksOf(content, extra);
  expect([textOf(chunks), lastReason(chunks)]).toEqual([
    whole.choices[0]?.message.content,
    whole.choices[0]?.finish_reason,
  ]);
  return { text: whole.choices[0]?.message.content, reason: whole.choices[0]?.finish_reason, usage: whole.usage };
};

const errorOf = async (promise: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> => {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof OpenAI.APIError) return outcome;
  throw new Error(`expected an APIError, got ${String(outcome)}`);
};

interface Replica {
  readonly pid?: number;
  readonly slotsUsed?: number;
}

const replicaOf = async (model: string): Promise<Replica | undefined> => {
  const { models } = (await target.gateway.send('GET', '/api/v1/models')).json() as {
    models: { id: string; replicas: Replica[] }[];
  };
  return models.find(({ id }) => id === model)?.replicas[0];
};

describe('a chat completion', () => {
  it('has the shape the client expects', async () => {
    const answer = await ask('hello');
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-\w+$/),
      object: 'chat.completion',
      model: 'echo',
      system_fingerprint: expect.stringMatching(/^fp_\w+$/),
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          logprobs: null,
          message: { role: 'assistant', content: 'hello', refusal: null },
        },
      ],
    });
    expect(Math.abs(answer.created - Date.now() / 1000)).toBeLessThan(86_400);
    expect(answer._request_id).toMatch(/^req_/);
  });

  it('repeats text of every script exactly, whole and in pieces', async () => {
    for (const text of [
      'plain',
      'zwei Wörter\n\n\ttab',
      '日本語テキスト',
      '👩‍👩‍👧‍👦 family 🏳️‍🌈',
      '"quotes" \\ and </s>',
      '𝒳𝒴𝒵'.repeat(20),
    ]) {
      expect((await bothWays(text)).text).toBe(text);
    }
  });

  it('joins text parts and answers the last user message of a longer conversation', async () => {
    const answer = await client.chat.completions.create({
      model: 'echo',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'developer', content: [{ type: 'text', text: 'very' }] },
        { role: 'user', content: 'first', name: 'ann' },
        { role: 'assistant', content: 'reply' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'second ' },
            { type: 'text', text: 'question' },
          ],
        },
      ],
    });
    expect(answer.choices[0]?.message.content).toBe('second question');
  });

  it('counts tokens so that they add up', async () => {
    const { usage } = await ask('x'.repeat(100));
    expect(usage?.prompt_tokens).toBe(25);
    expect(usage?.completion_tokens).toBeGreaterThan(0);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });

  it('ends after as many tokens as were asked for, by either name', async () => {
    for (const limit of [{ max_tokens: 3 }, { max_completion_tokens: 3 }]) {
      const { reason, usage, text } = await bothWays('a text that is much longer than three tokens', limit);
      expect([reason, usage?.completion_tokens]).toEqual(['length', 3]);
      expect('a text that is much longer than three tokens'.startsWith(text ?? '?')).toBe(true);
    }
  });

  it('works through the stream helper of the client', async () => {
    const stream = client.chat.completions.stream({ model: 'echo', messages: user('through the helper') });
    expect(await stream.finalContent()).toBe('through the helper');
  });
});

describe('a stream', () => {
  it('begins with the role, ends with the reason, and has one id', async () => {
    const chunks = await chunksOf('some text to stream');
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '', refusal: null });
    expect(chunks.at(-1)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(chunks.slice(0, -1).every(({ choices }) => choices[0]?.finish_reason === null)).toBe(true);
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
  });

  it('has a usage chunk when asked, equal to that of the whole answer', async () => {
    const stream = await client.chat.completions.create({
      model: 'echo',
      messages: user('count me'),
      stream: true,
      stream_options: { include_usage: true },
      seed: 5,
    });
    const chunks = await readAll(stream);
    const last = chunks.at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toEqual((await ask('count me', { seed: 5 })).usage);
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it('frees its slot when the client leaves', async () => {
    const stream = await client.chat.completions.create({
      model: 'lab/slow',
      messages: user('z '.repeat(150)),
      stream: true,
    });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break;
    }
    await until(
      () => replicaOf('lab/slow'),
      (replica) => replica?.slotsUsed === 0,
    );
  });

  it('whose engine dies in the middle throws what went wrong', async () => {
    const replica = await replicaOf('lab/slow');
    const seen: ChatCompletionChunk[] = [];
    const reading = async () => {
      const stream = await client.chat.completions.create({
        model: 'lab/slow',
        messages: user('z '.repeat(150)),
        stream: true,
      });
      for await (const chunk of stream) {
        if (textOf(seen) === '' && chunk.choices[0]?.delta.content) process.kill(replica?.pid ?? 0, 'SIGKILL');
        seen.push(chunk);
      }
    };
    const error = await errorOf(reading());
    expect([error.type, error.code]).toEqual(['server_error', 'engine_died']);
    expect(textOf(seen)).toMatch(/^[z ]+$/);
  });
});

describe('stop texts', () => {
  it('end the answer before they begin, wherever the text is split', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { text, reason } = await bothWays('before the STOP and after', { stop: 'STOP', seed });
      expect([text, reason]).toEqual(['before the ', 'stop']);
    }
  });

  it('that almost come are part of the answer', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { text } = await bothWays('STO STOO SSTO and S', { stop: ['STOP', 'STOOP'], seed });
      expect(text).toBe('STO STOO SSTO and S');
    }
  });

  it('compete: the first in the text wins, in any order of the list', async () => {
    for (const stop of [
      ['END', 'HALT'],
      ['HALT', 'END'],
      ['x', 'HALT', 'zz', 'END'],
    ]) {
      expect((await bothWays('one HALT two END', { stop })).text).toBe('one ');
    }
  });

  it('may be null, empty lists, many characters or other scripts', async () => {
    expect((await bothWays('as it is', { stop: null })).text).toBe('as it is');
    expect((await bothWays('as it is', { stop: [] })).text).toBe('as it is');
    expect((await bothWays('左から右へ', { stop: ['右'] })).text).toBe('左から');
    expect((await bothWays('a\n\nb', { stop: ['\n\n'] })).text).toBe('a');
    expect((await bothWays('STOP at once', { stop: ['STOP'] })).text).toBe('');
  });
});

describe('an error', () => {
  it.each([
    ['temperature', { temperature: 3 }],
    ['temperature', { temperature: -0.1 }],
    ['top_p', { top_p: 1.5 }],
    ['max_tokens', { max_tokens: 0 }],
    ['max_tokens', { max_tokens: -5 }],
    ['max_tokens', { max_tokens: 401 }],
    ['max_completion_tokens', { max_completion_tokens: 401 }],
    ['presence_penalty', { presence_penalty: 2.5 }],
    ['stop', { stop: ['1', '2', '3', '4', '5'] }],
    ['n', { n: 0 }],
  ])('names the parameter that is out of range: %s in %j', async (param, extra) => {
    const error = await errorOf(ask('x', extra));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect([error.status, error.type, error.param]).toEqual([400, 'invalid_request_error', param]);
    expect(error.requestID).toMatch(/^req_/);
  });

  it.each([
    ['modalities', { modalities: ['audio' as const] }],
    ['store', { store: true }],
    ['web_search_options', { web_search_options: {} }],
  ])('names the parameter that is not supported: %s', async (param, extra) => {
    const error = await errorOf(ask('x', extra));
    expect([error.status, error.code, error.param]).toEqual([400, 'unsupported_parameter', param]);
  });

  it('names an unknown parameter', async () => {
    const error = await errorOf(ask('x', { temprature: 1 } as Extra));
    expect([error.status, error.param]).toEqual([400, 'temprature']);
    expect(error.message).toContain('"temperature"');
  });

  it('names the part that is an image, audio or a file', async () => {
    const parts = [
      { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,' } },
      { type: 'input_audio' as const, input_audio: { data: '', format: 'wav' as const } },
      { type: 'file' as const, file: { file_id: 'f' } },
    ];
    for (const part of parts) {
      const error = await errorOf(
        client.chat.completions.create({
          model: 'echo',
          messages: [{ role: 'user', content: [{ type: 'text', text: 'what is this?' }, part] }],
        }),
      );
      expect([error.status, error.code, error.param]).toEqual([400, 'unsupported_content', 'messages[0].content[1]']);
    }
  });

  it('of an unknown model is 404 model_not_found, streaming or not', async () => {
    for (const stream of [false, true]) {
      const error = await errorOf(
        client.chat.completions.create({ model: 'gpt-nonsense', messages: user('x'), stream }) as Promise<unknown>,
      );
      expect(error).toBeInstanceOf(OpenAI.NotFoundError);
      expect([error.code, error.type, error.param]).toEqual(['model_not_found', 'invalid_request_error', 'model']);
    }
  });

  it('of a prompt or answer too long for the context holds both token counts', async () => {
    const long = await errorOf(ask('x'.repeat(4 * SCRIPTED_CONTEXT + 40)));
    expect([long.status, long.code]).toEqual([400, 'context_length_exceeded']);
    expect(long.message).toMatch(new RegExp(`${SCRIPTED_CONTEXT} tokens.*${SCRIPTED_CONTEXT + 10} tokens`));
    const asked = await errorOf(ask('x'.repeat(4 * 200), { max_tokens: 400 }));
    expect([asked.status, asked.code]).toEqual([400, 'context_length_exceeded']);
    expect(asked.message).toMatch(/512 tokens.*200 tokens.*400/);
  });

  it('of a missing or wrong key is an authentication error, of a missing scope a permission error', async () => {
    const stranger = await target.client({ apiKey: 'sk-wrong' });
    const wrong = await errorOf(stranger.models.list());
    expect(wrong).toBeInstanceOf(OpenAI.AuthenticationError);
    expect([wrong.type, wrong.code]).toEqual(['authentication_error', 'invalid_api_key']);
    const scraper = await target.client({}, 'metrics');
    const forbidden = await errorOf(scraper.chat.completions.create({ model: 'echo', messages: user('x') }));
    expect(forbidden).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(forbidden.code).toBe('insufficient_scope');
  });

  it('of an engine is a server error', async () => {
    const error = await errorOf(client.chat.completions.create({ model: 'failing', messages: user('abcdefgh') }));
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect([error.status, error.code]).toEqual([503, 'engine_failed']);
  });

  it('of malformed JSON and of a wrong content type is in the same shape', async () => {
    const send = (body: string, type = 'application/json') =>
      target.gateway.send('POST', '/v1/chat/completions', body, { 'content-type': type });
    for (const [answer, status] of [
      [await send('{"model": "echo", "messages": ['), 400],
      [await send('{"model": NaN}'), 400],
      [await send(''), 400],
      [await send('[]'), 400],
      [await send('{}', 'text/plain'), 415],
    ] as const) {
      expect([answer.status, answer.json()]).toMatchObject([
        status,
        { error: { message: expect.any(String), type: 'invalid_request_error', code: null } },
      ]);
    }
  });
});

describe('a scenario', () => {
  it('that nobody configured is refused with the known ones', async () => {
    const error = await errorOf(ask('x', { scenario: 'nonsense' } as Extra));
    expect([error.status, error.code]).toEqual([400, 'unknown_scenario']);
    expect(error.message).toContain('chat');
  });

  it('that no model fits is refused', async () => {
    const error = await errorOf(ask('x', { scenario: 'medical' } as Extra));
    expect([error.status, error.code]).toEqual([422, 'no_model_fits']);
  });
});
