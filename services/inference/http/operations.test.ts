import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { noteAccess } from './exchange.ts';
import { defineOperation, type Operation } from './operation.ts';
import { createApp } from './operations.ts';
import { openGate, startTestServer, type TestServer } from './test-server.ts';

const base = { tag: 'test', summary: 'test', dialect: 'native', answers: { 200: { description: 'ok' } } } as const;

const echo = defineOperation({
  ...base,
  id: 'echo',
  method: 'post',
  path: '/api/v1/echo/{name}',
  access: 'inference',
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({ times: z.coerce.number().int().max(3).default(1) }),
  body: z.strictObject({
    maxTokens: z.int().min(1).optional(),
    text: z.string().optional(),
    nested: z.unknown().optional(),
  }),
  handle: ({ body, query, params, caller, context }) => context.json({ body, query, params, keyId: caller.keyId }),
});

const operations: Operation[] = [
  echo,
  defineOperation({
    ...echo,
    id: 'echoOpenai',
    path: '/v1/echo',
    dialect: 'openai',
    handle: ({ context }) => context.json({}),
  }),
  defineOperation({
    ...base,
    id: 'readEcho',
    method: 'get',
    path: '/api/v1/echo/{name}',
    access: 'any',
    handle({ context }) {
      noteAccess(context, { model: 'm', outcome: 'ok', promptTokens: 3 });
      return context.json({ read: true });
    },
  }),
  defineOperation({
    ...base,
    id: 'open',
    method: 'get',
    path: '/open',
    access: 'address',
    handle: ({ context }) => context.text('open'),
  }),
  defineOperation({
    ...base,
    id: 'fails',
    method: 'get',
    path: '/v1/fails',
    access: 'admin',
    dialect: 'openai',
    handle() {
      throw new ServiceError('ERR_ADMIT_RATE', 'too many', { retryAfterSeconds: 7 });
    },
  }),
  defineOperation({
    ...base,
    id: 'defect',
    method: 'get',
    path: '/defect',
    access: 'any',
    handle: () => Promise.reject(new Error('secret detail')),
  }),
];

const problemsIn = (body: unknown): { path: string; message: string; expected: string; received: string }[] =>
  z.object({ error: z.object({ details: z.object({ problems: z.array(z.any()) }) }) }).parse(body).error.details
    .problems;

describe.each([{ http2: false }, { http2: true }])('operations (http2: $http2)', ({ http2 }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      operations,
      config: { maxBodyBytes: 100_000, maxUrlLength: 200, bodyTimeoutMs: 500 },
    });
  });
  afterAll(() => server.stop());

  const post = (body: unknown, path = '/api/v1/echo/bob', headers: Record<string, string> = {}) =>
    server.send(path, { http2, body, headers });

  it('hands the parsed parts and the caller to the handler', async () => {
    const answer = await post({ maxTokens: 2, text: 'hi' }, '/api/v1/echo/bo%2Fb?times=2');
    expect(answer.json()).toEqual({
      body: { maxTokens: 2, text: 'hi' },
      query: { times: 2 },
      params: { name: 'bo/b' },
      keyId: 'key:test',
    });
  });

  it('carries an id and the security headers', async () => {
    const { headers } = await server.send('/open', { http2 });
    expect(headers['x-request-id']).toMatch(/^req_[0-9a-hjkmnp-tv-z]{24}$/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
  });

  it('ignores the request id of a client', async () => {
    const { headers } = await server.send('/open', { http2, headers: { 'x-request-id': 'mine' } });
    expect(headers['x-request-id']).not.toBe('mine');
  });

  it('names every mistake of a body with the nearest field', async () => {
    const answer = await post({ maxTokns: 5, maxTokens: -1 });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      error: { code: 'ERR_HTTP_BODY_INVALID', requestId: answer.headers['x-request-id'] },
    });
    expect(problemsIn(answer.json())).toEqual([
      { path: 'maxTokens', expected: 'at least 1', received: '-1', message: 'maxTokens: expected at least 1, got -1' },
      expect.objectContaining({ path: 'maxTokns', message: 'maxTokns: no such field; did you mean "maxTokens"?' }),
    ]);
  });

  it('speaks the OpenAI dialect under /v1/', async () => {
    const answer = await post({ maxTokens: 'x' }, '/v1/echo');
    expect(answer.json()).toEqual({
      error: {
        message: 'maxTokens: expected a number, got a string',
        type: 'invalid_request_error',
        param: 'maxTokens',
        code: null,
      },
    });
  });

  it('refuses a query that does not match', async () => {
    const answer = await post({}, '/api/v1/echo/bob?times=9');
    expect(problemsIn(answer.json())[0]).toMatchObject({ path: 'times', expected: 'at most 3' });
  });

  it.each([
    ['NaN', '{"maxTokens": NaN}'],
    ['Infinity', '{"maxTokens": Infinity}'],
    ['an empty body', ''],
    ['a cut body', '{"text": "secret prompt'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['JSON of 40,000 levels', '['.repeat(40_000) + ']'.repeat(40_000)],
    ['JSON of 65 levels', `{"nested":${'['.repeat(64)}${']'.repeat(64)}}`],
  ])('answers 400 to %s', async (_, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: 'ERR_HTTP_JSON_MALFORMED' } });
    expect(answer.text).not.toContain('secret');
  });

  it('reads JSON of 64 levels and brackets inside strings', async () => {
    const answer = await post(`{"text":"${'['.repeat(100)}\\"[","nested":${'['.repeat(63)}${']'.repeat(63)}}`);
    expect(answer.status).toBe(200);
  });

  it('answers 400 to a number too large to be one', async () => {
    expect((await post('{"maxTokens": 1e999}')).json()).toMatchObject({ error: { code: 'ERR_HTTP_BODY_INVALID' } });
  });

  it('refuses keys that reach for a prototype', async () => {
    const answer = await post('{"text":"a","__proto__":{"polluted":1},"nested":{"__proto__":{"polluted":1}}}');
    expect(answer.status).toBe(400);
    expect(
      (await post('{"nested":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}')).status,
    ).toBe(400);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it.each([
    'text/plain',
    'application/xml',
    'application/vnd.api+json',
    'application/json; charset=latin1',
    'application/jsonp',
  ])('answers 415 to %s', async (type) => {
    const answer = await post({}, '/api/v1/echo/bob', { 'content-type': type });
    expect([answer.status, answer.json()]).toMatchObject([415, { error: { code: 'ERR_HTTP_CONTENT_TYPE' } }]);
  });

  it.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
    'reads %s',
    async (type) => {
      expect((await post({}, '/api/v1/echo/bob', { 'content-type': type })).status).toBe(200);
    },
  );

  it('answers 415 to a compressed body', async () => {
    expect((await post({}, '/api/v1/echo/bob', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('answers 413 to a body over the limit', async () => {
    const answer = await post({ text: 'x'.repeat(100_000) });
    expect([answer.status, answer.json()]).toMatchObject([413, { error: { code: 'ERR_HTTP_BODY_TOO_LARGE' } }]);
    expect((await post({})).status).toBe(200);
  });

  it('answers 414 to a long URL, in the dialect of its path', async () => {
    const answer = await server.send(`/v1/${'x'.repeat(300)}`, { http2 });
    expect([answer.status, answer.json()]).toMatchObject([414, { error: { type: 'invalid_request_error' } }]);
  });

  it('answers 404 with the shape of the path', async () => {
    expect((await server.send('/nowhere', { http2 })).json()).toMatchObject({ error: { code: 'ERR_HTTP_NOT_FOUND' } });
    expect((await server.send('/v1/nowhere', { http2 })).json()).toMatchObject({
      error: { type: 'invalid_request_error' },
    });
  });

  it('answers 405 with the methods there are', async () => {
    const answer = await server.send('/api/v1/echo/bob', { http2, method: 'DELETE' });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, GET, HEAD, OPTIONS']);
  });

  it('answers OPTIONS and HEAD', async () => {
    const options = await server.send('/api/v1/echo/bob', { http2, method: 'OPTIONS' });
    expect([options.status, options.headers.allow]).toEqual([204, 'POST, GET, HEAD, OPTIONS']);
    const head = await server.send('/open', { http2, method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('answers 401 with a challenge and 403 with the scope', async () => {
    const missing = await server.send('/api/v1/echo/bob', { http2, headers: { authorization: '' } });
    expect([missing.status, missing.headers['www-authenticate']]).toEqual([401, 'Bearer realm="clawdbot"']);
    const scope = await server.send('/v1/fails', { http2, headers: { authorization: 'Bearer test metrics' } });
    expect([scope.status, scope.json()]).toMatchObject([403, { error: { type: 'permission_error' } }]);
  });

  it('checks the credential before it reads the body', async () => {
    const answer = await post('not json', '/api/v1/echo/bob', { authorization: 'Bearer wrong' });
    expect(answer.status).toBe(401);
  });

  it('sends Retry-After with what can be retried', async () => {
    const answer = await server.send('/v1/fails', { http2 });
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '7']);
  });

  it('hides the cause of a defect and logs it', async () => {
    const answer = await server.send('/defect', { http2 });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret detail');
    const line = server.appLog.findLast(({ action }) => action === 'request.failed');
    expect(line?.fields['http.request.id']).toBe(answer.headers['x-request-id']);
    expect(line?.fields.err).toMatchObject({ cause: { message: 'secret detail' } });
  });

  it('writes one access line and one duration per request', async () => {
    const answer = await server.send('/api/v1/echo/bob?token=secret', { http2 });
    const id = answer.headers['x-request-id'];
    await expect.poll(() => server.accessLog.filter(({ fields }) => fields['http.request.id'] === id).length).toBe(1);
    const line = server.accessLog.findLast(({ fields }) => fields['http.request.id'] === id);
    expect(line?.fields).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.response.body.bytes': answer.text.length,
      'url.path': '/api/v1/echo/bob',
      'client.ip': '127.0.0.1',
      'labels.key_id': 'key:test',
      'event.outcome': 'success',
      'gen_ai.request.model': 'm',
      'gen_ai.usage.input_tokens': 3,
    });
    expect(server.recorded.at(-1)).toMatchObject({
      key: 'httpDuration',
      labels: { 'http.route': '/api/v1/echo/{name}', 'http.request.method': 'GET', 'http.response.status_code': '200' },
    });
  });

  it('counts a path without a route as unmatched', async () => {
    await server.send('/nowhere/else', { http2 });
    await expect.poll(() => server.recorded.at(-1)?.labels).toMatchObject({ 'http.route': 'unmatched' });
  });
});

describe('a list of operations', () => {
  const build = (list: Operation[]) => () =>
    createApp({
      operations: list,
      gate: openGate,
      limits: configSchema.parse({}).server,
      onFailure: () => {},
    });

  it('may not name an operation twice', () => {
    expect(build([echo, { ...echo, path: '/other' }])).toThrow('two operations share operation id echo');
  });

  it('may not route one path twice', () => {
    expect(build([echo, { ...echo, id: 'other', path: '/api/v1/echo/{id}' }])).toThrow('two operations share post');
  });
});
