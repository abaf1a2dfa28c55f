import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

export type Value = string | number | boolean | readonly Value[];
export type Attributes = Readonly<Record<string, Value>>;

/** A span as it went over the wire; ids in hexadecimal, times in nanoseconds. */
export interface SentSpan {
  readonly resource: Attributes;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it has none. */
  readonly parentSpanId: string;
  readonly startedAt: bigint;
  readonly endedAt: bigint;
  readonly attributes: Attributes;
  /** 2: error. */
  readonly status: number;
}

export interface SentLog {
  readonly resource: Attributes;
  readonly event: string;
  readonly severity: number;
  readonly body: Value;
  readonly attributes: Attributes;
  readonly traceId: string;
  readonly spanId: string;
}

export interface SentMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  /** A number, or of a histogram how many there were. */
  readonly points: readonly { readonly attributes: Attributes; readonly value: number }[];
}

const { root } = protobuf.parse(readFileSync(fileURLToPath(new URL('opentelemetry.proto', import.meta.url)), 'utf8'));

// The shape is that of the proto file beside this one.
// biome-ignore lint/suspicious/noExplicitAny: what protobufjs answers has no type
const read = (type: string, bytes: Uint8Array): any => {
  const message = root.lookupType(`otlp.${type}`);
  return message.toObject(message.decode(bytes), {
    longs: String,
    bytes: Array,
    arrays: true,
    defaults: true,
    oneofs: true,
  });
};

/** Reads the body of `POST /v1/traces`. */
export const readTraces = (bytes: Uint8Array): SentSpan[] =>
  each(read('Traces', bytes).resourceSpans).flatMap(({ resource, scopeSpans }) =>
    each(scopeSpans).flatMap(({ spans }) =>
      each(spans).map((span) => ({
        resource: attributesOf(resource.attributes),
        name: span.name,
        kind: span.kind,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        startedAt: BigInt(span.startTimeUnixNano),
        endedAt: BigInt(span.endTimeUnixNano),
        attributes: attributesOf(span.attributes),
        status: span.status?.code ?? 0,
      })),
    ),
  );

/** Reads the body of `POST /v1/logs`. */
export const readLogs = (bytes: Uint8Array): SentLog[] =>
  each(read('Logs', bytes).resourceLogs).flatMap(({ resource, scopeLogs }) =>
    each(scopeLogs).flatMap(({ logRecords }) =>
      each(logRecords).map((record) => ({
        resource: attributesOf(resource.attributes),
        event: record.eventName,
        severity: record.severityNumber,
        body: anyValue(record.body),
        attributes: attributesOf(record.attributes),
        traceId: hex(record.traceId),
        spanId: hex(record.spanId),
      })),
    ),
  );

/** Reads the body of `POST /v1/metrics`. */
export const readMetrics = (bytes: Uint8Array): SentMetric[] =>
  each(read('Metrics', bytes).resourceMetrics).flatMap(({ scopeMetrics }) =>
    each(scopeMetrics).flatMap(({ metrics }) =>
      each(metrics).map(({ name, unit, data, ...kinds }) => ({
        name,
        unit,
        kind: data,
        points: each(kinds[data].dataPoints).map((point) => ({
          attributes: attributesOf(point.attributes),
          value: Number(data === 'histogram' ? point.count : point[point.value]),
        })),
      })),
    ),
  );

// biome-ignore lint/suspicious/noExplicitAny: see above
const each = (list: readonly any[] | undefined): readonly any[] => list ?? [];

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString('hex');

// biome-ignore lint/suspicious/noExplicitAny: see above
const attributesOf = (list: readonly any[]): Attributes =>
  Object.fromEntries(each(list).map(({ key, value }) => [key, anyValue(value)]));

// biome-ignore lint/suspicious/noExplicitAny: see above
const anyValue = (any: any): Value => {
  const value = any[any.value];
  if (any.value === 'intValue') return Number(value);
  return any.value === 'arrayValue' ? each(value.values).map(anyValue) : value;
};
