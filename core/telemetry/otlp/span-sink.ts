import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import type { IdGenerator } from '@opentelemetry/sdk-trace';
import type { FinishedSpan, SpanSink } from '../trace/span.ts';
import type { Waiting } from './waiting.ts';

/** Hands out the ids that the next span has already: log lines and other programs were told them before it is made. */
export class PreparedIds implements IdGenerator {
  #traceId = '';
  #spanId = '';

  prepare({ traceId, spanId }: Pick<FinishedSpan, 'traceId' | 'spanId'>): void {
    this.#traceId = traceId;
    this.#spanId = spanId;
  }

  generateTraceId(): string {
    return this.#traceId;
  }

  generateSpanId(): string {
    return this.#spanId;
  }
}

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
  consumer: SpanKind.CONSUMER,
} as const satisfies Record<FinishedSpan['kind'], SpanKind>;

/** Makes spans of the SDK from finished ones, with the ids and times that they have. */
export const createSpanSink =
  (tracer: Tracer, ids: PreparedIds, waiting: Pick<Waiting, 'enter'>): SpanSink =>
  (spans) => {
    for (const span of spans) {
      if (!waiting.enter()) continue;
      ids.prepare(span);
      const made = tracer.startSpan(
        span.name,
        { kind: KINDS[span.kind], startTime: span.startedAt, attributes: { ...span.attributes } },
        contextAbove(span),
      );
      for (const { name, at } of span.events ?? []) made.addEvent(name, at);
      if (span.isError === true) made.setStatus({ code: SpanStatusCode.ERROR });
      made.end(span.endedAt);
    }
  };

const contextAbove = ({ traceId, parent }: FinishedSpan) =>
  parent === undefined
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, { traceId, ...parent, traceFlags: TraceFlags.SAMPLED });
