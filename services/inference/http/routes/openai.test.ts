import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { echo, startTestService, type TestService } from './test-service.ts';

const user = (content: unknown) => [{ role: 'user', content }];

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ maxOutputTokens: 100 });
});
afterAll(() => service?.stop());
beforeEach(() => {
  service.script(undefined);
  service.setRateHeaders({});
  service.calls.length = 0;
});

const chat = (body: object) => service.send('/v1/chat/completions', { body: { model: 'tiny', ...body } });
const complete = (body: object) => service.send('/v1/completions', { body: { model: 'tiny', ...body } });
const embed = (body: object) => service.send('/v1/embeddings', { body: { model: 'tiny', ...body } });
const lastRequest = () => service.calls.at(-1)?.request;

const dataOf = (text: string): string[] =>
  text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length));

describe('chat completions', () => {
  it('hand the conversation and the parameters on, with the defaults of OpenAI', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: 'Very.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hel' },
          { type: 'text', text: 'lo' },
        ],
        name: 'ann',
      },
      { role: 'assistant', content: 'Hi', refusal: null, annotations: [] },
      { role: 'assistant', content: null },
      { role: 'tool', content: '4', tool_call_id: 'call_1' },
    ];
    expect((await chat({ messages })).status).toBe(200);
    expect(service.calls[0]).toMatchObject({ model: 'tiny', scenario: undefined, priority: 'normal' });
    expect(lastRequest()).toEqual({
      input: {
        kind: 'chat',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'developer', content: 'Very.' },
          { role: 'user', content: 'Hello', name: 'ann' },
          { role: 'assistant', content: 'Hi' },
          { role: 'assistant', content: '' },
          { role: 'tool', content: '4', toolCallId: 'call_1' },
        ],
      },
      maxTokens: null,
      temperature: 1,
      topP: 1,
      seed: null,
      stop: [],
      isWhole: true,
      responseFormat: { type: 'text' },
    });
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    await chat({
      messages: user('x'),
      max_completion_tokens: 5,
      temperature: 0,
      top_p: 0.5,
      seed: -7,
      stop: 'END',
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema, strict: true } },
    });
    expect(lastRequest()).toMatchObject({
      maxTokens: 5,
      temperature: 0,
      topP: 0.5,
      seed: -7,
      stop: ['END'],
      responseFormat: { type: 'json_schema', schema },
    });
  });

  it('accept every parameter where it changes nothing', async () => {
    const answer = await chat({
      messages: user('x'),
      n: 1,
      presence_penalty: 0,
      frequency_penalty: null,
      logit_bias: {},
      logprobs: false,
      top_logprobs: null,
      tools: [],
      tool_choice: 'none',
      parallel_tool_calls: true,
      modalities: ['text'],
      verbosity: null,
      store: false,
      service_tier: 'auto',
      user: 'u',
      metadata: { a: 'b' },
      safety_identifier: 's',
      prompt_cache_key: 'k',
      stop: null,
      max_tokens: null,
      temperature: null,
      stream: false,
    });
    expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
  });

  it.each([
    ['modalities', { modalities: ['text', 'audio'] }],
    ['audio', { audio: { voice: 'alloy', format: 'wav' } }],
    ['prediction', { prediction: { type: 'content', content: 'x' } }],
    ['verbosity', { verbosity: 'low' }],
    ['web_search_options', { web_search_options: {} }],
    ['store', { store: true }],
    ['service_tier', { service_tier: 'priority' }],
  ])('refuse %s, which they do not honour, by name', async (param, extra) => {
    const answer = await chat({ messages: user('x'), ...extra });
    expect([answer.status, answer.json()]).toMatchObject([
      400,
      { error: { type: 'invalid_request_error', code: 'unsupported_parameter', param } },
    ]);
    expect(service.calls).toEqual([]);
  });

  it.each([
    ['temperature', { temperature: 2.1 }],
    ['temperature', { temperature: '1' }],
    ['top_p', { top_p: -0.1 }],
    ['max_tokens', { max_tokens: 0 }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['max_tokens', { max_tokens: 101 }],
    ['max_completion_tokens', { max_completion_tokens: 101 }],
    ['max_tokens', { max_tokens: 5, max_completion_tokens: 6 }],
    ['presence_penalty', { presence_penalty: 3 }],
    ['seed', { seed: 1.5 }],
    ['stop', { stop: ['a', 'b', 'c', 'd', 'e'] }],
    ['stop', { stop: '' }],
    ['n', { n: 0 }],
    ['stream', { stream: 'yes' }],
    ['stream_options', { stream_options: { include_usage: true } }],
    ['stream_options.nope', { stream: true, stream_options: { nope: true } }],
    ['response_format.type', { response_format: { type: 'xml' } }],
    ['response_format.json_schema', { response_format: { type: 'json_schema' } }],
    ['messages', { messages: [] }],
    ['messages', { messages: 'hello' }],
    ['messages[0].role', { messages: [{ role: 'robot', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: null }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 5 }] }],
    ['messages[0].content[0].text', { messages: user([{ type: 'text' }]) }],
    ['temprature', { temprature: 1 }],
    ['model', { model: '' }],
  ])('refuse a wrong %s by name: %j', async (param, extra) => {
    const answer = await chat({ messages: user('x'), ...extra });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { type: 'invalid_request_error', param } }]);
    expect(service.calls).toEqual([]);
  });

  it.each([
    ['image_url', { image_url: { url: 'data:,' } }],
    ['input_audio', { input_audio: { data: '', format: 'wav' } }],
    ['file', { file: { file_id: 'f' } }],
  ])('answer a part of kind %s with unsupported_content', async (type, rest) => {
    const answer = await chat({
      messages: user([
        { type: 'text', text: 'look' },
        { type, ...rest },
      ]),
    });
    expect([answer.status, answer.json()]).toMatchObject([
      400,
      { error: { code: 'unsupported_content', param: 'messages[0].content[1]' } },
    ]);
  });

  it('use the default model without one, and a scenario instead of one', async () => {
    await service.send('/v1/chat/completions', { body: { messages: user('x') } });
    await chat({ messages: user('x'), model: 'whatever', scenario: 'chat' });
    expect(service.calls.map(({ model, scenario }) => [model, scenario])).toEqual([
      [undefined, undefined],
      [undefined, 'chat'],
    ]);
  });

  it('answer an unknown model with 404 model_not_found, streaming or not', async () => {
    for (const stream of [false, true]) {
      const answer = await chat({ messages: user('x'), model: 'gpt-4o', stream });
      expect([answer.status, answer.json()]).toMatchObject([
        404,
        { error: { code: 'model_not_found', param: 'model' } },
      ]);
    }
  });

  it('stream chunks that end in usage and [DONE]', async () => {
    const answer = await chat({ messages: user('hello world'), stream: true, stream_options: { include_usage: true } });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    const data = dataOf(answer.text);
    expect(data.at(-1)).toBe('[DONE]');
    const chunks = data.slice(0, -1).map((json) => JSON.parse(json));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('hello world');
    expect(chunks.map(({ usage }) => usage === null)).toEqual([true, true, true, true, true, false]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 3 } });
  });

  it('put model, outcome and tokens into the access line', async () => {
    for (const stream of [false, true]) {
      const answer = await chat({ messages: user('hello world'), stream });
      const id = answer.headers['x-request-id'];
      await expect
        .poll(() => service.accessLog.find(({ fields }) => fields['http.request.id'] === id))
        .toMatchObject({
          fields: {
            'gen_ai.request.model': 'tiny',
            'gen_ai.usage.input_tokens': 3,
            'gen_ai.usage.output_tokens': 3,
            'labels.outcome': 'ok',
          },
        });
    }
  });

  it('end a stream that fails halfway with the error and no [DONE], and log it', async () => {
    service.script(async function* (call) {
      for await (const event of echo(call)) {
        if (event.type === 'finished') {
          await new Promise((resolve) => setImmediate(resolve));
          throw new ServiceError('ERR_ENGINE_DIED', 'the engine ended');
        }
        yield event;
      }
    });
    const answer = await chat({ messages: user('hello'), stream: true });
    const data = dataOf(answer.text);
    expect(JSON.parse(data.at(-1) ?? '')).toEqual({
      error: { message: 'the engine ended', type: 'server_error', param: null, code: 'engine_died' },
    });
    expect(service.warnings.at(-1)).toMatchObject({ action: 'stream.failed' });
    const id = answer.headers['x-request-id'];
    await expect
      .poll(() => service.accessLog.find(({ fields }) => fields['http.request.id'] === id))
      .toMatchObject({
        fields: { 'error.code': 'ERR_ENGINE_DIED', 'labels.outcome': 'error', 'event.outcome': 'failure' },
      });
  });

  it('give a refusal its status, its Retry-After and the limits of the key, streaming or not', async () => {
    service.setRateHeaders({ 'x-ratelimit-limit-requests': '10' });
    // biome-ignore lint/correctness/useYield: it fails before the first event.
    service.script(async function* () {
      throw new ServiceError('ERR_ADMIT_RATE', 'too fast', { retryAfterSeconds: 7 });
    });
    for (const stream of [false, true]) {
      const answer = await chat({ messages: user('x'), stream });
      expect([answer.status, answer.headers]).toMatchObject([
        429,
        { 'retry-after': '7', 'x-ratelimit-limit-requests': '10' },
      ]);
    }
    service.script(undefined);
    for (const stream of [false, true]) {
      const answer = await chat({ messages: user('x'), stream });
      expect([answer.status, answer.headers['x-ratelimit-limit-requests']]).toEqual([200, '10']);
    }
  });

  it('keep a silent stream alive', async () => {
    let go = () => {};
    const wait = new Promise<void>((resolve) => {
      go = resolve;
    });
    service.script(async function* (call) {
      await wait;
      yield* echo(call);
    });
    const answer = await service.open('/v1/chat/completions', { body: { messages: user('x'), stream: true } });
    expect(answer.statusCode).toBe(200);
    let text = '';
    for await (const chunk of answer.body) {
      text += chunk;
      if (text.includes(': keep-alive\n\n: keep-alive\n\n')) go();
    }
    expect(text).toContain('data: [DONE]');
  });

  it('end the generation when the client leaves', async () => {
    let isEnded = false;
    service.script(async function* (call) {
      try {
        yield { type: 'accepted', model: 'tiny', promptTokens: 1 };
        await new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)));
      } finally {
        isEnded = true;
      }
    });
    const controller = new AbortController();
    const answer = await service.open('/v1/chat/completions', {
      body: { messages: user('x'), stream: true },
      signal: controller.signal,
    });
    expect(answer.statusCode).toBe(200);
    answer.body.on('error', () => undefined);
    controller.abort();
    await expect.poll(() => isEnded).toBe(true);
    await expect.poll(() => service.accessLog.at(-1)?.action).toBe('request.aborted');
  });
});

describe('completions', () => {
  it('continue a text, in a list or alone', async () => {
    for (const prompt of ['hello', ['hello']]) {
      const answer = await complete({ prompt, max_tokens: 1, stop: ['a', 'b'] });
      expect([answer.status, answer.json()]).toMatchObject([
        200,
        { object: 'text_completion', choices: [{ text: 'hell', finish_reason: 'length' }] },
      ]);
      expect(lastRequest()).toMatchObject({ input: { kind: 'text', prompt: 'hello' }, maxTokens: 1, stop: ['a', 'b'] });
    }
  });

  it('echo the prompt when asked', async () => {
    const answer = await complete({ prompt: 'hello', echo: true });
    expect(answer.json()).toMatchObject({ choices: [{ text: 'hellohello' }] });
  });

  it('stream, with usage and echo', async () => {
    const answer = await complete({
      prompt: 'hello',
      stream: true,
      echo: true,
      stream_options: { include_usage: true },
    });
    const data = dataOf(answer.text);
    expect(data.at(-1)).toBe('[DONE]');
    const chunks = data.slice(0, -1).map((json) => JSON.parse(json));
    expect(chunks.map(({ choices }) => choices[0]?.text ?? '')).toEqual(['hello', 'hell', 'o', '', '']);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 4 } });
  });

  it.each([
    ['prompt[1]', null, { prompt: [1, -2] }],
    ['prompt[1]', null, { prompt: [[1], []] }],
    ['prompt[1]', null, { prompt: ['a', ''] }],
    ['prompt', null, { prompt: Array(129).fill('a') }],
    ['prompt', null, { prompt: [] }],
    ['prompt', null, { prompt: '' }],
    ['prompt', null, { prompt: null }],
    ['best_of', null, { prompt: 'x', best_of: 2, stream: true }],
    ['best_of', null, { prompt: 'x', n: 3, best_of: 2 }],
    ['max_tokens', null, { prompt: 'x', max_tokens: 0 }],
    ['logprobs', null, { prompt: 'x', logprobs: 6 }],
    ['suffix', 'unsupported_parameter', { prompt: 'x', suffix: 'y' }],
  ])('refuse %s by name (%s): %j', async (param, code, body) => {
    const answer = await complete(body);
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { code, param } }]);
  });
});

describe('embeddings', () => {
  it('answer one vector per text, in order', async () => {
    const answer = await embed({ input: ['a', 'bcd'], encoding_format: 'float' });
    expect([answer.status, answer.json()]).toEqual([
      200,
      {
        object: 'list',
        data: [
          { object: 'embedding', index: 0, embedding: [1, -0.5, 0.25] },
          { object: 'embedding', index: 1, embedding: [3, -0.5, 0.25] },
        ],
        model: 'tiny',
        usage: { prompt_tokens: 2, total_tokens: 2 },
      },
    ]);
  });

  it('answer base64 when asked', async () => {
    const answer = await embed({ input: 'ab', encoding_format: 'base64' });
    const { data } = answer.json() as { data: { embedding: string }[] };
    const bytes = Buffer.from(data[0]?.embedding ?? '', 'base64');
    expect([0, 4, 8].map((offset) => bytes.readFloatLE(offset))).toEqual([2, -0.5, 0.25]);
  });

  it('accept only the dimensions the model gives', async () => {
    expect((await embed({ input: 'ab', dimensions: 3 })).status).toBe(200);
    const answer = await embed({ input: 'ab', dimensions: 2 });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { param: 'dimensions' } }]);
  });

  it.each([
    ['input', { input: '' }],
    ['input', { input: [] }],
    ['input[1]', { input: [1, 1.5] }],
    ['input[1]', { input: [[1], []] }],
    ['input[1]', { input: ['a', ''] }],
    ['input[0]', { input: [null] }],
    ['input', {}],
    ['encoding_format', { input: 'x', encoding_format: 'int8' }],
  ])('refuse a wrong %s: %j', async (param, body) => {
    const answer = await embed(body);
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { param } }]);
  });

  it('answer an unknown model with 404', async () => {
    expect((await embed({ input: 'x', model: 'none' })).status).toBe(404);
  });
});

describe('models', () => {
  it('are listed and found, also with a slash in the id', async () => {
    const list = await service.send('/v1/models');
    expect(list.json()).toMatchObject({ object: 'list', data: [{ id: 'tiny', object: 'model' }, { id: 'org/other' }] });
    const one = await service.send(`/v1/models/${encodeURIComponent('org/other')}`);
    expect([one.status, one.json()]).toMatchObject([200, { id: 'org/other' }]);
    const none = await service.send('/v1/models/none');
    expect([none.status, none.json()]).toMatchObject([404, { error: { code: 'model_not_found', param: 'model' } }]);
  });
});
