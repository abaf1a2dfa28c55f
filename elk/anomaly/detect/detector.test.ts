import { beforeEach, expect, it } from 'vitest';
import { keyText, type SeriesKey } from '../signals.ts';
import { USUAL } from './clock.ts';
import { type Batch, type DetectorState, MOST_SERIES, newDetector, raisedNow, take } from './detector.ts';

const ERRORS: SeriesKey = { signal: 'errors', label: '' };

let state: DetectorState;
beforeEach(() => {
  state = newDetector();
});

const points = (value: number, keys: readonly SeriesKey[] = [ERRORS]): NonNullable<Batch['points']> =>
  new Map(keys.map((key) => [keyText(key), { key, point: { value, n: 100 } }]));
const minutes = (from: number, count: number, found: Batch['points'], isNews = true) =>
  Array.from({ length: count }, (_minute, index) =>
    take(state, USUAL, { window: 'short', slot: from + index, points: found, isNews }),
  ).flat();

it('names the series, the interval and what was expected', () => {
  expect(minutes(0, 60, points(0))).toEqual([]);
  expect(minutes(60, 3, points(60))).toMatchObject([
    {
      what: 'raised',
      window: 'short',
      slot: 61,
      since: 60,
      key: ERRORS,
      direction: 'high',
      verdict: { actual: expect.closeTo(0.6) },
    },
  ]);
  expect(raisedNow(state)).toEqual([{ window: 'short', key: ERRORS }]);
  expect(state.scores.short.get('errors')?.score).toBeGreaterThan(6);
  expect(minutes(63, 3, points(0))).toMatchObject([{ what: 'cleared', since: 60 }]);
  expect(raisedNow(state)).toEqual([]);
});

it.for([
  ['is not there', new Map()],
  ['cannot be had', undefined],
] as const)('raises data that %s for five minutes, once there was some', ([, none]) => {
  expect(minutes(0, 40, points(0))).toEqual([]);
  expect(minutes(40, 4, none)).toEqual([]);
  expect(minutes(44, 3, none)).toMatchObject([{ what: 'raised', slot: 44, since: 40, key: undefined }]);
  expect(minutes(47, 3, points(0))).toMatchObject([{ what: 'cleared' }]);
});

it('takes a restart of a few minutes for none', () => {
  minutes(0, 40, points(0));
  expect(minutes(40, 4, new Map())).toEqual([]);
  expect(minutes(44, 10, points(0))).toEqual([]);
});

it('misses nothing where there never was anything', () => {
  expect(minutes(0, 100, new Map())).toEqual([]);
});

it('learns from what is too old to be news, and raises none of it', () => {
  expect(minutes(0, 60, points(0), false)).toEqual([]);
  expect(minutes(60, 5, points(60), false)).toEqual([]);
  expect(raisedNow(state)).toEqual([]);
  expect(minutes(65, 2, points(70))).toMatchObject([{ what: 'raised' }]);
});

it('follows no more series than its bound', () => {
  const many = Array.from(
    { length: MOST_SERIES + 40 },
    (_one, index): SeriesKey => ({ signal: 'refusals', label: `r${index}` }),
  );
  minutes(0, 2, points(0, many));
  expect(state.series.size).toBe(MOST_SERIES);
});
