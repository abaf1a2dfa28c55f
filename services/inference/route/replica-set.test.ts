import { describe, expect, it } from 'vitest';
import { chooseActive, freeIndex, surplusOf } from './replica-set.ts';

const MODEL = { plugin: 'x', context: 64, slots: 4, threads: 1, embeds: false, device: 'cpu' };
const ready = (index: number) => ({ index, state: { kind: 'ready', model: MODEL } }) as const;
const starting = (index: number) => ({ index, state: { kind: 'starting' } }) as const;

describe('a set of replicas', () => {
  it('gives up those that do not answer first, then the youngest', () => {
    const replicas = [ready(0), starting(1), ready(2), starting(3)];
    const order = [1, 2, 3, 4].map((count) => surplusOf(replicas, count).at(-1)?.index);
    expect(order).toEqual([3, 1, 2, 0]);
    expect([surplusOf(replicas, 0), surplusOf(replicas, -1)]).toEqual([[], []]);
  });

  it('fills the gaps in its numbers', () => {
    expect([freeIndex([]), freeIndex([ready(0), ready(2)]), freeIndex([ready(1)])]).toEqual([0, 1, 0]);
  });

  it('sends requests to as many as are wanted, to the same ones as long as they are there', () => {
    expect(chooseActive(['a', 'b'], [], 1)).toEqual(['a']);
    expect(chooseActive(['b'], ['a'], 1)).toEqual(['b']);
    expect(chooseActive(['a', 'b'], ['b'], 1), 'the one that comes back stands by').toEqual(['b']);
    expect(chooseActive(['a', 'b', 'c'], ['a', 'c'], 1)).toEqual(['a']);
    expect(chooseActive([], ['a'], 2)).toEqual([]);
  });
});
