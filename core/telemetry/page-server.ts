import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CollectorsConfig } from '../config/schema.ts';
import { hasToken, isFromHere } from '../http/bearer.ts';
import { listen } from '../http/listen.ts';
import { EXPOSITION_CONTENT_TYPE, type ExpositionFormat } from './exposition.ts';

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

const MAX_CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;

/** Serves the page; a port that is taken is waited for, because what reads the machine must not stop the service. */
export const servePage = async (options: Options): Promise<PageServer> => {
  const { config, onTaken, signal } = options;
  const limits = { maxConnections: MAX_CONNECTIONS, timeoutMs: TIMEOUT_MS };
  const { url, close } = await listen({ ...config, ...limits, answer: createAnswer(options), onTaken, signal });
  return { url: `${url}/metrics`, close };
};

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

const mayRead = async ({ headers }: IncomingMessage, { tokenFile }: Options['config']): Promise<boolean> =>
  tokenFile === undefined || hasToken(headers.authorization, tokenFile);

const formatOf = (accept = ''): ExpositionFormat =>
  accept.includes('application/openmetrics-text') ? 'openmetrics' : 'text';
