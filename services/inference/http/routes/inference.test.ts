import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { echo, startTestService, type TestService } from './test-service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ maxOutputTokens: 100 });
});
afterAll(() => service?.stop());
beforeEach(() => {
  service.script(undefined);
  service.calls.length = 0;
  service.submissions.length = 0;
});

const infer = (body: object, headers: Record<string, string> = {}) =>
  service.send('/api/v1/inference', { body, headers });

const eventsOf = (text: string) =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? [];
      return [event, JSON.parse(data)];
    });

describe('inference', () => {
  it('answers a prompt with the defaults of the product', async () => {
    const answer = await infer({ prompt: 'hello world' });
    expect([answer.status, answer.json()]).toEqual([
      200,
      {
        id: answer.headers['x-request-id'],
        model: 'tiny',
        text: 'hello world',
        finishReason: 'stop',
        usage: { promptTokens: 3, completionTokens: 3, totalTokens: 6, cachedTokens: 0 },
        timings: {
          queueMs: expect.any(Number),
          firstTokenMs: expect.any(Number),
          totalMs: expect.any(Number),
          tokensPerSecond: expect.any(Number),
        },
      },
    ]);
    expect(service.calls[0]).toMatchObject({
      priority: 'normal',
      deadlineAt: undefined,
      request: {
        input: { kind: 'text', prompt: 'hello world' },
        maxTokens: null,
        temperature: 0.7,
        topP: 0.95,
        seed: null,
        stop: [],
        responseFormat: { type: 'text' },
      },
    });
  });

  it('hands a conversation and every parameter on', async () => {
    const schema = { type: 'object' };
    const messages = [{ role: 'user', content: 'hi', name: 'ann' }];
    const answer = await infer({
      messages,
      scenario: 'chat',
      maxTokens: 5,
      temperature: 0,
      topP: 0.1,
      seed: 3,
      stop: ['a'],
      responseFormat: { type: 'json_schema', schema },
      priority: 'high',
      deadlineMs: 1000,
      mode: 'sync',
      stream: false,
    });
    expect([answer.status, answer.json()]).toMatchObject([200, { scenario: 'chat', text: 'hi' }]);
    expect(service.calls[0]).toMatchObject({
      model: undefined,
      scenario: 'chat',
      priority: 'high',
      deadlineAt: Date.UTC(2026, 0, 1) + 1000,
      request: {
        input: { kind: 'chat', messages },
        maxTokens: 5,
        temperature: 0,
        topP: 0.1,
        seed: 3,
        stop: ['a'],
        responseFormat: { type: 'json_schema', schema },
      },
    });
  });

  it('streams accepted, tokens and done', async () => {
    const answer = await infer({ prompt: 'hello', stream: true });
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(eventsOf(answer.text)).toMatchObject([
      ['accepted', { model: 'tiny', promptTokens: 2 }],
      ['token', { text: 'hell' }],
      ['token', { text: 'o' }],
      ['done', { id: answer.headers['x-request-id'], finishReason: 'stop', usage: { totalTokens: 4 } }],
    ]);
  });

  it('ends a stream that fails halfway with an error event of the usual shape', async () => {
    service.script(async function* (call) {
      for await (const event of echo(call)) {
        yield event;
        await new Promise((resolve) => setImmediate(resolve));
        if (event.type === 'text') throw new ServiceError('ERR_ADMIT_DEADLINE', 'too late', { details: { a: 1 } });
      }
    });
    const answer = await infer({ prompt: 'hello', stream: true });
    expect(answer.status).toBe(200);
    expect(eventsOf(answer.text).at(-1)).toEqual([
      'error',
      {
        error: {
          code: 'ERR_ADMIT_DEADLINE',
          message: 'too late',
          requestId: answer.headers['x-request-id'],
          details: { a: 1 },
        },
      },
    ]);
  });

  it.each([
    ['prompt', {}],
    ['prompt', { prompt: 'a', messages: [{ role: 'user', content: 'b' }] }],
    ['prompt', { prompt: '' }],
    ['messages', { messages: [] }],
    ['messages[0].content', { messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }],
    ['maxTokens', { prompt: 'a', maxTokens: 101 }],
    ['maxTokens', { prompt: 'a', maxTokens: -1 }],
    ['temperature', { prompt: 'a', temperature: 2.5 }],
    ['stop', { prompt: 'a', stop: Array.from({ length: 17 }, () => 'x') }],
    ['priority', { prompt: 'a', priority: 'urgent' }],
    ['deadlineMs', { prompt: 'a', deadlineMs: 0 }],
    ['mode', { prompt: 'a', mode: 'later' }],
    ['scenario', { prompt: 'a', model: 'tiny', scenario: 'chat' }],
    ['stream', { prompt: 'a', mode: 'async', stream: true }],
    ['callbackUrl', { prompt: 'a', callbackUrl: 'https://example.com' }],
    ['callbackUrl', { prompt: 'a', mode: 'async', callbackUrl: 'file:///etc/passwd' }],
    ['max_tokens', { prompt: 'a', max_tokens: 5 }],
  ])('refuses a wrong %s: %j', async (path, body) => {
    const answer = await infer(body);
    expect([answer.status, answer.json()]).toMatchObject([
      400,
      { error: { code: 'ERR_HTTP_BODY_INVALID', details: { problems: [{ path }] } } },
    ]);
    expect(service.calls.length + service.submissions.length).toBe(0);
  });
});

describe('an asynchronous inference', () => {
  it('is answered with the job and where to find it', async () => {
    const answer = await infer(
      {
        prompt: 'a',
        mode: 'async',
        model: 'tiny',
        priority: 'low',
        deadlineMs: 500,
        callbackUrl: 'https://example.com/x',
      },
      { 'idempotency-key': 'key-1' },
    );
    expect([answer.status, answer.headers.location, answer.json()]).toMatchObject([
      202,
      '/api/v1/jobs/job_1',
      { id: 'job_1', state: 'queued' },
    ]);
    expect(service.submissions[0]).toEqual({
      caller: expect.objectContaining({ tenant: 'key:test' }),
      requestId: answer.headers['x-request-id'],
      priority: 'low',
      payload: { model: 'tiny', request: expect.objectContaining({ input: { kind: 'text', prompt: 'a' } }) },
      idempotencyKey: 'key-1',
      deadlineAt: Date.UTC(2026, 0, 1) + 500,
      callbackUrl: 'https://example.com/x',
      body: expect.objectContaining({ prompt: 'a', deadlineMs: 500 }),
    });
  });

  it('is refused at once where it could only fail', async () => {
    expect((await infer({ prompt: 'a', mode: 'async', model: 'none' })).status).toBe(404);
    expect((await infer({ prompt: 'a', mode: 'async', scenario: 'none' })).status).toBe(400);
    expect(service.submissions).toEqual([]);
  });

  it.each([['with space'], ['x'.repeat(256)], ['']])('refuses the idempotency key %j', async (key) => {
    const answer = await infer({ prompt: 'a', mode: 'async' }, { 'idempotency-key': key });
    expect([answer.status, answer.json()]).toMatchObject([
      400,
      { error: { details: { problems: [{ path: 'idempotency-key' }] } } },
    ]);
  });
});

describe('a job', () => {
  it('can be read, cancelled and followed', async () => {
    const { id } = (await infer({ prompt: 'a', mode: 'async' })).json() as { id: string };
    expect((await service.send(`/api/v1/jobs/${id}`)).json()).toMatchObject({ id, state: 'queued' });
    expect((await service.send(`/api/v1/jobs/${id}`, { method: 'DELETE' })).status).toBe(200);
    const events = await service.send(`/api/v1/jobs/${id}/events`);
    expect(events.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(eventsOf(events.text)).toMatchObject([
      ['state', { type: 'state', state: 'running' }],
      ['text', { type: 'text', text: 'hello' }],
      ['done', { type: 'done', job: { id } }],
    ]);
  });

  it('is listed, newest first, page by page', async () => {
    service.jobs.clear();
    for (let index = 0; index < 3; index++) await infer({ prompt: 'a', mode: 'async' });
    const newest = [...service.jobs.keys()].reverse();
    const first = (await service.send('/api/v1/jobs?limit=2')).json();
    expect(first).toMatchObject({ jobs: [{ id: newest[0] }, { id: newest[1] }], next: newest[1] });
    expect((await service.send('/api/v1/jobs')).json()).toMatchObject({ jobs: [{}, {}, {}], next: null });
    expect((await service.send('/api/v1/jobs?limit=0')).status).toBe(400);
    expect((await service.send('/api/v1/jobs?state=lost')).status).toBe(400);
  });

  it('of nobody is not found', async () => {
    for (const [path, method] of [
      ['/api/v1/jobs/nope', 'GET'],
      ['/api/v1/jobs/nope', 'DELETE'],
      ['/api/v1/jobs/nope/events', 'GET'],
    ] as const) {
      const answer = await service.send(path, { method });
      expect([answer.status, answer.json()]).toMatchObject([404, { error: { code: 'ERR_JOBS_NOT_FOUND' } }]);
    }
  });
});
