import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptedModel, startGateway, type TestGateway } from '../gateway.ts';
import type { SentSpan } from '../otlp/decode.ts';
import { type OtlpSink, startOtlpSink } from '../otlp/sink.ts';

const PARENT = 'b7ad6b7169203331';
let nextTrace = 1;
const newTrace = (): string => (0xabcd_0000 + nextTrace++).toString(16).padStart(32, '0');
const traceparent = (traceId: string, flags = '01') => `00-${traceId}-${PARENT}-${flags}`;

const ask = (gateway: TestGateway, traceId: string, body: Record<string, unknown> = {}, flags?: string) =>
  gateway.send(
    'POST',
    '/v1/chat/completions',
    { model: 'scripted', messages: [{ role: 'user', content: 'one two three four' }], ...body },
    { traceparent: traceparent(traceId, flags) },
  );

const named = (spans: readonly SentSpan[], name: string): SentSpan => {
  const found = spans.filter((span) => span.name === name);
  expect([name, found.length]).toEqual([name, 1]);
  // Safe: there is one, see above.
  return found[0] as SentSpan;
};

describe('the trace of a request', () => {
  let sink: OtlpSink;
  let gateway: TestGateway;
  beforeAll(async () => {
    sink = await startOtlpSink();
    gateway = await startGateway({
      config: {
        models: [scriptedModel({ reply: 'echo', charactersPerChunk: 4 })],
        scenarios: { kept: { cache: true } },
        telemetry: {
          environment: 'test',
          otlp: { endpoint: sink.endpoint, headers: { authorization: 'Bearer collector' }, intervalMs: 1000 },
          sampling: { ratio: 0, slowMs: 600_000 },
        },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await sink.stop();
  });

  test('shows every stage below the span of the client, in order and within its parent', async () => {
    const traceId = newTrace();
    expect((await ask(gateway, traceId, { stream: true })).status).toBe(200);
    const spans = await sink.trace(traceId, 'POST /v1/chat/completions');
    const tree = Object.fromEntries(
      spans.map(({ name, parentSpanId }) => [
        name,
        spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? parentSpanId,
      ]),
    );
    expect(tree).toEqual({
      'POST /v1/chat/completions': PARENT,
      auth: 'POST /v1/chat/completions',
      read: 'POST /v1/chat/completions',
      'chat scripted': 'POST /v1/chat/completions',
      redact: 'chat scripted',
      admit: 'chat scripted',
      cache: 'chat scripted',
      route: 'chat scripted',
      engine: 'route',
      ...(spans.some(({ name }) => name === 'engine.queue') ? { 'engine.queue': 'engine' } : {}),
      ...(spans.some(({ name }) => name === 'engine.prefill') ? { 'engine.prefill': 'engine' } : {}),
      'engine.decode': 'engine',
      respond: 'POST /v1/chat/completions',
    });
    for (const span of spans) {
      expect(span.endedAt).toBeGreaterThanOrEqual(span.startedAt);
      const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
      if (parent === undefined) continue;
      expect([span.name, span.startedAt >= parent.startedAt, span.endedAt <= parent.endedAt]).toEqual([
        span.name,
        true,
        true,
      ]);
    }
    const order = ['auth', 'read', 'redact', 'admit', 'cache', 'route', 'engine', 'engine.decode', 'respond'];
    const starts = order.map((name) => named(spans, name).startedAt);
    expect(starts).toEqual(starts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  });

  test('says what was asked, what came of it and how many steps it took, and not what was written', async () => {
    const traceId = newTrace();
    const answer = await ask(gateway, traceId, { max_tokens: 50, temperature: 0.5 });
    const spans = await sink.trace(traceId, 'POST /v1/chat/completions');
    const usage = answer.json().usage as { prompt_tokens: number; completion_tokens: number };
    expect(named(spans, 'chat scripted').attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'clawdbot',
      'gen_ai.request.model': 'scripted',
      'gen_ai.request.max_tokens': 50,
      'gen_ai.request.temperature': 0.5,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': usage.prompt_tokens,
      'gen_ai.usage.output_tokens': usage.completion_tokens,
      'clawdbot.outcome': 'ok',
    });
    expect(named(spans, 'POST /v1/chat/completions').attributes).toMatchObject({
      'http.response.status_code': 200,
      'http.route': '/v1/chat/completions',
      'clawdbot.request_id': answer.headers['x-request-id'],
    });
    expect(Number(named(spans, 'engine.decode').attributes['clawdbot.engine.steps'])).toBeGreaterThan(0);
    expect(named(spans, 'POST /v1/chat/completions').resource).toEqual({
      'service.name': 'clawdbot',
      'service.version': expect.any(String),
      'service.instance.id': expect.any(String),
      'deployment.environment.name': 'test',
    });
    expect(JSON.stringify(spans, (_key, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      'three',
    );
  });

  test('leads from the header of the answer to the access line, the log record and the exemplar', async () => {
    const traceId = newTrace();
    const answer = await ask(gateway, traceId);
    const requestId = answer.headers['x-request-id'];
    const root = named(await sink.trace(traceId, 'POST /v1/chat/completions'), 'POST /v1/chat/completions');
    expect(root.attributes['clawdbot.request_id']).toBe(requestId);

    const recordOf = () => sink.logs.find(({ attributes }) => attributes['http.request.id'] === requestId);
    await expect.poll(recordOf, { timeout: 20_000 }).toMatchObject({
      event: 'request.answered',
      traceId,
      spanId: root.spanId,
      attributes: { 'log.stream': 'access', 'trace.id': traceId, 'labels.outcome': 'ok' },
    });

    const exposition = async () => (await gateway.send('GET', '/api/v1/metrics', undefined, OPENMETRICS)).text;
    const exemplar = new RegExp(
      `^gen_ai_server_request_duration_seconds_bucket\\{.*\\} \\d+ # \\{trace_id="${traceId}"\\} \\S+ \\S+$`,
      'm',
    );
    await expect.poll(exposition, { timeout: 20_000, interval: 300 }).toMatch(exemplar);
  });

  test('is kept for what failed and for who asked, not for a refusal', async () => {
    const [refused, failed] = [newTrace(), newTrace()];
    expect((await ask(gateway, refused, { model: 'absent' }, '00')).status).toBe(404);
    await gateway.send('GET', '/api/v1/health', undefined, { traceparent: traceparent(failed) });
    expect(named(await sink.trace(failed, 'GET /api/v1/health'), 'GET /api/v1/health').parentSpanId).toBe(PARENT);
    expect(sink.spans.filter(({ traceId }) => traceId === refused)).toEqual([]);
  });

  test('is sent with the headers of the configuration, and metrics under the names they are read by', async () => {
    expect(sink.requests.every(({ headers }) => headers.authorization === 'Bearer collector')).toBe(true);
    await expect.poll(() => sink.metrics.map(({ name }) => name), { timeout: 20_000 }).toContain('clawdbot.requests');
    const requests = sink.metrics.find(({ name }) => name === 'clawdbot.requests');
    expect([requests?.kind, requests?.unit]).toEqual(['sum', '{request}']);
  });
});

const OPENMETRICS = { accept: 'application/openmetrics-text; version=1.0.0' };
