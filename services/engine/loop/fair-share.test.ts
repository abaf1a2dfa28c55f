import { describe, expect, it } from 'vitest';
import { chooseLane, chooseLevel, PATIENCE, QUANTUM } from './fair-share.ts';

const NEVER = Number.POSITIVE_INFINITY;

describe('chooseLevel', () => {
  it('takes the highest priority that waits', () => {
    expect(
      chooseLevel([
        { size: 0, passed: 0 },
        { size: 3, passed: 0 },
        { size: 1, passed: 0 },
      ]),
    ).toBe(1);
    expect(chooseLevel([{ size: 0, passed: 0 }])).toBeUndefined();
  });

  it('takes a lower one that was passed over too often', () => {
    expect(
      chooseLevel([
        { size: 9, passed: 0 },
        { size: 0, passed: PATIENCE },
        { size: 1, passed: PATIENCE },
      ]),
    ).toBe(2);
    expect(
      chooseLevel([
        { size: 9, passed: 0 },
        { size: 1, passed: PATIENCE - 1 },
      ]),
    ).toBe(0);
  });
});

describe('chooseLane', () => {
  it('takes the earliest deadline, then who came first', () => {
    const lanes = [
      { credit: 1, deadlineAt: NEVER, order: 1 },
      { credit: 1, deadlineAt: 70, order: 3 },
      { credit: 1, deadlineAt: 70, order: 2 },
    ];
    expect(chooseLane(lanes)).toEqual({ index: 2, rounds: 0 });
    expect(chooseLane([])).toBeUndefined();
  });

  it('passes over a key whose credit is spent, whatever its deadline', () => {
    const lanes = [
      { credit: 0, deadlineAt: 5, order: 1 },
      { credit: 10, deadlineAt: NEVER, order: 2 },
    ];
    expect(chooseLane(lanes)).toEqual({ index: 1, rounds: 0 });
  });

  it('begins as many rounds as it takes until one has credit again', () => {
    const lanes = [
      { credit: -3 * QUANTUM, deadlineAt: NEVER, order: 1 },
      { credit: -QUANTUM - 1, deadlineAt: NEVER, order: 2 },
    ];
    expect(chooseLane(lanes)).toEqual({ index: 1, rounds: 2 });
  });
});
