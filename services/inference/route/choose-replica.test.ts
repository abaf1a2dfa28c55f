import { describe, expect, it } from 'vitest';
import { chooseReplica, type Load } from './choose-replica.ts';

const load = (inFlight: number, slots = 4, paceMs?: number): Load => ({ inFlight, slots, paceMs });
const chosen = (loads: readonly Load[]) => [0, 1, 2, 3].map((turn) => chooseReplica(loads, turn));

describe('choosing a replica', () => {
  it('finds none among none', () => {
    expect(chooseReplica([], 0)).toBeUndefined();
  });

  it('takes equals in turn', () => {
    expect(chosen([load(0), load(0)])).toEqual([0, 1, 0, 1]);
  });

  it('prefers the one with fewer requests per slot', () => {
    expect(chosen([load(3), load(1)])).toEqual([1, 1, 1, 1]);
    expect(chosen([load(4, 16), load(3, 4)])).toEqual([0, 0, 0, 0]);
  });

  it('weighs by how long each has lately needed', () => {
    expect(chosen([load(0, 4, 1000), load(2, 4, 100)])).toEqual([1, 1, 1, 1]);
  });

  it('takes one that has not answered lately for an average one', () => {
    expect(chosen([load(1, 4, 500), load(0)])).toEqual([1, 1, 1, 1]);
  });

  it('takes measured times that hardly differ for equal', () => {
    expect(chosen([load(1, 4, 100), load(1, 4, 103)])).toEqual([0, 1, 0, 1]);
  });
});
