import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAccessLog } from './access-log.ts';
import { defineOperation } from './operation.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const operation = defineOperation({
  id: 'thing',
  method: 'get',
  path: '/things/{id}',
  tag: 'test',
  summary: 'test',
  dialect: 'native',
  access: 'address',
  params: z.object({ id: z.string() }),
  answers: { 200: { description: 'ok' } },
  handle: ({ context }) => context.json({}),
});

describe('the path of an access line', () => {
  let server: TestServer;
  beforeAll(async () => {
    const record = (text: string) => text.replaceAll(/secret|a@b\.c/g, '[X]');
    server = await startTestServer({ operations: [operation], privacy: { record, protect: (error) => error } });
  });
  afterAll(() => server.stop());

  it.each([
    ['/things/secret', '/things/[X]'],
    ['/things/a%40b.c?key=secret', '/things/[X]'],
    ['/nothing/secret', '/nothing/[X]'],
    ['/things/%E0%A4%A', '(undecodable)'],
    ['/things/1', '/things/1'],
  ])('of %s is %s', async (path, expected) => {
    await server.send(path);
    await expect.poll(() => server.accessLog.at(-1)?.fields['url.path']).toBe(expected);
  });

  it('is written without the redactor where it is that of a route', () => {
    const paths: unknown[] = [];
    const write = createAccessLog({
      log: { info: (_action, fields) => void paths.push(fields?.['url.path']) },
      telemetry: { record: () => undefined },
      record: () => expect.unreachable(),
    });
    const incoming = { url: '/v1/models?secret=1', method: 'GET', httpVersion: '1.1' };
    const outgoing = { headersSent: true, statusCode: 200 };
    // Safe: what the access log reads of an exchange.
    write({ incoming, outgoing, route: '/v1/models', startedAt: 0, address: '' } as never, 0);
    expect(paths).toEqual(['/v1/models']);
  });
});
