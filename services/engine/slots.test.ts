import { describe, expect, it } from 'vitest';
import { createSlots } from './slots.ts';

const setUp = (limit: number) => {
  const slots = createSlots(limit);
  const started: number[] = [];
  return { slots, started, enter: (id: number) => slots.enter(id, () => started.push(id)) };
};

describe('createSlots', () => {
  it('starts the first at once and the rest in the order they came', () => {
    const { slots, started, enter } = setUp(2);
    for (const id of [1, 2, 3, 4]) enter(id);
    expect(started).toEqual([1, 2]);
    slots.leave(2);
    slots.leave(1);
    expect(started).toEqual([1, 2, 3, 4]);
  });

  it('lets a waiting one leave the queue', () => {
    const { slots, started, enter } = setUp(1);
    for (const id of [1, 2, 3]) enter(id);
    expect(slots.leave(2)).toBe(true);
    expect(slots.waiting).toBe(1);
    slots.leave(1);
    expect(started).toEqual([1, 3]);
  });

  it('counts who runs and who waits, and frees a slot once', () => {
    const { slots, enter } = setUp(1);
    enter(1);
    enter(2);
    expect([slots.used, slots.waiting]).toEqual([1, 1]);
    slots.leave(1);
    expect(slots.leave(1)).toBe(false);
    expect([slots.used, slots.waiting]).toEqual([1, 0]);
  });

  it('starts more when there are more slots, and waits for the surplus to end when there are fewer', () => {
    const { slots, started, enter } = setUp(1);
    for (const id of [1, 2, 3, 4]) enter(id);
    slots.resize(3);
    expect(started).toEqual([1, 2, 3]);
    slots.resize(1);
    slots.leave(1);
    slots.leave(2);
    expect(started).toEqual([1, 2, 3]);
    slots.leave(3);
    expect(started).toEqual([1, 2, 3, 4]);
  });
});
