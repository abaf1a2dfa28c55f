import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Connections } from './connections.ts';
import { renderError } from './errors.ts';

const FAULTS: Readonly<
  Record<string, { readonly code: ErrorCode; readonly message: string; readonly reason: string }>
> = {
  HPE_HEADER_OVERFLOW: {
    code: 'ERR_HTTP_HEAD_TOO_LARGE',
    message: 'headers: expected at most `server.maxHeaderBytes` bytes, got more; send less',
    reason: 'Request Header Fields Too Large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'ERR_HTTP_BODY_TIMEOUT',
    message: 'request: expected within `server.bodyTimeoutMs`, still incomplete; send it at once',
    reason: 'Request Timeout',
  },
};

const MALFORMED = {
  code: 'ERR_HTTP_MALFORMED',
  message: 'request: expected HTTP/1.1, got bytes that are not; mend the client',
  reason: 'Bad Request',
} as const;

interface State {
  readonly connections: Connections;
  readonly nextId: () => string;
}

/** Answers what Node could not parse as an HTTP/1 request, in the usual error shape, and closes the connection. */
export const answerClientError = (
  error: Error & { code?: string },
  socket: Duplex,
  { connections, nextId }: State,
): void => {
  // In the middle of another answer these bytes would become part of it.
  if (!socket.writable || error.code === 'ECONNRESET' || connections.isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const { code, message, reason } = FAULTS[error.code ?? ''] ?? MALFORMED;
  const requestId = nextId();
  const { status, headers, body } = renderError(new ServiceError(code, message), 'native', requestId);
  const lines = Object.entries({ ...headers, 'x-request-id': requestId, 'cache-control': 'no-store' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const length = `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head}${length}${body}`);
};
