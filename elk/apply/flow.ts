import type { Shape } from '../elasticsearch/shape.ts';
import { STREAM_KEYS, STREAMS, type StreamKey, streamName } from '../streams.ts';
import type { Server } from './server.ts';

/** What comes into one stream. */
export interface Flow {
  readonly stream: string;
  readonly state: 'flowing' | 'quiet' | 'late' | 'missing';
  /** Seconds since the newest document was written; absent: there is none. */
  readonly ageSeconds?: number;
  /** How late that came, where the pipeline says so. */
  readonly lagMs?: number;
  /** Documents of the last day that something was wrong with: marked by the pipeline, or kept aside because they did not fit. */
  readonly marked: number;
  readonly failed: number;
}

interface SearchAnswer {
  readonly aggregations?: {
    readonly newest?: { readonly value?: number | null };
    readonly lag?: { readonly value?: number | null };
    readonly marked?: { readonly doc_count?: number };
  };
}

const SEARCH = {
  size: 0,
  track_total_hits: false,
  aggs: {
    newest: { max: { field: '@timestamp' } },
    lag: { max: { field: 'clawdbot.lag_ms' } },
    marked: { filter: { prefix: { tags: { value: 'clawdbot_' } } } },
  },
} as const;

export interface FlowOptions {
  readonly now: () => number;
  /** How old the newest document of a steady stream may be. */
  readonly maxAgeSeconds: number;
}

/** How old the newest document of each stream is, and whether that is a matter of concern. */
export const readFlow = async (server: Server, shape: Shape, options: FlowOptions): Promise<readonly Flow[]> => {
  const flows: Flow[] = [];
  for (const key of STREAM_KEYS) flows.push(await readStream(server, key, shape, options));
  return flows;
};

const readStream = async (
  server: Server,
  key: StreamKey,
  shape: Shape,
  { now, maxAgeSeconds }: FlowOptions,
): Promise<Flow> => {
  const stream = streamName(key, shape.elk);
  const { body } = await server.ask({
    method: 'POST',
    path: `/${stream}/_search?ignore_unavailable=true&allow_no_indices=true`,
    body: { ...SEARCH, query: { range: { '@timestamp': { gte: 'now-1d' } } } },
  });
  // Safe: only read, and what is not there is undefined.
  const { newest, lag, marked } = ((body ?? {}) as SearchAnswer).aggregations ?? {};
  const failed = shape.without.has('failure-store') ? 0 : await countFailures(server, stream);
  const counts = { stream, marked: marked?.doc_count ?? 0, failed };
  const { steady: isSteady } = STREAMS[key];
  if (typeof newest?.value !== 'number') return { ...counts, state: isSteady ? 'missing' : 'quiet' };
  const ageSeconds = Math.round((now() - newest.value) / 1000);
  const state = ageSeconds <= maxAgeSeconds ? 'flowing' : isSteady ? 'late' : 'quiet';
  return { ...counts, state, ageSeconds, ...(typeof lag?.value === 'number' ? { lagMs: lag.value } : {}) };
};

const countFailures = async (server: Server, stream: string): Promise<number> => {
  const { status, body } = await server.ask({
    method: 'POST',
    path: `/${stream}::failures/_count?ignore_unavailable=true&allow_no_indices=true`,
    body: { query: { range: { '@timestamp': { gte: 'now-1d' } } } },
  });
  // Safe: only read, and what is not there is undefined.
  return status === 200 ? Number((body as { count?: unknown }).count ?? 0) : 0;
};
