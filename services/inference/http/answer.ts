import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import {
  constants,
  type Http2SecureServer,
  type Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { checkHeaders, finalHeaders, type GivenHeaders, headersIn } from './answer-headers.ts';
import { renderError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { HTTP2_PIECE_BYTES, largeBody, sendInPieces, sendOneByOne } from './outbox.ts';

/** What all answers of one server share. */
export interface AnswerHost {
  /** Headers every answer has. */
  readonly fixed: Readonly<Record<string, string>>;
  readonly isDraining: () => boolean;
  /** An answer that could not be written; the request is lost, the process is not. */
  readonly onUnwritable: (exchange: Exchange, error: unknown) => void;
}

/** Node's response of either protocol, made unable to take the process down. */
export type Answer = Http1Answer | Http2Answer;

/** An HTTP/1.1 answer: carries the headers every answer has; what cannot be written becomes a 500 or a closed socket. */
export class Http1Answer extends ServerResponse<IncomingMessage> {
  host: AnswerHost | undefined;
  exchange: Exchange | undefined;
  #isBroken = false;
  #isEnding = false;

  override writeHead(status: number, first?: unknown, second?: GivenHeaders): this {
    const { exchange } = this;
    // A second head is the adapter's, after a handler wrote the answer itself.
    if (exchange === undefined || this.headersSent) return this;
    if (this.host?.isDraining()) this.shouldKeepAlive = false;
    try {
      return super.writeHead(status, ownHeaders(headersIn(first, second), this.host, exchange));
    } catch (error) {
      const { failedStatus, headers, body } = unwritable(this.host, exchange, error);
      super.writeHead(failedStatus, headers);
      super.end(body);
      this.#isBroken = true;
      return this;
    }
  }

  override write(...parameters: unknown[]): boolean {
    if (this.#isBroken || this.writableEnded || this.destroyed) return false;
    const given = inOneByte(parameters);
    return guarded(this, given, () => Reflect.apply(super.write, this, given));
  }

  override end(...parameters: unknown[]): this {
    if (this.#isBroken || this.#isEnding || this.writableEnded || this.destroyed) return this;
    const large = this.req.method === 'HEAD' ? undefined : largeBody(parameters[0]);
    if (large !== undefined) {
      this.#isEnding = true;
      sendInPieces(this, large, () => super.end());
      return this;
    }
    const given = inOneByte(parameters);
    guarded(this, given, () => Reflect.apply(super.end, this, given));
    return this;
  }

  /** True when the last byte was handed to the network. */
  get isComplete(): boolean {
    return this.writableFinished;
  }

  /** Ends an answer that is not whole in a way the client can tell from a whole one. */
  cut(): void {
    this.#isBroken = true;
    this.destroy();
  }
}

/** The same for HTTP/2. */
export class Http2Answer extends Http2ServerResponse {
  host: AnswerHost | undefined;
  exchange: Exchange | undefined;
  #isBroken = false;
  #isEnding = false;
  #isSending = false;

  override writeHead(status: number, first?: unknown, second?: GivenHeaders): this {
    const { exchange } = this;
    if (exchange === undefined || this.headersSent) return this;
    try {
      return super.writeHead(status, checkHeaders(ownHeaders(headersIn(first, second), this.host, exchange)));
    } catch (error) {
      const { failedStatus, headers, body } = unwritable(this.host, exchange, error);
      super.writeHead(failedStatus, headers);
      this.#isEnding = true;
      super.end(body);
      this.#isBroken = true;
      return this;
    }
  }

  override write(...parameters: unknown[]): boolean {
    // Node's `end(chunk)` calls `write(chunk)`: that part is counted already.
    if (this.#isEnding) return Reflect.apply(super.write, this, parameters);
    if (this.#isBroken || this.writableEnded || this.stream.destroyed) return false;
    return guarded(this, parameters, () => Reflect.apply(super.write, this, parameters));
  }

  override end(...parameters: unknown[]): this {
    if (this.#isBroken || this.#isSending || this.writableEnded) return this;
    const large = this.req.method === 'HEAD' ? undefined : largeBody(parameters[0], HTTP2_PIECE_BYTES);
    if (large !== undefined) {
      this.#isSending = true;
      sendOneByOne(this, large, () => super.end());
      return this;
    }
    this.#isEnding = true;
    guarded(this, parameters, () => Reflect.apply(super.end, this, parameters));
    this.#isEnding = false;
    return this;
  }

  // A stream that the client reset counts as finished in Node.
  get isComplete(): boolean {
    return this.writableEnded && this.stream.rstCode === constants.NGHTTP2_NO_ERROR;
  }

  cut(): void {
    this.#isBroken = true;
    // Reset by the client without an error: Node would wait for ever for bytes that nobody takes any more.
    if (this.stream.closed) this.stream.destroy();
    else this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}

/** A server whose answers are of these classes. */
export type SecureServer = Http2SecureServer<
  typeof IncomingMessage,
  typeof Http1Answer,
  typeof Http2ServerRequest,
  typeof Http2Answer
>;

/** An HTTP/2 connection to such a server. */
export type Session = ServerHttp2Session<
  typeof IncomingMessage,
  typeof Http1Answer,
  typeof Http2ServerRequest,
  typeof Http2Answer
>;

const ownHeaders = (given: GivenHeaders, host: AnswerHost | undefined, exchange: Exchange): OutgoingHttpHeaders =>
  finalHeaders(given, { requestId: exchange.requestId, fixed: host?.fixed ?? {}, extra: exchange.extraHeaders });

const unwritable = (host: AnswerHost | undefined, exchange: Exchange, error: unknown) => {
  host?.onUnwritable(exchange, error);
  const failure = new ServiceError('ERR_HTTP_INTERNAL', 'the service failed on this request');
  const { status, headers, body } = renderError(failure, exchange.dialect, exchange.requestId);
  exchange.bytesSent += Buffer.byteLength(body);
  const all: OutgoingHttpHeaders = { ...headers, 'content-length': Buffer.byteLength(body) };
  return { failedStatus: status, headers: ownHeaders(all, host, exchange), body };
};

const sizeOf = (chunk: unknown, encoding: unknown): number => {
  if (typeof chunk === 'string') return encoding === ONE_BYTE ? chunk.length : Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
};

const ONE_BYTE = 'latin1';

/**
 * The parameters of `write` or `end` for a text of ASCII alone, which is the same bytes in either encoding: Node writes
 * these as they lie in memory, and UTF-8 through a buffer three times their size.
 */
const inOneByte = (parameters: readonly unknown[]): readonly unknown[] => {
  const [chunk, second] = parameters;
  if (typeof chunk !== 'string' || typeof second === 'string' || Buffer.byteLength(chunk) !== chunk.length)
    return parameters;
  return typeof second === 'function' ? [chunk, ONE_BYTE, second] : [chunk, ONE_BYTE];
};

const guarded = (answer: Answer, [chunk, encoding]: readonly unknown[], act: () => unknown): boolean => {
  const { host, exchange } = answer;
  try {
    const isFlowing = act() !== false;
    if (exchange !== undefined) exchange.bytesSent += sizeOf(chunk, encoding);
    return isFlowing;
  } catch (error) {
    if (exchange !== undefined) host?.onUnwritable(exchange, error);
    answer.cut();
    return false;
  }
};
