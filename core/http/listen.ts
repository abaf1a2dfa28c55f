import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert?: string | undefined; readonly key?: string | undefined };
  readonly answer: RequestListener;
  readonly maxConnections: number;
  /** Time for the head of a request, and for the whole of it. */
  readonly timeoutMs: number;
  /** Told once while the port belongs to another program. */
  readonly onTaken: (port: number) => void;
  /** Ends the wait for the port; the promise then rejects. */
  readonly signal: AbortSignal;
}

export interface Listening {
  /** The origin it answers at. */
  readonly url: string;
  /** Takes no more connections and ends those there are: at once or, with `drain`, when their answers are sent, soon in any case. */
  close(drain?: boolean): Promise<void>;
}

const RETRY_MS = 5000;
/** Longest wait for answers under way. */
const DRAIN_MS = 5000;

/**
 * Serves a process beside the gateway; a port that is taken is waited for, because what watches the service must not stop
 * it. Plain HTTP without a certificate.
 */
export const listen = async (options: Options): Promise<Listening> => {
  const { host, port, tls, answer, signal } = options;
  const isTls = tls.cert !== undefined && tls.key !== undefined;
  const server: Server = isTls
    ? createTlsServer(
        { cert: await readFile(tls.cert ?? ''), key: await readFile(tls.key ?? ''), minVersion: 'TLSv1.3' },
        answer,
      )
    : createServer(answer);
  server.maxConnections = options.maxConnections;
  server.headersTimeout = options.timeoutMs;
  server.requestTimeout = options.timeoutMs;
  for (let isTold = false; !(await tryPort(server, host, port)); isTold = true) {
    if (!isTold) options.onTaken(port);
    await waitFor(RETRY_MS, signal);
    signal.throwIfAborted();
  }
  // Safe: a server that listens on a port has such an address.
  const address = server.address() as AddressInfo;
  return {
    url: `${isTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: (drain = false) =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if (!drain) return server.closeAllConnections();
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
      }),
  };
};

/** False when another program has the port. */
const tryPort = (server: Server, host: string, port: number): Promise<boolean> =>
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
