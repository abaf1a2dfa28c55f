import fc from 'fast-check';
import { expect, it } from 'vitest';
import { append, newHistory, recent, shift, valueAt } from './history.ts';

const MOST = 64;

it('holds what a map would hold of the newest slots, whatever the gaps', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: -9, max: 9 })), { maxLength: 300 }),
      (steps) => {
        const history = newHistory(MOST);
        const model = new Map<number, number>();
        let slot = 1000;
        for (const [step, value] of steps) {
          slot += step;
          append(history, slot, value);
          model.set(slot, value);
          expect(history.length).toBeLessThanOrEqual(MOST);
          expect(valueAt(history, slot)).toBe(value);
        }
        for (let at = history.first; at < history.first + history.length; at += 1) {
          expect(valueAt(history, at)).toBe(model.get(at) ?? Number.NaN);
        }
        // It forgets a sixteenth at a time, and no more.
        const kept = [...model.keys()].filter((at) => at > slot - MOST + MOST / 16);
        for (const at of kept) expect(valueAt(history, at)).toBe(model.get(at));
      },
    ),
  );
});

it('leaves a slot as it is that was written before', () => {
  const history = newHistory(MOST);
  append(history, 5, 1);
  append(history, 7, 2);
  append(history, 6, 9);
  append(history, 7, 9);
  expect(recent(history, 8, 8)).toEqual([1, 2]);
});

it('moves everything, and nothing below the lowest', () => {
  const history = newHistory(MOST);
  for (const [slot, value] of [1, 5].entries()) append(history, slot, value);
  shift(history, -3, 0);
  expect(recent(history, 2, 2)).toEqual([0, 2]);
});
