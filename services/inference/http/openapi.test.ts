import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createSchemaCollector } from '../../../core/http/openapi-schemas.ts';
import { withDocs } from './docs.ts';
import { buildOpenApi } from './openapi.ts';
import { defineOperation, type Operation } from './operation.ts';
import { startTestServer } from './test-server.ts';

const message = z.strictObject({ role: z.enum(['user', 'system']), content: z.string() }).meta({ id: 'Message' });
const never: Operation['handle'] = () => new Response();

const operations: Operation[] = [
  defineOperation({
    id: 'createChat',
    method: 'post',
    path: '/v1/chat/{room}',
    tag: 'Chat',
    summary: 'Chat',
    description: 'Talks.',
    access: 'inference',
    dialect: 'openai',
    params: z.strictObject({ room: z.string() }),
    query: z.strictObject({
      limit: z.coerce.number().int().max(9).default(1).meta({ description: 'How many.' }),
      after: z.string().optional(),
    }),
    headers: { 'idempotency-key': { description: 'Makes it safe to repeat.', schema: z.string().optional() } },
    body: z.strictObject({ messages: z.array(message).min(1), seed: z.int().nullish(), nothing: z.null().optional() }),
    answers: {
      200: {
        description: 'Said.',
        content: { 'application/json': z.strictObject({ message }), 'text/event-stream': z.string() },
      },
      202: { description: 'Later.', headers: { location: { description: 'Where.', schema: z.string() } } },
    },
    handle: never,
  }),
  defineOperation({
    id: 'getReady',
    method: 'get',
    path: '/api/v1/ready',
    tag: 'Health',
    summary: 'Ready',
    access: 'address',
    dialect: 'native',
    answers: {
      200: { description: 'Yes.' },
      503: { description: 'No.', content: { 'application/json': z.strictObject({ ready: z.boolean() }) } },
    },
    handle: never,
  }),
];

const document = buildOpenApi(withDocs(operations, '1.2.3'), '1.2.3');
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.any()) }))),
  components: z.looseObject({ schemas: z.record(z.string(), z.any()) }),
});
const { paths, components } = documentSchema.parse(document);

describe('the document', () => {
  it('is valid OpenAPI 3.0', async () => {
    const result = await new Validator().validate(structuredClone(document));
    expect(result).toMatchObject({ valid: true });
  });

  it('documents parameters, body and every media type', () => {
    const chat = paths['/v1/chat/{room}']?.post;
    expect(chat).toMatchObject({
      operationId: 'createChat',
      description: 'Talks.\n\nNeeds the scope `inference`.',
      security: [{ bearer: [] }],
      parameters: [
        { name: 'room', in: 'path', required: true, schema: { type: 'string' } },
        {
          name: 'limit',
          in: 'query',
          required: false,
          description: 'How many.',
          schema: { type: 'integer', maximum: 9, default: 1 },
        },
        { name: 'after', in: 'query', required: false },
        { name: 'idempotency-key', in: 'header' },
      ],
      requestBody: {
        content: {
          'application/json': {
            schema: { properties: { messages: { items: { $ref: '#/components/schemas/Message' } } } },
          },
        },
      },
    });
    expect(Object.keys(chat?.responses[200].content)).toEqual(['application/json', 'text/event-stream']);
    expect(components.schemas.Message).toMatchObject({ properties: { role: { enum: ['user', 'system'] } } });
  });

  it('names every error an operation can give, in its dialect', () => {
    const responses = paths['/v1/chat/{room}']?.post?.responses ?? {};
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['400', '401', '403', '408', '413', '415', '422', '429', '431', '500', '503', '504']),
    );
    expect(responses[429]).toEqual({ $ref: '#/components/responses/OpenAiError429' });
  });

  it('leaves a status that an operation describes itself to it', () => {
    const ready = paths['/api/v1/ready']?.get;
    expect(ready?.responses[503].description).toBe('No.');
    expect(ready?.responses[401]).toBeUndefined();
    expect(ready?.security).toEqual([]);
  });

  it('gives a schema that reads and writes differently two names', () => {
    const collector = createSchemaCollector();
    const setting = z.strictObject({ size: z.number().default(1) }).meta({ id: 'Setting' });
    expect(collector.convert(setting, 'output')).toEqual({ $ref: '#/components/schemas/Setting' });
    expect(collector.convert(setting, 'input')).toEqual({ $ref: '#/components/schemas/SettingInput' });
    expect(Object.keys(collector.components())).toEqual(['Setting', 'SettingInput']);
  });
});

describe.each([{ http2: false }, { http2: true }])('the pages (http2: $http2)', ({ http2 }) => {
  it('are served without a credential, from this machine alone', async () => {
    const server = await startTestServer({ operations: withDocs(operations, '1.2.3') });
    const get = (path: string, headers: Record<string, string> = {}) =>
      server.send(path, { http2, headers: { authorization: '', ...headers } });

    const json = await get('/api/v1/openapi.json');
    expect([json.status, json.headers['content-type'], json.json()]).toEqual([200, 'application/json', document]);

    const page = await get('/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.text).not.toMatch(/https?:\/\/|<script>|onload=|style=/);
    const files = [...page.text.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, file]) => `/${file}`);
    expect(files).toHaveLength(4);
    for (const file of files) expect((await get(file)).status, file).toBe(200);

    const script = await get('/docs/swagger-ui-bundle.js', { 'accept-encoding': 'gzip' });
    expect(script.headers['content-encoding']).toBe('gzip');
    const etag = String(script.headers.etag);
    expect((await get('/docs/swagger-ui-bundle.js', { 'if-none-match': etag })).status).toBe(304);

    for (const path of [
      '/docs/package.json',
      '/docs/..%2Fpackage.json',
      '/docs/%2e%2e%2findex.js',
      '/docs/__proto__',
      '/docs/constructor',
    ]) {
      expect((await get(path)).status, path).toBe(404);
    }
    await server.stop();
  });
});
