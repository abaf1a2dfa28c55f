import type { Config } from '../../core/config/schema.ts';
import { outcomeOf } from '../../core/errors/outcome.ts';
import type { RequestTrace } from '../../core/telemetry/trace/request-trace.ts';
import type { SpanSink } from '../../core/telemetry/trace/span.ts';
import { createTraces, type Sampling, type Traces } from '../../core/telemetry/trace/traces.ts';
import type { Flow } from './flow.ts';
import type { RequestTraces, TracedRequest } from './http/request-traces.ts';
import { type Root, spansOf } from './request-spans.ts';

interface Deps {
  readonly config: Pick<Config, 'telemetry'>;
  /** Where traces go; absent: nowhere. */
  readonly sink: SpanSink | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** The traces of a gateway: those of its requests, and of its jobs, which nobody waits for. */
export interface GatewayTraces extends RequestTraces, Pick<Traces, 'keeps'> {
  /** Makes a trace for each run of a job, below the request that asked for it. */
  traceJobs(flow: Flow): Flow;
  update(sampling: Sampling): void;
}

/** Routes that are asked all the time and tell nothing: kept only when asked for, slow or failed. */
const QUIET = /^\/api\/v1\/(health|metrics)/;

/** Spans are made when a request ends, and only where its trace is kept. */
export const openTraces = ({ config, sink, now }: Deps): GatewayTraces => {
  const traces = createTraces({ isOn: sink !== undefined, sampling: config.telemetry.sampling, now });
  // Read at every use: the clock of the machine may be set, that of the process goes on.
  const send = (trace: RequestTrace, root: Root): void => sink?.(spansOf(trace, root, Date.now() - now()));
  return {
    begin: traces.begin,
    keeps: traces.keeps,
    update: traces.update,
    ended(trace, request) {
      const isError = isFailure(trace, request);
      if (QUIET.test(request.route)) traces.doubt(trace);
      if (!traces.keeps(trace, { isError, durationMs: request.durationMs })) return undefined;
      send(trace, rootOf(request, isError, trace.startedAt + request.durationMs));
      return trace.traceId;
    },
    traceJobs: (flow) => ({
      ...flow,
      async *generate(call) {
        const trace = traces.begin(call.request.traceparent, now());
        if (trace === undefined) return yield* flow.generate(call);
        try {
          yield* flow.generate({ ...call, trace });
        } finally {
          const endedAt = now();
          const isError = trace.work?.outcome === 'error' || trace.work?.outcome === 'timeout';
          if (traces.keeps(trace, { isError, durationMs: endedAt - trace.startedAt })) {
            const attributes = { 'clawdbot.request_id': call.requestId };
            send(trace, { name: 'job', kind: 'consumer', endedAt, attributes, isError });
          }
        }
      },
    }),
  };
};

/** A refusal is no failure of ours, nor is a client that left. */
const isFailure = ({ work }: RequestTrace, { status, isGone, access }: TracedRequest): boolean => {
  if (work?.outcome !== undefined && work.outcome !== 'ok')
    return work.outcome === 'error' || work.outcome === 'timeout';
  if (isGone) return false;
  if (access?.errorCode === undefined) return status >= 500;
  const outcome = outcomeOf(access.errorCode, false);
  return outcome === 'error' || outcome === 'timeout';
};

const rootOf = (request: TracedRequest, isError: boolean, endedAt: number): Root => {
  const { method, route, status, httpVersion, requestId, isGone, access, caller } = request;
  return {
    name: `${method} ${route}`,
    kind: 'server',
    endedAt,
    isError,
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'network.protocol.name': 'http',
      'network.protocol.version': httpVersion,
      'url.scheme': 'https',
      'clawdbot.request_id': requestId,
      ...(caller === undefined ? {} : { 'clawdbot.key_id': caller.keyId }),
      ...(access?.jobId === undefined ? {} : { 'clawdbot.job_id': access.jobId }),
      ...(isGone ? { 'clawdbot.cancelled': true } : {}),
      ...(access?.errorCode === undefined ? {} : { 'error.type': access.errorCode }),
    },
  };
};
