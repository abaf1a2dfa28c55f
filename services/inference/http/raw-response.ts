import type { OutgoingHttpHeaders } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import { type Answer, Http1Answer } from './answer.ts';
import { exchangeOf } from './exchange.ts';

/** An answer whose body is written piece by piece, straight to the connection. */
export interface RawStream {
  /** False when the client reads slower than this writes: wait for `drained()`. After the end it does nothing. */
  write(text: string): boolean;
  /** Resolves when there is room again or the stream is closed. */
  drained(): Promise<void>;
  end(): void;
  /** Called once when the answer is complete or the client is gone; at once if that was before. */
  onClose(listener: () => void): void;
  readonly closed: boolean;
  /** What the handler returns once it has ended the stream. */
  readonly response: Response;
}

/** Sends status and headers now and hands out the body; the same over HTTP/1.1 and HTTP/2. */
export const beginStream = (context: Context, status: number, headers: OutgoingHttpHeaders): RawStream => {
  const exchange = exchangeOf(context);
  const { outgoing } = exchange;
  let isClosed = exchange.isGone;
  outgoing.once('close', () => {
    isClosed = true;
  });
  outgoing.writeHead(status, headers);
  let hasBody = false;
  if (outgoing instanceof Http1Answer) flushSoon(outgoing, () => !hasBody);
  if (exchange.incoming.method === 'HEAD') outgoing.end();
  const hasEnded = () => isClosed || outgoing.writableEnded;

  return {
    write(text) {
      hasBody = true;
      return !hasEnded() && outgoing.write(text);
    },
    drained: () => (hasEnded() || !outgoing.writableNeedDrain ? Promise.resolve() : roomIn(outgoing)),
    end() {
      if (!hasEnded()) outgoing.end();
    },
    onClose(listener) {
      if (isClosed) listener();
      else outgoing.once('close', listener);
    },
    get closed() {
      return hasEnded();
    },
    response: RESPONSE_ALREADY_SENT,
  };
};

// HTTP/1 keeps the head back for the first piece of the body. A piece written in the same tick goes out with it in
// one TLS record; where none is, the client still learns at once that it was accepted.
const flushSoon = (outgoing: Http1Answer, isNeeded: () => boolean): void => {
  queueMicrotask(() => {
    if (isNeeded() && !outgoing.writableEnded && !outgoing.destroyed) outgoing.flushHeaders();
  });
};

const roomIn = (outgoing: Answer): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.on('drain', done);
    outgoing.on('close', done);
  });
