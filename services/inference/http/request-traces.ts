import type { RequestTrace } from '../../../core/telemetry/trace/request-trace.ts';
import type { EndedRequest } from './request-audit.ts';

/** A request that is over, as its trace shows it. */
export interface TracedRequest extends EndedRequest {
  readonly method: string;
  readonly httpVersion: string;
}

/** What the server asks of whoever takes traces. */
export interface RequestTraces {
  /** Begins the trace of a request; `undefined` where nobody wants one. */
  begin(traceparent: string | undefined, startedAt: number): RequestTrace | undefined;
  /** Decides whether it is kept; answers its id where it is. */
  ended(trace: RequestTrace, request: TracedRequest): string | undefined;
}
