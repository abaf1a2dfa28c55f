import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alertOf, startTestActions, type TestActions, webhookOf } from '../actions.ts';
import type { SentSpan } from '../otlp/decode.ts';
import { type OtlpSink, startOtlpSink } from '../otlp/sink.ts';

const PARENT = 'b7ad6b7169203331';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const ERROR = 2;
const HOOK = 'POST /hooks/{receiver}';

let dir: string;
let sink: OtlpSink;
let actions: TestActions | undefined;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'clawdbot-actions-'));
  sink = await startOtlpSink();
});
afterEach(async () => {
  await actions?.stop();
  actions = undefined;
  await sink.stop();
  rmSync(dir, { recursive: true, force: true });
});

const start = (options: Parameters<typeof startTestActions>[1] = {}): TestActions => {
  const others = { telemetry: { otlp: { endpoint: sink.endpoint } } };
  actions = startTestActions(dir, { others, ...options });
  return actions;
};

const attempts = (): readonly SentSpan[] => sink.spans.filter(({ name }) => name.startsWith('action '));
const until = async (count: number) => {
  await expect.poll(() => attempts().length, { timeout: 30_000 }).toBe(count);
  return attempts();
};

test('one trace leads from whoever sent a webhook to every attempt at what it asks for', async () => {
  const process = start({ bounds: { failures: 1 } });
  await process.url();
  // The alert that always fires is no news.
  await process.post('heartbeat', webhookOf([alertOf('Watchdog')]));
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
  expect((await process.post('record', webhookOf([alertOf('A')]), { headers })).status).toBe(200);
  const [first, second] = await until(2);
  await expect.poll(() => sink.spans.map(({ name }) => name), { timeout: 30_000 }).toContain(HOOK);
  const hooks = sink.spans.filter(({ name }) => name === HOOK);
  expect(hooks).toHaveLength(1);
  expect(hooks[0]).toMatchObject({
    traceId: TRACE,
    parentSpanId: PARENT,
    resource: { 'service.name': expect.any(String) },
  });
  expect(hooks[0]?.attributes).toMatchObject({ 'clawdbot.receiver': 'record' });
  for (const span of [first, second]) expect(span).toMatchObject({ traceId: TRACE, parentSpanId: hooks[0]?.spanId });
  expect([first?.status === ERROR, second?.status === ERROR]).toEqual([true, false]);
  expect([first, second].map((span) => span?.attributes['clawdbot.outcome'])).toEqual(['retry', 'done']);
  expect(second?.attributes).toMatchObject({ 'clawdbot.alert': 'A', 'clawdbot.alert_status': 'firing' });
  expect((hooks[0]?.startedAt ?? 0n) <= (first?.startedAt ?? 0n)).toBe(true);
});

test('what another life of the process does is in the trace of the webhook still', async () => {
  const dying = start({ death: { step: 'task.marked', times: 1 } });
  await dying.url();
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
  // It may end before it answers.
  await dying.post('record', webhookOf([alertOf('A')]), { headers }).catch(() => undefined);
  expect(await dying.ended).toBe('SIGKILL');
  const process = start();
  await process.url();
  const [again] = await until(1);
  expect(again).toMatchObject({ traceId: TRACE });
  expect(again?.attributes['clawdbot.attempt']).toBe(2);
  expect(again?.parentSpanId).not.toBe('');
});

test('where nobody takes its traces it does what it is asked for, and stops', async () => {
  await sink.stop();
  const process = start();
  await process.url();
  expect((await process.post('record', webhookOf([alertOf('A')]))).status).toBe(200);
  await process.idle();
  expect(await process.stop()).toBe(0);
});
