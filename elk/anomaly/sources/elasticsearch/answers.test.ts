import { expect, it } from 'vitest';
import { ERROR_CODES } from '../../../../core/errors/codes.ts';
import { METRICS } from '../../../../core/telemetry/metrics.ts';
import { partPage, pointsBySlot, reached, requestPage } from './answers.ts';
import { isOfAuth, REFUSAL_OF } from './refusal-codes.ts';

const MINUTE_MS = 60_000;
const SPAN = { lengthMs: MINUTE_MS, first: 29_926_800, last: 29_926_801 };

/** As Elasticsearch 9.5.3 answered: five requests of which one failed in the first minute, a probe alone in the second. */
const REQUESTS = requestPage.parse({
  aggregations: {
    intervals: {
      after_key: { slot: 1_795_608_060_000 },
      buckets: [
        {
          ...{ key: { slot: 1_795_608_000_000 }, doc_count: 6 },
          asked: {
            ...{ doc_count: 5, failed: { doc_count: 1 } },
            let_in: {
              ...{ doc_count: 5, duration: { values: { '99.0': 259_066_956.88 } }, mean: { value: 233_061_864.4 } },
              ...{ input: { value: 450 }, output: { value: 610 }, redactions: { value: 2 } },
            },
          },
        },
        {
          ...{ key: { slot: 1_795_608_060_000 }, doc_count: 1 },
          asked: {
            ...{ doc_count: 0, failed: { doc_count: 0 } },
            let_in: {
              ...{ doc_count: 0, duration: { values: { '99.0': null } }, mean: { value: null } },
              ...{ input: { value: 0 }, output: { value: 0 }, redactions: { value: 0 } },
            },
          },
        },
      ],
    },
  },
}).aggregations?.intervals.buckets;

const parts = (...all: readonly (readonly [slot: number, by: string, count: number])[]) =>
  partPage.parse({
    aggregations: {
      intervals: {
        buckets: all.map(([slot, by, count]) => ({ key: { slot: slot * MINUTE_MS, by }, doc_count: count })),
      },
    },
  }).aggregations?.intervals.buckets ?? [];

const pointsAt = (slot: number) => {
  const found = {
    requests: REQUESTS ?? [],
    refusals: parts([SPAN.first, 'ERR_ADMIT_QUEUE_FULL', 1], [SPAN.first, 'ERR_AUTH_CREDENTIAL_INVALID', 3]),
    volume: parts([SPAN.first, 'error', 7]),
  };
  return Object.fromEntries(
    [...(pointsBySlot(found, SPAN).get(slot) ?? [])].map(([text, { point }]) => [text.replace(/@.*/, ''), point]),
  );
};

it('makes of buckets what Prometheus would have measured, under the same names', () => {
  expect(pointsAt(SPAN.first)).toMatchObject({
    traffic: { value: 5, n: 5 },
    errors: { value: 1, n: 5 },
    latency: { value: 259.06695688, n: 5 },
    'tokens:output': { value: 122, n: 5 },
    redactions: { value: 2, n: 5 },
    'refusals:queue_full': { value: 1, n: 5 },
    // Beside the requests, because a refused credential is of none.
    'refusals:auth.invalid': { value: 3, n: 8 },
    'refusals:rate': { value: 0, n: 5 },
    'log_volume:error': { value: 7, n: 7 },
    'log_volume:warn': { value: 0, n: 0 },
  });
});

it('tells an interval without requests from one that nobody saw, and has no latency of neither', () => {
  const silent = pointsAt(SPAN.first + 1);
  expect(silent).toMatchObject({ traffic: { value: 0, n: 0 }, errors: { value: 0, n: 0 } });
  expect(Object.keys(silent).filter((name) => /latency|tokens|^redactions/.test(name))).toEqual([]);
  expect(pointsAt(SPAN.first + 2)).toEqual({});
});

it('knows every reason that is counted by, but certificates: those have no line', () => {
  const reasons = Object.values(REFUSAL_OF);
  const auth = METRICS.authRefusals.values.reason.filter((reason) => reason !== 'certificate');
  expect(reasons.filter((reason) => !isOfAuth(reason)).toSorted()).toEqual(METRICS.rejections.values.reason.toSorted());
  expect(reasons.filter(isOfAuth).toSorted()).toEqual(auth.map((reason) => `auth.${reason}`).toSorted());
  expect(Object.keys(REFUSAL_OF).filter((code) => !(code in ERROR_CODES))).toEqual([]);
});

it('waits for the slowest machine, but for none that is too far behind, and believes no clock that is ahead', () => {
  const machines = (...written: (number | null)[]) =>
    written.map((value, at) => ({ key: { machine: `${at}` }, written: { value } }));
  expect(reached(machines(990, 970, 100, null), 1000, 60)).toBe(970);
  expect(reached(machines(5000), 1000, 60)).toBe(1000);
  expect(reached(machines(100), 1000, 60)).toBeUndefined();
  expect(reached([], 1000, 60)).toBeUndefined();
});
