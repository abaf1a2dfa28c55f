import { expect, test } from 'vitest';
import { createTraces } from './traces.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const parentOf = (flags: string) => `00-${TRACE}-b7ad6b7169203331-${flags}`;
const FAST = { isError: false, durationMs: 1 };
const open = (ratio: number, isOn = true) => createTraces({ isOn, sampling: { ratio, slowMs: 1000 }, now: () => 0 });

test('begins nothing where traces are off and the client has none', () => {
  expect(open(1, false).begin(undefined, 0)).toBeUndefined();
});

test('passes the context of a client on where traces are off, and keeps nothing', () => {
  const traces = open(1, false);
  const trace = traces.begin(parentOf('01'), 0);
  expect([trace?.traceparent, trace?.engineTraceparent]).toEqual([parentOf('01'), parentOf('01')]);
  expect(trace !== undefined && traces.keeps(trace, FAST)).toBe(false);
});

test('goes on below the span of a client with spans of its own', () => {
  const trace = open(0).begin(parentOf('01'), 0);
  expect(trace?.parent?.spanId).toBe('b7ad6b7169203331');
  expect(trace?.traceparent).toBe(`00-${TRACE}-${trace?.spanId}-01`);
  expect(trace?.engineTraceparent).toBe(`00-${TRACE}-${trace?.engineSpanId}-01`);
});

const keeps = (traces: ReturnType<typeof open>, traceparent: string | undefined, now = FAST) => {
  const trace = traces.begin(traceparent, 0);
  if (trace === undefined) return undefined;
  return traces.keeps(trace, now);
};

test('keeps by chance, and always what failed, was slow or was asked for', () => {
  expect(keeps(open(0), undefined)).toBe(false);
  expect(keeps(open(1), undefined)).toBe(true);
  expect(keeps(open(0), undefined, { isError: true, durationMs: 1 })).toBe(true);
  expect(keeps(open(0), undefined, { isError: false, durationMs: 1000 })).toBe(true);
  expect(keeps(open(0), parentOf('01'))).toBe(true);
});

test('does not overrule by chance a client that decided against it', () => {
  expect(keeps(open(1), parentOf('00'))).toBe(false);
});

test('takes back what chance decided, and nothing else', () => {
  const traces = open(1);
  const chosen = traces.begin(undefined, 0);
  const asked = traces.begin(parentOf('01'), 0);
  for (const trace of [chosen, asked]) if (trace !== undefined) traces.doubt(trace);
  expect([chosen?.isSampled, asked?.isSampled]).toEqual([false, true]);
});

test('applies a new ratio to the next request', () => {
  const traces = open(0);
  traces.update({ ratio: 1, slowMs: 1000 });
  expect(keeps(traces, undefined)).toBe(true);
});

test('keeps what was kept once, whatever comes later', () => {
  const traces = open(0);
  const trace = traces.begin(undefined, 0);
  expect(trace !== undefined && traces.keeps(trace, { isError: true, durationMs: 1 })).toBe(true);
  expect(trace !== undefined && traces.keeps(trace, FAST)).toBe(true);
});
