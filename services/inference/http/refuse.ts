import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { ServiceError } from '../../../core/errors/service-error.ts';
import { Http1Answer, Http2Answer } from './answer.ts';
import { renderError } from './errors.ts';
import type { Exchange, Incoming } from './exchange.ts';

/** How long a refused client may go on sending: a connection cut at once would take the answer with it. */
const LINGER_MS = 500;
/** As long as bytes go on coming, this often. */
const MOST_LOOKS = 10;

const CLOSES: ReadonlySet<ErrorCode> = new Set(['ERR_HTTP_MALFORMED', 'ERR_HTTP_PIPELINED', 'ERR_HTTP_HEAD_TOO_LARGE']);

/** Answers, in the dialect of the exchange, without routing and without reading a body. */
export const refuse = (exchange: Exchange, error: ServiceError): void => {
  const { outgoing, incoming } = exchange;
  exchange.note({ errorCode: error.code });
  const { status, headers, body } = renderError(error, exchange.dialect, exchange.requestId);
  headers['content-length'] = String(Buffer.byteLength(body));
  // Where one request ends and the next begins is in doubt, or there are too many: this is the last one.
  if (outgoing instanceof Http1Answer && CLOSES.has(error.code)) outgoing.shouldKeepAlive = false;
  outgoing.writeHead(status, headers);
  outgoing.end(body);
  if (outgoing instanceof Http2Answer) return;
  // A body that came with its head is parsed by then, and nothing is left to wait for.
  process.nextTick(() => {
    if (!incoming.complete) endSoon(incoming);
  });
};

// Node itself discards the rest of the body after the answer.
const endSoon = (incoming: Incoming, looks = MOST_LOOKS): void => {
  const { bytesRead } = incoming.socket;
  const look = () => {
    if (incoming.complete) return;
    if (looks > 1 && incoming.socket.bytesRead > bytesRead) endSoon(incoming, looks - 1);
    else incoming.destroy();
  };
  // Where this process was busy until now, the rest may lie there unread: timers come before what arrived.
  const timer = setTimeout(() => setImmediate(look), LINGER_MS);
  incoming.once('close', () => clearTimeout(timer));
};
