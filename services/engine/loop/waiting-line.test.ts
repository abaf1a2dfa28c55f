import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Priority } from '../protocol/generation.ts';
import { PATIENCE } from './fair-share.ts';
import { createFakeDecoder } from './fake-decoder.ts';
import { createTask, type Task } from './task.ts';
import { createWaitingLine, type WaitingLine } from './waiting-line.ts';

interface Wish {
  readonly key?: string;
  readonly priority?: Priority;
  readonly deadlineMs?: number;
  readonly tokens?: number;
  readonly limit?: number;
}

const { sampler } = createFakeDecoder();

const taskOf = (id: number, { key = 'a', tokens = 100, limit = 28, ...rest }: Wish = {}): Task =>
  createTask(
    {
      ...{ id, owner: 'tenant', keyId: key, prompt: Array.from({ length: tokens }, () => 1), limit, ...rest },
      sampler: sampler(),
      text: { push: () => ({ text: '', isEnd: false }), end: () => ({ text: '' }) },
      sink: { accepted: () => {}, started: () => {}, tokens: () => true, finished: () => {}, failed: () => {} },
    },
    { order: id, now: 0 },
  );

const lineOf = (...wishes: readonly Wish[]): WaitingLine => {
  const line = createWaitingLine();
  for (const [id, wish] of wishes.entries()) line.enter(taskOf(id, wish));
  return line;
};

const order = (line: WaitingLine): number[] => {
  const ids: number[] = [];
  for (let task = line.take(); task !== undefined; task = line.take()) ids.push(task.id);
  return ids;
};

describe('createWaitingLine', () => {
  it('is first in, first out where nothing else matters', () => {
    expect(order(lineOf({}, {}, {}))).toEqual([0, 1, 2]);
  });

  it('lets a higher priority go first', () => {
    expect(order(lineOf({ priority: 'low' }, {}, { priority: 'high' }))).toEqual([2, 1, 0]);
  });

  it('lets the earliest deadline of a priority go first', () => {
    const wishes: Wish[] = [{}, { deadlineMs: 900 }, { deadlineMs: 300 }, { deadlineMs: 100, priority: 'low' }];
    expect(order(lineOf(...wishes))).toEqual([2, 1, 0, 3]);
  });

  it('lets a key with one request in before the hundred of another', () => {
    const line = lineOf(...Array.from({ length: 100 }, () => ({ key: 'many' })), { key: 'one' });
    // The credit of one round is 512 tokens, and each of the many is charged 128.
    expect(order(line).indexOf(100)).toBe(4);
  });

  it('shares tokens out equally, not requests', () => {
    const line = lineOf(
      ...Array.from({ length: 40 }, () => ({ key: 'long', tokens: 484 })),
      ...Array.from({ length: 160 }, () => ({ key: 'short' })),
    );
    const first = order(line).slice(0, 50);
    expect(first.filter((id) => id < 40)).toHaveLength(10);
  });

  it('charges a key in the end for what its request really took', () => {
    const line = lineOf(...Array.from({ length: 3 }, () => ({ key: 'a', limit: 256, tokens: 300 })), { key: 'b' });
    const first = line.take();
    expect([first?.id, line.peek()?.id]).toEqual([0, 3]);
    if (first !== undefined) line.settle(first);
    expect(line.peek()?.id).toBe(1);
  });

  it('never lets a lower priority wait forever', () => {
    const line = lineOf({ priority: 'low' }, ...Array.from({ length: 30 }, () => ({ priority: 'high' as const })));
    expect(order(line).indexOf(0)).toBe(PATIENCE);
  });

  it('lets one that lost its cells go on before the others of its priority', () => {
    const line = lineOf({}, {});
    const first = line.take();
    if (first !== undefined) line.resume(first);
    line.enter(taskOf(9, { priority: 'high' }));
    expect(order(line)).toEqual([9, 0, 1]);
  });

  it('leaves out those that are parked until they are let back in, and those that left', () => {
    const line = lineOf({}, {}, {});
    const parked = line.park();
    expect([parked?.id, line.peek()?.id, line.size]).toEqual([0, 1, 3]);
    expect([line.leave(1)?.id, line.leave(1), line.peek()?.id]).toEqual([1, undefined, 2]);
    if (parked !== undefined) line.unpark(parked);
    expect([line.size, order(line)]).toEqual([2, [0, 2]]);
  });

  it('forgets a parked one that left', () => {
    const line = lineOf({});
    const parked = line.park();
    line.leave(0);
    if (parked !== undefined) line.unpark(parked);
    expect([line.size, line.peek()]).toEqual([0, undefined]);
  });

  it('drops those whose deadline has passed, the earliest first', () => {
    const line = lineOf({ deadlineMs: 50 }, {}, { deadlineMs: 20 }, { deadlineMs: 90 });
    line.leave(0);
    expect([line.expire(19), line.expire(60)?.id, line.expire(60)]).toEqual([undefined, 2, undefined]);
    expect(order(line)).toEqual([3, 1]);
  });

  it('says how many would at least go first: of higher priorities, and a fair share of its own', () => {
    const line = lineOf(
      ...Array.from({ length: 10 }, () => ({ key: 'many' })),
      { key: 'few' },
      { key: 'many', priority: 'high' },
      { key: 'many', priority: 'low' },
    );
    expect([line.ahead(1, 'few'), line.ahead(1, 'many'), line.ahead(1, 'new'), line.ahead(2, 'new')]).toEqual([
      5, 12, 3, 13,
    ]);
  });

  it('keeps only those that wait when thousands leave', () => {
    const line = createWaitingLine();
    for (let id = 0; id < 10_000; id += 1) line.enter(taskOf(id, { tokens: 1, key: `${id % 7}` }));
    for (let id = 0; id < 9990; id += 1) line.leave(id);
    expect([line.size, order(line).length]).toEqual([10, 10]);
    expect(line.clear()).toEqual([]);
  });

  it('gives everybody that stays exactly one turn, whatever comes and goes', () => {
    const wish = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      priority: fc.constantFrom<Priority>('low', 'normal', 'high'),
      leaves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(wish), (wishes) => {
        const line = lineOf(...wishes);
        for (const [id, { leaves }] of wishes.entries()) if (leaves) line.leave(id);
        const expected = wishes.flatMap(({ leaves }, id) => (leaves ? [] : [id]));
        expect(order(line).sort((a, b) => a - b)).toEqual(expected);
      }),
    );
  });
});
