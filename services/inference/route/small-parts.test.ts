import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatencyWindow } from './latency-window.ts';
import { createLineSplitter, createTail } from './lines.ts';
import { createPace } from './pace.ts';
import { createReadyGate } from './ready-gate.ts';

describe('a latency window', () => {
  it('has no median before the first measurement', () => {
    expect(createLatencyWindow().median()).toBeUndefined();
  });

  it('gives the median of the latest measurements only', () => {
    const window = createLatencyWindow(3);
    for (const ms of [1000, 1000, 1, 2, 3]) window.add(ms);
    expect(window.median()).toBe(2);
    const two = createLatencyWindow();
    for (const ms of [10, 20]) two.add(ms);
    expect(two.median()).toBe(15);
  });
});

describe('the pace of a replica', () => {
  it('is the time per token, whatever the length of the answers', () => {
    const pace = createPace();
    expect(pace.recent(0)).toBeUndefined();
    for (const tokens of [1, 99, 999]) pace.add((tokens + 1) * 5, tokens, 0);
    expect(pace.recent(0)).toBeCloseTo(5);
  });

  it('follows recent requests and is forgotten after a while', () => {
    const pace = createPace();
    pace.add(1000, 0, 0);
    for (let index = 0; index < 50; index += 1) pace.add(10, 0, index);
    expect(pace.recent(50)).toBeLessThan(20);
    expect(pace.recent(60_000)).toBeUndefined();
  });
});

describe('a line splitter', () => {
  it('gives the same lines wherever the text is cut', () => {
    const text = fc.array(fc.string({ maxLength: 12 }).map((line) => line.replaceAll('\n', ' ')));
    fc.assert(
      fc.property(text, fc.array(fc.nat(40)), (lines, cuts) => {
        const whole = lines.map((line) => `${line}\n`).join('');
        const seen: string[] = [];
        const push = createLineSplitter((line) => seen.push(line), 1000);
        let from = 0;
        for (const cut of cuts) {
          push(whole.slice(from, from + cut));
          from += cut;
        }
        push(whole.slice(from));
        expect(seen).toEqual(lines);
      }),
    );
  });

  it('does not gather a line without end', () => {
    const long: number[] = [];
    const push = createLineSplitter(
      () => undefined,
      10,
      (piece) => long.push(piece.length),
    );
    for (let index = 0; index < 5; index += 1) push('x'.repeat(8));
    expect(long).toEqual([16, 16]);
  });

  it('and a tail keep the last lines', () => {
    const tail = createTail(2);
    for (const line of ['a', 'b', 'c']) tail.add(line);
    expect(tail.lines()).toEqual(['b', 'c']);
  });
});

describe('the gate before a model', () => {
  it('lets through or sends away everyone who waits, and forgets who left', async () => {
    const gate = createReadyGate();
    const controller = new AbortController();
    const never = new AbortController().signal;
    const [through, left] = [gate.wait(never), gate.wait(controller.signal)];
    controller.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(gate.size).toBe(1);
    gate.open();
    await through;
    const refused = gate.wait(never);
    gate.refuse(new Error('refused'));
    await expect(refused).rejects.toThrow('refused');
    expect(gate.size).toBe(0);
  });
});
