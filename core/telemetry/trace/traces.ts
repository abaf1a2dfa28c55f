import { RequestTrace } from './request-trace.ts';
import { isWithin, newTraceId, readTraceparent } from './trace-context.ts';

/** Which traces are kept. */
export interface Sampling {
  /** 0 to 1. */
  readonly ratio: number;
  /** A request that took so long is kept. */
  readonly slowMs: number;
}

interface Options {
  /** False: nobody takes traces; one is only begun to pass on the context of a client. */
  readonly isOn: boolean;
  readonly sampling: Sampling;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** The traces of a process. */
export interface Traces {
  readonly isOn: boolean;
  /** Begins the trace of a request, below the span that `traceparent` names; `undefined` where there is nothing to gain. */
  begin(traceparent: string | undefined, startedAt: number): RequestTrace | undefined;
  /** Takes back that it is kept by chance. */
  doubt(trace: RequestTrace): void;
  /** Is it kept, as things stand? What is kept once stays so. */
  keeps(trace: RequestTrace, now: { readonly isError: boolean; readonly durationMs: number }): boolean;
  /** Applies to requests that end from now on. */
  update(sampling: Sampling): void;
}

/** Decides late: by then it is known which requests were slow or failed. */
export const createTraces = ({ isOn, sampling: initial, now }: Options): Traces => {
  let sampling = initial;
  return {
    isOn,
    begin(traceparent, startedAt) {
      const parent = readTraceparent(traceparent);
      if (parent === undefined && !isOn) return undefined;
      const traceId = parent?.traceId ?? newTraceId();
      return new RequestTrace({
        traceId,
        parent,
        // A client that decided against keeping its trace is not overruled by chance.
        isSampled: parent?.isSampled ?? isWithin(traceId, sampling.ratio),
        startedAt,
        now,
        isPassedOn: !isOn,
      });
    },
    doubt(trace) {
      if (trace.parent === undefined) trace.isSampled = false;
    },
    keeps(trace, { isError, durationMs }) {
      if (!isOn) return false;
      if (isError || durationMs >= sampling.slowMs) trace.isSampled = true;
      return trace.isSampled;
    },
    update(next) {
      sampling = next;
    },
  };
};
