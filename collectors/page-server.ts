import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CollectorsConfig } from '../core/config/schema.ts';
import { EXPOSITION_CONTENT_TYPE, type ExpositionFormat } from '../core/telemetry/exposition.ts';

interface Options {
  readonly config: Pick<CollectorsConfig, 'host' | 'port' | 'tls' | 'tokenFile'>;
  readonly expose: (format: ExpositionFormat) => Promise<string>;
  /** Told once while the port belongs to another program. */
  readonly onTaken: (port: number) => void;
  readonly signal: AbortSignal;
}

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

const RETRY_MS = 5000;
const MAX_CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;

/** Serves the page; a port that is taken is waited for, because what reads the machine must not stop the service. */
export const servePage = async (options: Options): Promise<PageServer> => {
  const { config, signal } = options;
  const answer = createAnswer(options);
  const { cert, key } = config.tls;
  const isTls = cert !== undefined && key !== undefined;
  const server: Server = isTls
    ? createTlsServer({ cert: await readFile(cert), key: await readFile(key), minVersion: 'TLSv1.3' }, answer)
    : createServer(answer);
  server.maxConnections = MAX_CONNECTIONS;
  server.headersTimeout = TIMEOUT_MS;
  server.requestTimeout = TIMEOUT_MS;
  for (let isTold = false; !(await listen(server, config.host, config.port)); isTold = true) {
    if (!isTold) options.onTaken(config.port);
    await waitFor(RETRY_MS, signal);
    signal.throwIfAborted();
  }
  // Safe: a server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    url: `${isTls ? 'https' : 'http'}://${host}:${port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** False when another program has the port. */
const listen = (server: Server, host: string, port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      server.off('listening', succeed);
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    const succeed = (): void => {
      server.off('error', fail);
      resolve(true);
    };
    server.once('error', fail).once('listening', succeed).listen(port, host);
  });

const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

const createAnswer =
  ({ config, expose }: Options) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const send = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    const serve = async (): Promise<void> => {
      const path = request.url?.split('?')[0];
      if (!(await mayRead(request, config))) return send(401, 'expected `authorization: Bearer` with the token\n');
      if (config.tokenFile === undefined && !isFromHere(request.headers.host)) {
        return send(403, 'expected a loopback name in `host`\n');
      }
      if (path !== '/metrics' && path !== '/health') return send(404, 'expected /metrics or /health\n');
      if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, 'expected GET\n');
      if (path === '/health') return send(200, 'ok\n');
      const format = formatOf(request.headers.accept);
      send(200, await expose(format), EXPOSITION_CONTENT_TYPE[format]);
    };
    serve().catch(() => send(500, 'the metrics could not be collected\n'));
  };

const mayRead = async ({ headers }: IncomingMessage, { tokenFile }: Options['config']): Promise<boolean> => {
  if (tokenFile === undefined) return true;
  // Read for every scrape: whoever renews the token replaces the file.
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return token !== '' && timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`));
};

/** A page of the web whose name was made to point here sends that name. */
const isFromHere = (host = ''): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);

const formatOf = (accept = ''): ExpositionFormat =>
  accept.includes('application/openmetrics-text') ? 'openmetrics' : 'text';
