import { getRequestListener } from '@hono/node-server';
import type { Config } from '../../../core/config/schema.ts';
import { ServiceError, toServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import { createAccessLog } from './access-log.ts';
import { type Answer, type AnswerHost, Http1Answer, Http2Answer } from './answer.ts';
import type { Connections } from './connections.ts';
import { dialectOf, renderError } from './errors.ts';
import { Exchange, type Incoming } from './exchange.ts';
import { createFailureLog } from './failure-log.ts';
import type { Gate } from './gate.ts';
import type { HttpPrivacy } from './http-privacy.ts';
import type { Operation } from './operation.ts';
import { createApp } from './operations.ts';
import { refuse } from './refuse.ts';

export interface HandlerOptions {
  readonly operations: readonly Operation[];
  readonly gate: Gate;
  readonly config: Config['server'];
  readonly log: { readonly app: Pick<Logger, 'warn' | 'error'>; readonly access: Pick<Logger, 'info'> };
  readonly telemetry: Pick<Telemetry, 'record'>;
  /** What private data is taken out with; absent: it stays. */
  readonly privacy?: HttpPrivacy;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

export interface HandlerState {
  readonly connections: Connections;
  readonly nextId: () => string;
  readonly isDraining: () => boolean;
}

/** Makes the listener for Node's `request` event: address first, then everything else; nothing it meets ends the process. */
export const createHandler = (options: HandlerOptions, { connections, nextId, isDraining }: HandlerState) => {
  const { config, gate, log, now = () => performance.now() } = options;
  const writeAccess = createAccessLog({
    log: log.access,
    telemetry: options.telemetry,
    now,
    record: options.privacy?.record,
  });
  const onFailure = createFailureLog(log.app);
  const host: AnswerHost = {
    isDraining,
    onUnwritable: (exchange, error) => onFailure(exchange, toServiceError(error)),
  };
  const app = createApp({ ...options, limits: config, onFailure });
  // The adapter tells its error handler nothing about the request, but calls it before anything waits.
  let current: Exchange | undefined;
  const route = getRequestListener((request, bindings) => app.fetch(request, exchangeIn(bindings.outgoing)), {
    errorHandler: () => malformedRequest(current),
  });

  return (incoming: Incoming, outgoing: Answer): void => {
    const exchange = new Exchange(incoming, outgoing, nextId(), now());
    outgoing.host = host;
    outgoing.exchange = exchange;
    connections.begin(exchange);
    incoming.on('error', ignore);
    outgoing.on('error', ignore);
    outgoing.once('close', () => {
      if (!outgoing.isComplete) exchange.leave();
      connections.end(exchange);
      writeAccess(exchange);
    });
    const refusal = refusalOf(exchange, gate, config);
    if (refusal !== undefined) return refuse(exchange, refusal);
    current = exchange;
    void route(incoming, outgoing);
  };
};

// A broken connection is also a closed one; `close` does all there is to do.
const ignore = () => {};

const exchangeIn = (outgoing: unknown): Exchange => {
  const isOurs = outgoing instanceof Http1Answer || outgoing instanceof Http2Answer;
  if (isOurs && outgoing.exchange !== undefined) return outgoing.exchange;
  throw new TypeError('the answer was not made by this server');
};

const refusalOf = (exchange: Exchange, gate: Gate, config: Config['server']): ServiceError | undefined => {
  const { incoming } = exchange;
  try {
    const forwardedFor = incoming.headers['x-forwarded-for'];
    const headers = typeof forwardedFor === 'string' ? { forwardedFor } : {};
    exchange.address = gate.checkAddress(incoming.socket.remoteAddress ?? '', headers);
  } catch (error) {
    return toServiceError(error);
  }
  if (isHeadTooLarge(incoming, config.maxHeaderBytes)) {
    const message = `headers: expected at most ${config.maxHeaderBytes} bytes, got more; send less`;
    return new ServiceError('ERR_HTTP_HEAD_TOO_LARGE', message, { details: { maxHeaderBytes: config.maxHeaderBytes } });
  }
  if ((incoming.url?.length ?? 0) <= config.maxUrlLength) return undefined;
  const message = `url: expected at most ${config.maxUrlLength} characters, got more; put the data into the body`;
  return new ServiceError('ERR_HTTP_URL_TOO_LONG', message, { details: { maxUrlLength: config.maxUrlLength } });
};

// Node's HTTP/1 parser has counted already. HTTP/2 counts only once the client acknowledged our settings.
const isHeadTooLarge = (incoming: Incoming, maxBytes: number): boolean => {
  if (incoming.httpVersionMajor === 1) return false;
  let bytes = 0;
  for (const text of incoming.rawHeaders) bytes += text.length;
  return bytes > maxBytes;
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
