import { Http2ServerRequest } from 'node:http2';
import { getRequestListener } from '@hono/node-server';
import type { Config } from '../../../core/config/schema.ts';
import { ServiceError, toServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import { createAccessLog, methodOf, statusOf } from './access-log.ts';
import { type Answer, type AnswerHost, Http1Answer, Http2Answer } from './answer.ts';
import type { Connections } from './connections.ts';
import { createCors } from './cors.ts';
import { createDoorman } from './doorman.ts';
import { dialectOf, renderError } from './errors.ts';
import { Exchange, type Incoming } from './exchange.ts';
import { createFailureLog } from './failure-log.ts';
import type { Gate } from './gate.ts';
import { ALLOW, createHeadCheck } from './head-check.ts';
import type { HttpPrivacy } from './http-privacy.ts';
import type { Operation } from './operation.ts';
import { createApp } from './operations.ts';
import { REASON_OF } from './refusal-reasons.ts';
import { refuse } from './refuse.ts';
import type { EndedRequest, RequestAudit } from './request-audit.ts';
import type { RequestTraces } from './request-traces.ts';
import { endUnread } from './unread-body.ts';

export interface HandlerOptions {
  readonly operations: readonly Operation[];
  readonly gate: Gate;
  readonly config: Config['server'];
  readonly log: { readonly app: Pick<Logger, 'warn' | 'error'>; readonly access: Pick<Logger, 'info'> };
  readonly telemetry: Pick<Telemetry, 'record' | 'counter'>;
  readonly audit?: RequestAudit;
  /** Absent: nothing is traced. */
  readonly traces?: RequestTraces;
  /** Why the service can take no more work now; asked before a body is read. */
  readonly shed?: () => ServiceError | undefined;
  /** What private data is taken out with; absent: it stays. */
  readonly privacy?: HttpPrivacy;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

export interface HandlerState {
  readonly connections: Connections;
  readonly nextId: () => string;
  readonly isDraining: () => boolean;
  /** Headers every answer has. */
  readonly fixed: Readonly<Record<string, string>>;
}

/** Makes the listener for Node's `request` event: address first, then everything else; nothing it meets ends the process. */
export const createHandler = (options: HandlerOptions, { connections, nextId, isDraining, fixed }: HandlerState) => {
  const { config, gate, log, shed, audit, traces, telemetry, privacy, now = () => performance.now() } = options;
  const writeAccess = createAccessLog({ log: log.access, telemetry, record: privacy?.record });
  const onFailure = createFailureLog(log.app);
  const checkHead = createHeadCheck(config);
  const cors = createCors(config.cors);
  const host: AnswerHost = {
    fixed,
    isDraining,
    onUnwritable: (exchange, error) => onFailure(exchange, toServiceError(error)),
  };
  const app = createApp({
    operations: options.operations,
    gate,
    limits: config,
    cors,
    onFailure,
    ...(privacy && { privacy }),
    ...(shed && { shed }),
    ...(audit && { checkAudit: () => audit.check() }),
  });
  const doorman = createDoorman({ operations: options.operations, gate, limits: config, ...(shed && { shed }) });
  // The adapter tells its error handler nothing about the request, but calls it before anything waits.
  let current: Exchange | undefined;
  const listenerOf = (autoCleanupIncoming: boolean) =>
    getRequestListener((request, bindings) => app.fetch(request, exchangeIn(bindings.outgoing)), {
      errorHandler: () => malformedRequest(current),
      autoCleanupIncoming,
    });
  const route = { http1: listenerOf(true), http2: listenerOf(false) };

  return (incoming: Incoming, outgoing: Answer): void => {
    const exchange = new Exchange(incoming, outgoing, nextId(), now());
    if (traces !== undefined) exchange.trace = traces.begin(traceparentOf(incoming), exchange.startedAt);
    outgoing.host = host;
    outgoing.exchange = exchange;
    const underWay = connections.begin(exchange);
    incoming.on('error', ignore);
    outgoing.on('error', ignore);
    if (incoming instanceof Http2ServerRequest && outgoing instanceof Http2Answer) endUnread(outgoing, incoming);
    outgoing.once('close', () => {
      if (!outgoing.isComplete) exchange.leave();
      connections.end(exchange);
      const ended = endedOf(exchange, now() - exchange.startedAt);
      // First, because it knows what an answer used that was never finished.
      const used = audit?.ended(ended);
      if (used !== undefined) exchange.note(used);
      writeAccess(exchange, ended.durationMs, keptTrace(exchange, ended, traces));
      const reason = exchange.access?.errorCode && REASON_OF[exchange.access.errorCode];
      if (reason !== undefined) telemetry.counter('httpRefused', { reason });
    });
    exchange.extraHeaders = cors.headersFor(incoming);
    const isFlood = incoming.httpVersionMajor === 1 && underWay > config.maxPipelined;
    const refusal = isFlood ? pipelined(config.maxPipelined) : refusalOf(exchange, gate, checkHead);
    if (refusal !== undefined) {
      exchange.dialect = dialectOf(incoming.url ?? '');
      return refuse(exchange, refusal);
    }
    if (incoming.url === '*') return answerServerOptions(exchange);
    const shut = doorman(exchange);
    if (shut !== undefined) {
      onFailure(exchange, shut);
      return refuse(exchange, privacy?.protect(shut) ?? shut);
    }
    current = exchange;
    void (outgoing instanceof Http2Answer ? route.http2 : route.http1)(incoming, outgoing);
  };
};

// A broken connection is also a closed one; `close` does all there is to do.
const ignore = () => {};

const endedOf = (exchange: Exchange, durationMs: number): EndedRequest => {
  const { requestId, route, address, isInference, isGone, caller, access } = exchange;
  return { requestId, route, address, isInference, isGone, caller, access, status: statusOf(exchange), durationMs };
};

const exchangeIn = (outgoing: unknown): Exchange => {
  const isOurs = outgoing instanceof Http1Answer || outgoing instanceof Http2Answer;
  if (isOurs && outgoing.exchange !== undefined) return outgoing.exchange;
  throw new TypeError('the answer was not made by this server');
};

/** The id of its trace, where that is kept. */
const keptTrace = ({ trace, incoming }: Exchange, ended: EndedRequest, traces: RequestTraces | undefined) =>
  trace === undefined
    ? undefined
    : traces?.ended(trace, { ...ended, method: methodOf(incoming.method), httpVersion: incoming.httpVersion });

// Sent twice it is a list, which the standard says to ignore.
const traceparentOf = ({ headers }: Incoming): string | undefined =>
  typeof headers.traceparent === 'string' ? headers.traceparent : undefined;

type HeadCheck = ReturnType<typeof createHeadCheck>;

const refusalOf = (exchange: Exchange, gate: Gate, checkHead: HeadCheck): ServiceError | undefined => {
  const { incoming } = exchange;
  try {
    const forwardedFor = incoming.headers['x-forwarded-for'];
    const headers = typeof forwardedFor === 'string' ? { forwardedFor } : {};
    exchange.address = gate.checkAddress(incoming.socket.remoteAddress ?? '', headers);
  } catch (error) {
    return toServiceError(error);
  }
  return checkHead(incoming);
};

const pipelined = (maxPipelined: number): ServiceError =>
  new ServiceError(
    'ERR_HTTP_PIPELINED',
    `connection: expected at most ${maxPipelined} requests at once, got more; wait for answers`,
    { details: { maxPipelined } },
  );

// `OPTIONS *` asks about the server, not about a route.
const answerServerOptions = ({ outgoing }: Exchange): void => {
  outgoing.writeHead(204, { allow: ALLOW.join(', ') });
  outgoing.end();
};

const malformedRequest = (exchange: Exchange | undefined): Response => {
  const error = new ServiceError(
    'ERR_HTTP_MALFORMED',
    'request: expected a valid URL and host, got another; mend the request',
  );
  exchange?.note({ errorCode: error.code });
  const dialect = dialectOf(exchange?.incoming.url ?? '');
  const { status, headers, body } = renderError(error, dialect, exchange?.requestId ?? '');
  return new Response(body, { status, headers });
};
