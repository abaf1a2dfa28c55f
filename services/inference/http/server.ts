import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Config } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { Http1Answer, Http2Answer, type SecureServer } from './answer.ts';
import type { Certificates } from './certificates.ts';
import { readClientAuthorities } from './client-authorities.ts';
import { answerClientError } from './client-error.ts';
import { trackConnections } from './connections.ts';
import { createHandler, type HandlerOptions } from './handler.ts';
import { createRequestIds } from './request-id.ts';

export interface ListenOptions extends HandlerOptions {
  readonly certificates: Pick<Certificates, 'current' | 'onChange'>;
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

// A client that cancels more streams than this, faster than this, is resetting to make us work (CVE-2023-44487).
const RESET_BURST = 1000;
const RESETS_PER_SECOND = 33;
const MAX_STREAMS_PER_SESSION = 1000;
const HANDSHAKE_MS = 10_000;
const CHECK_INTERVAL_MS = 1000;
const FAREWELL_MS = 500;

/** Serves the operations over HTTPS: TLS 1.3, HTTP/1.1 and HTTP/2 on one port. */
export const listen = async (options: ListenOptions): Promise<Listening> => {
  const { config, certificates, log } = options;
  const clients = await readClientAuthorities(config.tls);
  const server = createSecureServer({ ...serverOptions(config), ...clients, ...certificates.current() });
  const connections = trackConnections(server, config.idleTimeoutMs);
  let isDraining = false;
  const nextId = createRequestIds();
  const handle = createHandler(options, { connections, nextId, isDraining: () => isDraining });
  server.on('request', handle);
  // Without this Node invites the body of a client that asks first, before anybody looked at its address.
  server.on('checkContinue', handle);
  server.on('clientError', (error, socket) => answerClientError(error, socket, { connections, nextId }));
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
  handshakeTimeout: HANDSHAKE_MS,
  // Of HTTP/1; the body has its own limit with a readable answer, this one catches what never gets that far.
  maxHeaderSize: config.maxHeaderBytes,
  headersTimeout: config.bodyTimeoutMs,
  requestTimeout: config.bodyTimeoutMs * 2,
  connectionsCheckingInterval: CHECK_INTERVAL_MS,
  keepAliveTimeout: config.idleTimeoutMs,
  Http2ServerResponse: Http2Answer,
  http1Options: { ServerResponse: Http1Answer, keepAliveTimeout: config.idleTimeoutMs },
  // Of HTTP/2.
  streamResetBurst: RESET_BURST,
  streamResetRate: RESETS_PER_SECOND,
  settings: {
    maxConcurrentStreams: MAX_STREAMS_PER_SESSION,
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
