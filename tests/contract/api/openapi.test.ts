import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMBEDDED_MODEL } from '../../../core/config/schema.ts';
import { scriptedModel, startGateway, type TestGateway } from '../../gateway.ts';
import { until } from '../../stream.ts';
import { CASES, type Case } from './cases.ts';
import { type AnswerCheck, type ApiDocument, compileDocument, valuesIn } from './document.ts';
import { type HttpClient, http1Client, http2Client, type Received } from './http-clients.ts';

const CONFIG = {
  audit: { headIntervalMs: 100 },
  server: { maxBodyBytes: 262_144 },
  scenarios: { any: {}, medical: { minParameters: 20e9, tags: ['medical'] } },
  models: [
    scriptedModel({}, { id: 'echo' }),
    scriptedModel({ charactersPerChunk: 1, tokenMs: 50 }, { id: 'slow' }),
    scriptedModel({ charactersPerChunk: 1, failAfterTokens: 2 }, { id: 'failing' }),
    scriptedModel({ charactersPerChunk: 1, tokenMs: 50 }, { id: 'doomed' }),
    // Only its engine takes CPU threads.
    { ...EMBEDDED_MODEL, id: 'real', load: 'onDemand', slots: 1, context: 256 },
  ],
};

let gateway: TestGateway;
let document: ApiDocument;
let check: AnswerCheck;
const tokens = new Map<string, string>();
const clients = new Map<string, HttpClient>();
const called = new Set<string>();

beforeAll(async () => {
  gateway = await startGateway({ config: CONFIG });
  for (const id of ['slow', 'failing', 'doomed']) {
    await gateway.report('model', (report) => report.id === id && report.phase === 'ready');
  }
  for (const scope of ['inference', 'metrics', 'admin', 'audit'] as const)
    tokens.set(scope, await gateway.token(scope));
  tokens.set('wrong', 'nonsense');
  clients.set('HTTP/1.1', http1Client(gateway.url, gateway.ca));
  clients.set('HTTP/2', await http2Client(gateway.url, gateway.ca));
  document = JSON.parse((await send('HTTP/1.1', 'GET', '/api/v1/openapi.json', { as: 'none' })).text);
  check = compileDocument(document);
});

afterAll(async () => {
  for (const client of clients.values()) await client.close();
  await gateway?.stop();
});

const send = (
  protocol: string,
  method: string,
  path: string,
  { as = 'inference', body, headers = {} }: Partial<Case>,
  onText?: (text: string) => void,
): Promise<Received> => {
  const client = clients.get(protocol);
  const token = tokens.get(as);
  if (client === undefined) throw new Error(`no client for ${protocol}`);
  return client.send({
    method,
    path,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    onText,
  });
};

/** Process id of the one ready engine of a model. */
const engineOf = async (model: string): Promise<number | undefined> => {
  const { models } = JSON.parse((await send('HTTP/1.1', 'GET', '/api/v1/models', {})).text) as {
    models: { id: string; replicas: { state: string; pid?: number }[] }[];
  };
  return models.find(({ id }) => id === model)?.replicas.find(({ state }) => state === 'ready')?.pid;
};

const operationOf = (id: string) => {
  const operation = check.operations.find((candidate) => candidate.id === id);
  if (operation === undefined) throw new Error(`${id} is not documented`);
  return operation;
};

const expectDocumented = (id: string, received: Received): void => {
  const { method, template } = operationOf(id);
  called.add(id);
  expect(check.problemsOf(method, template, received)).toEqual([]);
  expect(received.headers['x-request-id']).toMatch(/^req_/);
};

describe('the document', () => {
  it('is valid OpenAPI 3.0', async () => {
    expect(document.openapi).toMatch(/^3\.0\./);
    const { valid, errors } = await new Validator().validate({ ...document });
    expect([valid, errors]).toEqual([true, undefined]);
  });

  it('describes every parameter and field that can be sent', () => {
    const undescribed = [...fieldsWithout(document, ['description', '$ref', 'allOf', 'oneOf', 'anyOf'])];
    expect(undescribed).toEqual([]);
  });
});

const REQUESTS = [
  'InferenceRequest',
  'ChatCompletionRequest',
  'CompletionRequest',
  'ResponseRequest',
  'EmbeddingRequest',
  'RerankRequest',
  'TokenizeRequest',
];

/** Names of request fields without any of these keywords. */
function* fieldsWithout(api: ApiDocument, keywords: readonly string[]): Generator<string> {
  for (const name of REQUESTS) {
    const schema = api.components.schemas[name] as { properties?: Record<string, object> } | undefined;
    for (const [field, value] of Object.entries(schema?.properties ?? { '(missing)': {} })) {
      if (!keywords.some((keyword) => keyword in value)) yield `${name}.${field}`;
    }
  }
}

describe.each(['HTTP/1.1', 'HTTP/2'])('over %s', (protocol) => {
  it.each(CASES.map((entry): [string, Case] => [`${entry.operation} ${entry.says}`, entry]))('%s', async (_, entry) => {
    const { method } = operationOf(entry.operation);
    const received = await send(protocol, method.toUpperCase(), entry.path, entry);
    expect([received.status, received.text.slice(0, 500)]).toEqual([entry.status, expect.anything()]);
    expect(received.headers['content-type']).toContain(entry.type ?? 'application/json');
    expectDocumented(entry.operation, received);
    if (entry.type !== 'text/event-stream') return;
    expect(valuesIn('text/event-stream', received.text).length).toBeGreaterThan(1);
    if (entry.ends !== undefined) expect(received.text.split('\n\n').at(-2)).toContain(`event: ${entry.ends}\n`);
  });

  it.each([
    ['infer', '/api/v1/inference', { prompt: 'x '.repeat(500) }, 'event: token'],
    [
      'createChatCompletion',
      '/v1/chat/completions',
      { messages: [{ role: 'user', content: 'x '.repeat(500) }] },
      '"x "',
    ],
    ['createCompletion', '/v1/completions', { prompt: 'x '.repeat(500) }, '"x "'],
  ])('%s ends with an error event when its engine dies in the middle', async (operation, path, body, sign) => {
    const pid = await until(
      () => engineOf('doomed'),
      (found) => found !== undefined,
    );
    let isKilled = false;
    const kill = (text: string) => {
      if (isKilled || !text.includes(sign)) return;
      isKilled = true;
      process.kill(pid ?? 0, 'SIGKILL');
    };
    const received = await send(protocol, 'POST', path, { body: { ...body, model: 'doomed', stream: true } }, kill);
    expect([received.status, isKilled]).toEqual([200, true]);
    expectDocumented(operation, received);
    const code = operation === 'infer' ? 'ERR_ENGINE_DIED' : 'engine_died';
    expect(valuesIn('text/event-stream', received.text).at(-1)).toMatchObject({ error: { code } });
    expect(received.text).not.toContain('[DONE]');
    await until(
      () => engineOf('doomed'),
      (found) => found !== undefined && found !== pid,
    );
  });

  it('a job is taken once, read, followed, listed and cancelled', async () => {
    const job = { body: { prompt: 'hello', mode: 'async' }, headers: { 'idempotency-key': `key-${protocol}` } };
    const taken = await send(protocol, 'POST', '/api/v1/inference', job);
    expectDocumented('infer', taken);
    const { id } = JSON.parse(taken.text);
    expect(taken.headers.location).toBe(`/api/v1/jobs/${id}`);
    const again = await send(protocol, 'POST', '/api/v1/inference', job);
    expect([again.status, JSON.parse(again.text).id]).toEqual([202, id]);
    const other = await send(protocol, 'POST', '/api/v1/inference', { ...job, body: { ...job.body, prompt: 'other' } });
    expect(other.status).toBe(422);
    expectDocumented('infer', other);

    const events = await send(protocol, 'GET', `/api/v1/jobs/${id}/events`, {});
    expectDocumented('watchJob', events);
    expect(valuesIn('text/event-stream', events.text).at(-1)).toMatchObject({
      type: 'done',
      job: { state: 'succeeded' },
    });
    const read = await send(protocol, 'GET', `/api/v1/jobs/${id}`, {});
    expectDocumented('getJob', read);
    expect(JSON.parse(read.text)).toMatchObject({ state: 'succeeded', result: { text: 'hello' } });
    expectDocumented('listJobs', await send(protocol, 'GET', '/api/v1/jobs?limit=1', {}));

    const slow = await send(protocol, 'POST', '/api/v1/inference', {
      body: { prompt: 'x '.repeat(500), model: 'slow', mode: 'async' },
    });
    const path = `/api/v1/jobs/${JSON.parse(slow.text).id}`;
    expectDocumented('cancelJob', await send(protocol, 'DELETE', path, {}));
    const ended = await send(protocol, 'GET', `${path}/events`, {});
    expectDocumented('watchJob', ended);
    expect(valuesIn('text/event-stream', ended.text).at(-1)).toMatchObject({ job: { state: 'cancelled' } });
  });

  it('jobs of nobody and wrong pages are refused', async () => {
    for (const [operation, method, path, status] of [
      ['getJob', 'GET', '/api/v1/jobs/none', 404],
      ['cancelJob', 'DELETE', '/api/v1/jobs/none', 404],
      ['watchJob', 'GET', '/api/v1/jobs/none/events', 404],
      ['listJobs', 'GET', '/api/v1/jobs?limit=1000', 400],
    ] as const) {
      const received = await send(protocol, method, path, {});
      expect([operation, received.status]).toEqual([operation, status]);
      expectDocumented(operation, received);
    }
  });

  it('a key over its limit is refused with Retry-After', async () => {
    const limits = (requestsPerMinute: number | null) =>
      send(protocol, 'PUT', '/api/v1/admin/limits', { body: { perKey: { requestsPerMinute } }, as: 'admin' });
    await limits(1);
    try {
      const bodies = [
        ['infer', '/api/v1/inference', { prompt: 'a' }],
        ['infer', '/api/v1/inference', { prompt: 'a', stream: true }],
        ['createChatCompletion', '/v1/chat/completions', { model: 'echo', messages: [{ role: 'user', content: 'a' }] }],
      ] as const;
      for (const [operation, path, body] of [bodies[0], ...bodies]) {
        const received = await send(protocol, 'POST', path, { body });
        expectDocumented(operation, received);
        if (received.status === 200) continue;
        expect([received.status, Number(received.headers['retry-after']) > 0]).toEqual([429, true]);
      }
    } finally {
      expect((await limits(null)).status).toBe(200);
    }
  });

  it('what is not there, or not that way, has the usual error shape', async () => {
    for (const [method, path, status] of [
      ['GET', '/api/v1/nothing', 404],
      ['DELETE', '/api/v1/inference', 405],
      ['GET', `/api/v1/jobs/${'x'.repeat(5000)}`, 414],
    ] as const) {
      const received = await send(protocol, method, path, {});
      expect([received.status, JSON.parse(received.text)]).toMatchObject([
        status,
        {
          error: {
            code: expect.stringMatching(/^ERR_HTTP_/),
            message: expect.any(String),
            requestId: expect.any(String),
          },
        },
      ]);
    }
    const openAi = await send(protocol, 'GET', '/v1/nothing', {});
    expect([openAi.status, JSON.parse(openAi.text)]).toMatchObject([404, { error: { type: 'invalid_request_error' } }]);
  });
});

describe('replicas', () => {
  it('beyond the cores are refused as documented', async () => {
    const change = (protocol: string, replicas: number) =>
      send(protocol, 'PUT', '/api/v1/admin/replicas', { body: { model: 'real', replicas }, as: 'admin' });
    expect((await change('HTTP/1.1', 1)).status).toBe(200);
    await until(
      () => engineOf('real'),
      (pid) => pid !== undefined,
    );
    for (const protocol of clients.keys()) {
      const refused = await change(protocol, 64);
      expect([refused.status, JSON.parse(refused.text)]).toMatchObject([
        409,
        { error: { code: 'ERR_ROUTE_NO_CORES' } },
      ]);
      expectDocumented('setReplicas', refused);
    }
    expect((await change('HTTP/2', 0)).status).toBe(200);
  });
});

describe('the tests', () => {
  it('called every operation of the document', () => {
    expect(check.operations.map(({ id }) => id).filter((id) => !called.has(id))).toEqual([]);
  });
});
