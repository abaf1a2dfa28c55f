import { expect, test } from 'vitest';
import { isWithin, newSpanId, newTraceId, readTraceparent, writeTraceparent } from './trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test('reads what it wrote', () => {
  for (const isSampled of [true, false]) {
    const context = { traceId: TRACE, spanId: SPAN, isSampled };
    expect(readTraceparent(writeTraceparent(context))).toEqual(context);
  }
});

test('takes a later version, and whatever that says more', () => {
  expect(readTraceparent(`01-${TRACE}-${SPAN}-01-what-comes-next`)).toEqual({
    traceId: TRACE,
    spanId: SPAN,
    isSampled: true,
  });
});

test.each([
  undefined,
  '',
  'hello',
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-0g`,
  ` 00-${TRACE}-${SPAN}-01`,
  `01-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`,
])('ignores %s', (header) => {
  expect(readTraceparent(header)).toBeUndefined();
});

test('makes ids of the standard, each its own', () => {
  const traces = new Set(Array.from({ length: 2000 }, newTraceId));
  const spans = new Set(Array.from({ length: 2000 }, newSpanId));
  expect([traces.size, spans.size]).toEqual([2000, 2000]);
  for (const id of traces) expect(id).toMatch(/^[0-9a-f]{32}$/);
  for (const id of spans) expect(id).toMatch(/^[0-9a-f]{16}$/);
});

test('keeps about the share asked for, none at 0 and all at 1', () => {
  const ids = Array.from({ length: 4000 }, newTraceId);
  const kept = (ratio: number) => ids.filter((id) => isWithin(id, ratio)).length;
  expect([kept(0), kept(1)]).toEqual([0, 4000]);
  expect(kept(0.25)).toBeGreaterThan(800);
  expect(kept(0.25)).toBeLessThan(1200);
  expect(ids.filter((id) => isWithin(id, 0.1)).every((id) => isWithin(id, 0.25))).toBe(true);
});
