import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Config } from '../../../core/config/schema.ts';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import { type Answer, Http1Answer, Http2Answer, type SecureServer } from './answer.ts';
import { fixedHeaders } from './answer-headers.ts';
import type { Certificates } from './certificates.ts';
import { readClientAuthorities } from './client-authorities.ts';
import { answerClientError, answerConnect } from './client-error.ts';
import { trackConnections } from './connections.ts';
import type { Exchange, Incoming } from './exchange.ts';
import { createHandler, type HandlerOptions } from './handler.ts';
import { watchReaders } from './reader-watch.ts';
import { REASON_OF } from './refusal-reasons.ts';
import { createRefusals } from './refusals.ts';
import { createRequestIds } from './request-id.ts';

export interface ListenOptions extends HandlerOptions {
  readonly certificates: Pick<Certificates, 'current' | 'onChange'>;
  readonly telemetry: Pick<Telemetry, 'record' | 'counter' | 'gauge'>;
  /** The settings that `config.host` and `config.port` come from; default: `server`. */
  readonly section?: string;
}

export interface Listening {
  /** The port really listened on. */
  readonly port: number;
  /**
   * Takes no more connections, lets requests under way finish for `drainMs` (default `server.drainMs`), then cuts
   * them. May be called again, also to shorten the wait; every call resolves when all is closed.
   */
  close(drainMs?: number): Promise<void>;
}

const CHECK_INTERVAL_MS = 1000;
const FAREWELL_MS = 500;
const PSEUDO_HEADERS = 4;
/** Of one HTTP/2 connection: honest clients send none. */
const MAX_INVALID_FRAMES = 100;
const MAX_SETTINGS_ENTRIES = 32;

/** Serves the operations over HTTPS: TLS 1.3, HTTP/1.1 and HTTP/2 on one port. */
export const listen = async (options: ListenOptions): Promise<Listening> => {
  const { config, certificates, log } = options;
  const now = options.now ?? (() => performance.now());
  const clients = await readClientAuthorities(config.tls);
  const onRefused = createRefusals({ log: log.app, telemetry: options.telemetry, now });
  const server = createSecureServer({ ...serverOptions(config), ...clients, ...certificates.current() });
  const connections = trackConnections(server, { config, now, onRefused });
  const listener = options.section === undefined ? 'main' : 'admin';
  options.telemetry.gauge('httpConnections', () => {
    const { busy, idle } = connections.counts();
    return [
      { value: busy, labels: { listener, state: 'busy' } },
      { value: idle, labels: { listener, state: 'idle' } },
    ];
  });
  let isDraining = false;
  const nextId = createRequestIds();
  const fixed = fixedHeaders(config);
  const handle = createHandler(options, { connections, nextId, isDraining: () => isDraining, fixed });
  const onStalled = (exchange: Exchange) => exchange.note({ errorCode: 'ERR_HTTP_READER_STALLED' });
  const stopWatching = watchReaders({ exchanges: connections.exchanges, config, now, onStalled });
  const raw = { connections, nextId, fixed, onRefused: (code: ErrorCode) => onRefused(REASON_OF[code] ?? 'malformed') };
  server.on('request', handle);
  // Without this Node invites the body of a client that asks first, before anybody looked at its address.
  server.on('checkContinue', handle);
  // Node's own answers to these two know nothing of ours and would never end.
  server.on('checkExpectation', handle);
  server.on('connect', (incoming: Incoming, other: Answer | Duplex) =>
    other instanceof Http2Answer ? handle(incoming, other) : answerConnect(other as Duplex, raw),
  );
  server.on('clientError', (error, socket) => answerClientError(error, socket, raw));
  server.on('tlsClientError', () => onRefused('handshake'));
  server.on('sessionError', () => onRefused('http2_error'));
  const stopFollowing = certificates.onChange((pair) => server.setSecureContext({ ...TLS_FLOOR, ...clients, ...pair }));
  await bind(server, config, options.section);
  server.on('error', (error) => log.app.error('server.failed', { 'error.message': error.message }));

  let closed: Promise<void> | undefined;
  return {
    port: portOf(server),
    async close(drainMs = config.drainMs) {
      isDraining = true;
      closed ??= new Promise((resolve) => {
        stopFollowing();
        stopWatching();
        server.close(() => resolve());
      });
      await connections.idle(drainMs);
      // Last bytes may still wait in a buffer; connections that carry any end by themselves, right after them.
      await within(closed, Math.min(drainMs, FAREWELL_MS));
      connections.destroy();
      await closed;
    },
  };
};

const TLS_FLOOR = { minVersion: 'TLSv1.3' } as const;

const serverOptions = (config: Config['server']) => ({
  ...TLS_FLOOR,
  allowHTTP1: true,
  noDelay: true,
  handshakeTimeout: config.handshakeTimeoutMs,
  // Of HTTP/1; the body has its own limit with a readable answer, this one catches what never gets that far.
  maxHeaderSize: config.maxHeaderBytes,
  headersTimeout: config.headTimeoutMs,
  requestTimeout: config.headTimeoutMs + config.bodyTimeoutMs * 2,
  // Checked with the rest of the head, where the answer is one of ours.
  requireHostHeader: false,
  connectionsCheckingInterval: CHECK_INTERVAL_MS,
  keepAliveTimeout: config.idleTimeoutMs,
  Http2ServerResponse: Http2Answer,
  http1Options: {
    ServerResponse: Http1Answer,
    keepAliveTimeout: config.idleTimeoutMs,
    requireHostHeader: false,
  },
  // Of HTTP/2.
  streamResetBurst: config.http2.resetBurst,
  streamResetRate: config.http2.resetsPerSecond,
  maxHeaderListPairs: config.maxHeaders + PSEUDO_HEADERS,
  maxSessionInvalidFrames: MAX_INVALID_FRAMES,
  maxSettings: MAX_SETTINGS_ENTRIES,
  settings: {
    maxConcurrentStreams: config.http2.maxStreams,
    maxHeaderListSize: config.maxHeaderBytes,
    enablePush: false,
  },
});

const within = async (work: Promise<void>, ms: number): Promise<void> => {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, ms);
  await Promise.race([work, limit.promise]);
  clearTimeout(timer);
};

const bind = (server: SecureServer, { host, port }: Config['server'], section = 'server'): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => reject(bindError(error, { host, port, section })));
    server.listen({ host, port }, resolve);
  });

interface Bound {
  readonly host: string;
  readonly port: number;
  readonly section: string;
}

const bindError = (error: Error & { code?: string }, { host, port, section }: Bound): ServiceError => {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `expected a free port, got ${port}, which another program uses; stop it or choose another port`,
    EACCES: `expected a port this user may use, got ${port}; choose one above 1023`,
    EADDRNOTAVAIL: `expected an address of this machine, got ${host}; mend \`${section}.host\``,
  };
  const reason = reasons[error.code ?? ''] ?? `cannot listen on ${host}:${port} (${error.code ?? error.message})`;
  return new ServiceError('ERR_CONFIG_INVALID', `${section}.port: ${reason}`, { cause: error });
};

const portOf = (server: SecureServer): number => {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};
