import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import type { SentSpan } from '../otlp/decode.ts';
import { type OtlpSink, startOtlpSink } from '../otlp/sink.ts';

const PARENT = 'b7ad6b7169203331';
const traceparent = (traceId: string) => ({ traceparent: `00-${traceId}-${PARENT}-01` });
const idOf = (digit: string) => digit.repeat(32);

/** Takes callbacks, and answers as an upstream of one word. */
const startNeighbour = async () => {
  const seen: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    request.resume();
    seen.push({ path: request.url ?? '', headers: request.headers });
    if (request.url !== '/v1/chat/completions') return response.writeHead(request.method === 'POST' ? 204 : 404).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const piece = { choices: [{ index: 0, delta: { content: 'hello' }, finish_reason: 'stop' }] };
    return response.end(`data: ${JSON.stringify(piece)}\n\ndata: [DONE]\n\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Safe: it listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    /** Of the last request there; an engine is probed before it is asked. */
    headersAt: (path: string) => seen.findLast((request) => request.path === path)?.headers,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
};

let neighbour: Awaited<ReturnType<typeof startNeighbour>>;
let sink: OtlpSink;
let gateway: TestGateway;
const configOf = (ratio: number) => ({
  models: [
    scriptedModel({ reply: 'echo' }),
    scriptedModel({ failRate: 1 }, { id: 'broken' }),
    { id: 'far', engine: 'openai', options: { baseUrl: `${neighbour.origin}/v1` } },
  ],
  jobs: { callbacks: { allow: [neighbour.origin], allowAddresses: ['127.0.0.1/32'] } },
  telemetry: { otlp: { endpoint: sink.endpoint }, sampling: { ratio, slowMs: 600_000 }, content: true },
});
beforeAll(async () => {
  [neighbour, sink] = await Promise.all([startNeighbour(), startOtlpSink()]);
  gateway = await startGateway({ config: configOf(0) });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await sink.stop();
  await neighbour.stop();
});

const chat = (model: string, headers: Record<string, string> = {}) =>
  gateway.send('POST', '/v1/chat/completions', { model, messages: [{ role: 'user', content: 'hi' }] }, headers);
const rootsOf = (answer: { readonly headers: TestHeaders }) =>
  sink.spans.filter(({ attributes }) => attributes['clawdbot.request_id'] === answer.headers['x-request-id']);
type TestHeaders = Readonly<Record<string, string | string[] | undefined>>;
const idsBy = (spans: readonly SentSpan[], name: string) => spans.find((span) => span.name === name)?.spanId;

test('a failure is kept although nobody asked, an answer is not', async () => {
  const [failed, answered] = [await chat('broken'), await chat('scripted')];
  expect([failed.status >= 500, answered.status]).toEqual([true, 200]);
  await expect.poll(() => rootsOf(failed), { timeout: 20_000 }).toMatchObject([{ status: 2, parentSpanId: '' }]);
  expect(rootsOf(answered)).toEqual([]);
});

test('an upstream is asked below the span of the engine', async () => {
  const traceId = idOf('a');
  expect((await chat('far', traceparent(traceId))).status).toBe(200);
  const spans = await sink.trace(traceId, 'POST /v1/chat/completions');
  const engine = idsBy(spans, 'engine');
  expect(engine).toMatch(/^[0-9a-f]{16}$/);
  expect(neighbour.headersAt('/v1/chat/completions')?.traceparent).toBe(`00-${traceId}-${engine}-01`);
});

test('a job and its callback belong to the trace of the request that asked for them', async () => {
  const traceId = idOf('b');
  const callbackUrl = `${neighbour.origin}/hook`;
  const asked = { prompt: 'later', model: 'scripted', mode: 'async', callbackUrl };
  expect((await gateway.send('POST', '/api/v1/inference', asked, traceparent(traceId))).status).toBe(202);
  const spans = await sink.trace(traceId, 'job');
  await sink.trace(traceId, 'POST /api/v1/inference');
  const request = idsBy(
    sink.spans.filter((span) => span.traceId === traceId),
    'POST /api/v1/inference',
  );
  const job = spans.find(({ name }) => name === 'job');
  expect(job).toMatchObject({ kind: 5, parentSpanId: request, status: 0 });
  expect(spans.find(({ name }) => name === 'text_completion scripted')?.parentSpanId).toBe(job?.spanId);
  await expect
    .poll(() => neighbour.headersAt('/hook')?.traceparent, { timeout: 20_000 })
    .toBe(`00-${traceId}-${request}-01`);
});

test('prompts and answers are there where that is switched on, without what is private', async () => {
  const traceId = idOf('c');
  const messages = [{ role: 'user', content: 'write to jane.doe@example.org today' }];
  await gateway.send('POST', '/v1/chat/completions', { model: 'scripted', messages }, traceparent(traceId));
  const spans = await sink.trace(traceId, 'POST /v1/chat/completions');
  const generation = spans.find(({ name }) => name === 'chat scripted');
  for (const name of ['gen_ai.input.messages', 'gen_ai.output.messages']) {
    expect(generation?.attributes[name]).toMatch(/write to .+ today/);
    expect(generation?.attributes[name]).not.toContain('jane.doe');
  }
});

test('a new ratio applies while it runs', async () => {
  gateway.configure(configOf(1));
  await expect
    .poll(
      async () =>
        rootsOf(await chat('scripted')).length +
        sink.spans.filter(({ status, name }) => status === 0 && name === 'POST /v1/chat/completions').length,
      {
        timeout: 30_000,
        interval: 300,
      },
    )
    .toBeGreaterThan(1);
});
