import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineOperation, type Operation } from './operation.ts';
import { beginStream } from './raw-response.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const base = {
  tag: 'test',
  summary: 'test',
  access: 'any',
  dialect: 'native',
  answers: { 200: { description: 'ok' } },
} as const;
const seen: string[] = [];

const operations: Operation[] = [
  defineOperation({
    ...base,
    id: 'count',
    method: 'get',
    path: '/count',
    async handle({ context }) {
      const stream = beginStream(context, 200, {
        'content-type': 'text/event-stream',
        connection: 'keep-alive',
        'transfer-encoding': 'chunked',
      });
      for (let index = 0; index < 3; index++) {
        stream.write(`data: ${index}\n\n`);
        await setImmediate();
      }
      stream.end();
      return stream.response;
    },
  }),
  defineOperation({
    ...base,
    id: 'forever',
    method: 'post',
    path: '/forever',
    body: z.strictObject({}),
    async handle({ context, signal }) {
      const stream = beginStream(context, 200, { 'content-type': 'text/plain' });
      stream.write('first');
      stream.onClose(() => seen.push('closed'));
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      seen.push('aborted');
      return stream.response;
    },
  }),
  defineOperation({
    ...base,
    id: 'break',
    method: 'get',
    path: '/break',
    async handle({ context }) {
      beginStream(context, 200, { 'content-type': 'text/plain' }).write('half');
      await setImmediate();
      throw new Error('in the middle');
    },
  }),
];

describe.each([{ http2: false }, { http2: true }])('a raw stream (http2: $http2)', ({ http2 }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ operations });
  });
  afterAll(() => server.stop());

  it('delivers what was written, whatever connection headers the handler set', async () => {
    const answer = await server.send('/count', { http2 });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n');
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-z]{24}$/);
  });

  it('aborts the signal of the handler when the client goes away', async () => {
    seen.length = 0;
    const leave = new AbortController();
    const answer = await server.open('/forever', { http2, body: {}, signal: leave.signal });
    answer.body.on('error', () => {});
    answer.body.once('data', () => leave.abort());
    await expect.poll(() => [...seen].sort()).toEqual(['aborted', 'closed']);
    await expect.poll(() => server.accessLog.at(-1)?.action).toBe('request.aborted');
  });

  it('cuts an answer whose handler throws after the headers, and lives on', async () => {
    const answer = await server.open('/break', { http2 });
    await expect(answer.body.text()).rejects.toThrow();
    expect((await server.send('/count', { http2 })).status).toBe(200);
  });

  it('answers HEAD without a body', async () => {
    const answer = await server.send('/count', { http2, method: 'HEAD' });
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect((await server.send('/count', { http2 })).text).toContain('data: 2');
  });
});
