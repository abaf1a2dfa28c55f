import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Connections } from './connections.ts';
import { renderError } from './errors.ts';
import { ALLOW } from './head-check.ts';

const FAULTS: Readonly<
  Record<string, { readonly code: ErrorCode; readonly message: string; readonly reason: string }>
> = {
  HPE_HEADER_OVERFLOW: {
    code: 'ERR_HTTP_HEAD_TOO_LARGE',
    message: 'headers: expected at most `server.maxHeaderBytes` bytes, got more; send less',
    reason: 'Request Header Fields Too Large',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    code: 'ERR_HTTP_BODY_TOO_LARGE',
    message: 'body: expected chunks without long extensions, got one; leave them out',
    reason: 'Content Too Large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'ERR_HTTP_BODY_TIMEOUT',
    message: 'request: expected within `server.headTimeoutMs`, still incomplete; send it at once',
    reason: 'Request Timeout',
  },
};

const MALFORMED = {
  code: 'ERR_HTTP_MALFORMED',
  message: 'request: expected HTTP/1.1, got bytes that are not; mend the client',
  reason: 'Bad Request',
} as const;

/** A client that does not hang up by itself is hung up on. */
const LINGER_MS = 500;

interface State {
  readonly connections: Connections;
  readonly nextId: () => string;
  readonly fixed: Readonly<Record<string, string>>;
  /** Told which code was answered. */
  readonly onRefused: (code: ErrorCode) => void;
}

/** Answers what Node could not parse as an HTTP/1 request, in the usual error shape, and closes the connection. */
export const answerClientError = (error: Error & { code?: string }, socket: Duplex, state: State): void => {
  if (error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { code, message, reason } = FAULTS[error.code ?? ''] ?? MALFORMED;
  state.onRefused(code);
  // In the middle of another answer these bytes would become part of it.
  if (!socket.writable || state.connections.isAnswering(socket)) socket.destroy();
  else answerRaw(socket, new ServiceError(code, message), reason, state);
};

/** `CONNECT` comes with a bare socket: it is answered and closed. */
export const answerConnect = (socket: Duplex, state: State): void => {
  const message = `method: expected ${ALLOW.join(', ')}, got CONNECT; this is no proxy`;
  state.onRefused('ERR_HTTP_METHOD');
  socket.on('error', () => {});
  answerRaw(
    socket,
    new ServiceError('ERR_HTTP_METHOD', message, { details: { allow: ALLOW } }),
    'Method Not Allowed',
    state,
  );
};

const answerRaw = (socket: Duplex, error: ServiceError, reason: string, { nextId, fixed }: State): void => {
  const requestId = nextId();
  const { status, headers, body } = renderError(error, 'native', requestId);
  const lines = Object.entries({ ...headers, ...fixed, 'x-request-id': requestId, 'cache-control': 'no-store' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const length = `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head}${length}${body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
};
