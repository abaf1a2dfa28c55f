import type { Span } from '../source.ts';
import { isOfAuth, REFUSAL_OF } from './refusal-codes.ts';

/** What is asked of one stream about a stretch of intervals: a page of buckets, each of one interval. */
export interface Question {
  readonly stream: 'access' | 'app';
  readonly body: (span: Span, after?: object) => object;
}

/** Buckets of one answer; the next page begins after the last of them. */
export const PAGE = 500;
/** Lines of the detector are no news to it. */
export const OWN_SERVICE = 'clawdbot-anomaly';

const AUTH_CODES = Object.entries(REFUSAL_OF).flatMap(([code, reason]) => (isOfAuth(reason) ? [code] : []));

const within = ({ lengthMs, first, last }: Span): object => ({
  range: { '@timestamp': { gte: first * lengthMs, lt: (last + 1) * lengthMs, format: 'epoch_millis' } },
});

interface Buckets {
  readonly filter: readonly object[];
  /** A field that parts each interval. */
  readonly by?: string;
  readonly aggregations?: object;
}

const buckets =
  ({ filter, by, aggregations }: Buckets) =>
  (span: Span, after?: object): object => ({
    size: 0,
    track_total_hits: false,
    query: { bool: { filter: [within(span), ...filter] } },
    aggregations: {
      intervals: {
        composite: {
          size: PAGE,
          sources: [
            { slot: { date_histogram: { field: '@timestamp', fixed_interval: `${span.lengthMs}ms` } } },
            ...(by === undefined ? [] : [{ by: { terms: { field: by } } }]),
          ],
          ...(after === undefined ? {} : { after }),
        },
        ...(aggregations === undefined ? {} : { aggregations }),
      },
    },
  });

/** Everything that was answered, so that an interval without requests is told from one that nobody saw. */
export const REQUESTS: Question = {
  stream: 'access',
  body: buckets({
    filter: [],
    aggregations: {
      asked: {
        filter: {
          bool: {
            filter: [{ exists: { field: 'labels.outcome' } }],
            must_not: [{ terms: { 'error.code': AUTH_CODES } }],
          },
        },
        aggregations: {
          failed: { filter: { terms: { 'labels.outcome': ['error', 'timeout'] } } },
          let_in: {
            filter: { bool: { must_not: [{ term: { 'labels.outcome': 'rejected' } }] } },
            aggregations: {
              duration: { percentiles: { field: 'event.duration', percents: [99] } },
              mean: { avg: { field: 'event.duration' } },
              input: { sum: { field: 'gen_ai.usage.input_tokens' } },
              output: { sum: { field: 'gen_ai.usage.output_tokens' } },
              redactions: { sum: { field: 'labels.redactions' } },
            },
          },
        },
      },
    },
  }),
};

export const REFUSALS: Question = {
  stream: 'access',
  body: buckets({ filter: [{ terms: { 'error.code': Object.keys(REFUSAL_OF) } }], by: 'error.code' }),
};

export const VOLUME: Question = {
  stream: 'app',
  body: buckets({
    filter: [
      { terms: { 'log.level': ['warn', 'error'] } },
      { bool: { must_not: [{ term: { 'service.name': OWN_SERVICE } }] } },
    ],
    by: 'log.level',
  }),
};

/** The newest line of every machine: how far each of them has come. */
export const progress = (sinceMs: number): object => ({
  size: 0,
  track_total_hits: false,
  query: { bool: { filter: [{ range: { '@timestamp': { gte: sinceMs, format: 'epoch_millis' } } }] } },
  aggregations: {
    machines: {
      composite: { size: PAGE, sources: [{ machine: { terms: { field: 'host.name', missing_bucket: true } } }] },
      aggregations: { written: { max: { field: '@timestamp' } } },
    },
  },
});
