import { describe, expect, it } from 'vitest';
import { SIGNALS } from '../signals.ts';
import { USUAL, type Window } from './clock.ts';
import type { Point } from './kind.ts';
import { advance, newSeries, type SeriesState } from './series.ts';

const DAY = USUAL.day;

/** Plays values of one signal; answers what changed, by slot. */
const play = (
  state: SeriesState,
  { signal = 'traffic', window = 'long', from = 0 }: { signal?: keyof typeof SIGNALS; window?: Window; from?: number },
  points: readonly Point[],
) =>
  points.flatMap((point, index) => {
    const slot = from + index;
    const { change, verdict } = advance(state, SIGNALS[signal], { window, slot, point, intervals: USUAL });
    return change === undefined ? [] : [{ change, slot, verdict }];
  });

/** Requests of a day: few at night, many by day. */
const load = (slot: number): number => 400 + 350 * Math.sin((2 * Math.PI * (slot % DAY)) / DAY);
const requests = (from: number, count: number, times = 1): Point[] =>
  Array.from({ length: count }, (_slot, index) => {
    const value = Math.round(load(from + index) * times * (1 + 0.03 * Math.sin(7 * (from + index))));
    return { value, n: value };
  });
const level = (count: number, value: number): Point[] =>
  Array.from({ length: count }, (_slot, index) => ({ value: value * (1 + 0.02 * Math.sin(3 * index)), n: 1000 }));
const ratio = (count: number, value: number, n = 1000): Point[] => Array.from({ length: count }, () => ({ value, n }));

/** A series that knows so many usual days. */
const after = (days: number): SeriesState => {
  const state = newSeries(USUAL);
  expect(play(state, {}, requests(0, days * DAY))).toEqual([]);
  return state;
};

it('says nothing of load before it knows a day, neither of the first morning nor of the first night', () => {
  const state = newSeries(USUAL);
  const night = Array.from({ length: 40 }, () => ({ value: 4, n: 4 }));
  expect(play(state, {}, [...night, ...requests(0, DAY - 40, 3)])).toEqual([]);
});

it('raises a rise and a silence with what was expected, and ends both', () => {
  const state = after(10);
  const [raised, cleared] = play(state, { from: 10 * DAY }, [
    ...requests(10 * DAY, 4, 6),
    ...requests(10 * DAY + 4, 5),
  ]);
  expect(raised).toMatchObject({ change: 'raised', slot: 10 * DAY + 1 });
  expect(raised?.verdict.expected).toBeGreaterThan(300);
  expect(raised?.verdict.expected).toBeLessThan(500);
  expect(raised?.verdict.actual).toBeGreaterThan(raised?.verdict.upper ?? Number.POSITIVE_INFINITY);
  expect(cleared).toMatchObject({ change: 'cleared', slot: 10 * DAY + 6 });
  const silence = [
    { value: 0, n: 0 },
    { value: 0, n: 0 },
  ];
  expect(play(state, { from: 10 * DAY + 9 }, silence)).toMatchObject([{ change: 'raised', verdict: { actual: 0 } }]);
});

it('does not learn from an incident: the next one of its kind is raised as well', () => {
  const state = after(10);
  for (const day of [10, 11, 12]) {
    const from = day * DAY;
    const changes = play(state, { from }, [...requests(from, 8, 6), ...requests(from + 8, DAY - 8)]);
    expect(
      changes.map(({ change }) => change),
      `day ${day}`,
    ).toEqual(['raised', 'cleared']);
  }
});

it('accepts what goes on for a day, and then finds the old level unusual', () => {
  const state = newSeries(USUAL);
  expect(play(state, { signal: 'mean_latency' }, level(9 * DAY, 500))).toEqual([]);
  const changes = play(state, { signal: 'mean_latency', from: 9 * DAY }, level(3 * DAY, 2500));
  expect(changes.map(({ change, slot }) => [change, slot - 9 * DAY])).toEqual([
    ['raised', 1],
    ['accepted', DAY],
  ]);
  expect(play(state, { signal: 'mean_latency', from: 12 * DAY }, level(4, 9000))).toMatchObject([{ change: 'raised' }]);
});

it('finds a holiday usual that is as quiet as the last Sunday', () => {
  const state = newSeries(USUAL);
  const week = [1, 1, 1, 1, 1, 0.5, 0.4];
  for (let day = 0; day < 14; day += 1) {
    expect(play(state, { from: day * DAY }, requests(day * DAY, DAY, week[day % 7])), `day ${day}`).toEqual([]);
  }
  expect(play(state, { from: 14 * DAY }, requests(14 * DAY, DAY, 0.4))).toEqual([]);
});

it('has no usual load where there is none most of the time', () => {
  const state = newSeries(USUAL);
  const idle = Array.from({ length: 9 * DAY }, (_slot, at) =>
    at % 40 === 0 ? { value: 3, n: 3 } : { value: 0, n: 0 },
  );
  expect(play(state, {}, idle)).toEqual([]);
  expect(play(state, { from: 9 * DAY }, requests(0, 8, 5))).toEqual([]);
});

describe('shares', () => {
  it('are judged by how many requests they are of', () => {
    const state = newSeries(USUAL);
    expect(play(state, { signal: 'errors' }, ratio(2 * DAY, 2))).toEqual([]);
    expect(play(state, { signal: 'errors', from: 2 * DAY }, ratio(4, 1, 12))).toEqual([]);
    expect(play(state, { signal: 'errors', from: 2 * DAY + 4 }, ratio(4, 9, 9))).toEqual([]);
    expect(play(state, { signal: 'errors', from: 2 * DAY + 8 }, ratio(2, 100))).toMatchObject([{ change: 'raised' }]);
  });

  it('are no news when they are better than ever', () => {
    const state = newSeries(USUAL);
    expect(play(state, { signal: 'errors' }, ratio(2 * DAY, 300))).toEqual([]);
    expect(play(state, { signal: 'errors', from: 2 * DAY }, ratio(20, 0))).toEqual([]);
  });
});

describe('short intervals', () => {
  it('follow the hour of the day, and raise what leaves it within two of them', () => {
    const state = newSeries(USUAL);
    for (let slot = 0; slot < 9 * DAY; slot += 1) {
      play(state, { from: slot }, requests(slot, 1));
      const minutes = Array.from({ length: 15 }, () => ({ value: Math.round(load(slot) / 15), n: 0 }));
      expect(play(state, { window: 'short', from: slot * 15 }, minutes)).toEqual([]);
    }
    const burst = Array.from({ length: 3 }, () => ({ value: 300, n: 300 }));
    expect(play(state, { window: 'short', from: 9 * DAY * 15 }, burst)).toMatchObject([{ slot: 9 * DAY * 15 + 1 }]);
  });

  it('say nothing before thirty of them are known', () => {
    const state = newSeries(USUAL);
    expect(play(state, { signal: 'errors', window: 'short' }, [...ratio(20, 0), ...ratio(9, 900)])).toEqual([]);
    expect(
      play(state, { signal: 'errors', window: 'short', from: 29 }, [...ratio(30, 0), ...ratio(2, 900)]),
    ).toHaveLength(1);
  });
});
