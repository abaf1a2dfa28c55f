import { isRefusal, type ServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Exchange } from './exchange.ts';

/** Logs what the service is to blame for, with its cause; refusals, also for want of room, are in the access log already. */
export const createFailureLog =
  (log: Pick<Logger, 'warn' | 'error'>) =>
  (exchange: Exchange, error: ServiceError): void => {
    if (exchange.isGone || (isRefusal(error.code) && error.cause === undefined)) return;
    const write = error.code === 'ERR_HTTP_INTERNAL' ? log.error : log.warn;
    const { requestId, route, trace } = exchange;
    const traced = trace === undefined ? {} : { 'trace.id': trace.traceId, 'span.id': trace.spanId };
    write('request.failed', { 'http.request.id': requestId, 'http.route': route, ...traced, err: error });
  };
