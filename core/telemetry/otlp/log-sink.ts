import { type Attributes, type Logger, ROOT_CONTEXT, SeverityNumber, TraceFlags, trace } from '@opentelemetry/api';
import type { LogLevel } from '../log.ts';
import type { LogSink } from '../log-record.ts';
import type { Waiting } from './waiting.ts';

const SEVERITIES = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
} as const satisfies Record<LogLevel, SeverityNumber>;

/** Nothing of ours is deeper. */
const MAX_DEPTH = 3;

/** Makes records of the SDK from log lines: the same fields under the same names. */
export const createLogSink =
  (logger: Logger, waiting: Pick<Waiting, 'enter'>): LogSink =>
  ({ stream, level, action, message, fields }) => {
    if (!waiting.enter()) return;
    logger.emit({
      timestamp: Date.now(),
      eventName: action,
      severityNumber: SEVERITIES[level],
      severityText: level,
      body: message ?? action,
      attributes: { 'log.stream': stream, ...flatten(fields) },
      context: contextOf(fields),
    });
  };

const contextOf = (fields: Readonly<Record<string, unknown>>) => {
  const { 'trace.id': traceId, 'span.id': spanId } = fields;
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.NONE });
};

const flatten = (fields: object, prefix = '', depth = 1): Attributes => {
  const flat: Attributes = {};
  for (const [key, value] of Object.entries(fields)) {
    const name = `${prefix}${key}`;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') flat[name] = value;
    else if (Array.isArray(value)) flat[name] = value.map(String);
    else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH)
      Object.assign(flat, flatten(value, `${name}.`, depth + 1));
  }
  return flat;
};
