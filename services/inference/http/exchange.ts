import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Context } from 'hono';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { RequestTrace } from '../../../core/telemetry/trace/request-trace.ts';
import type { Caller } from '../call.ts';
import type { Answer } from './answer.ts';
import type { Place } from './connection-ledger.ts';
import type { Dialect } from './operation.ts';

/** What a handler may add to the access line of its request. */
export interface AccessFields {
  readonly model?: string;
  readonly outcome?: string;
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  /** Tokens of the prompt that were computed before. */
  readonly cachedTokens?: number;
  /** Relation to the response cache; absent: it was not asked. */
  readonly cache?: string;
  /** What answered in place of the model asked for: `model`, `cache`. */
  readonly degraded?: string;
  readonly scenario?: string;
  /** What the engine spent its time on, in milliseconds. */
  readonly queueMs?: number;
  readonly prefillMs?: number;
  readonly decodeMs?: number;
  /** Requests that the engine computed at once, this one among them, in the widest of its steps. */
  readonly batch?: number;
  readonly jobId?: string;
  /** Private data found in the request and the answer. */
  readonly redactions?: number;
  /** Of an error that came after the headers; one answered with a status is noted by the registry. */
  readonly errorCode?: ErrorCode;
}

export type Incoming = IncomingMessage | Http2ServerRequest;

export const UNMATCHED_ROUTE = 'unmatched';

/** One request and its answer: what the parts of the server know about it. These are Hono's bindings. */
export class Exchange {
  readonly incoming: Incoming;
  readonly outgoing: Answer;
  readonly requestId: string;
  /** Milliseconds, monotonic. */
  readonly startedAt: number;
  /** The client address after trusted proxies; empty until checked. */
  address = '';
  /** Template of the matched route, never the path: it becomes a label. */
  route: string = UNMATCHED_ROUTE;
  /** True on the routes that let a model work. */
  isInference = false;
  dialect: Dialect = 'native';
  caller: Caller | undefined;
  /** What the doorman found out of the caller, or began to; absent where it did not ask. */
  verified: Caller | Promise<Caller> | undefined;
  bytesSent = 0;
  /** Of the body of the request. */
  bytesReceived = 0;
  access: AccessFields | undefined;
  /** Where its time goes; undefined where nobody asked. */
  trace: RequestTrace | undefined;
  /** Its connection among all others; undefined where it was gone too soon to be known. */
  place: Place | undefined;
  /** Headers only this answer has, such as those of CORS. */
  extraHeaders: Readonly<Record<string, string>> | undefined;
  /** Bytes of the answer that had left when the reader was last looked at, and when that was. */
  taken = 0;
  takenAt = 0;
  #controller: AbortController | undefined;
  #isGone = false;

  constructor(incoming: Incoming, outgoing: Answer, requestId: string, startedAt: number) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.requestId = requestId;
    this.startedAt = startedAt;
  }

  /** Aborts when the client is gone before its answer was complete. Made on first use: most answers need none. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isGone) this.#controller.abort(clientGone());
    }
    return this.#controller.signal;
  }

  /** What Node knows the connection by: an HTTP/1 socket or an HTTP/2 session. */
  get carrier(): object {
    return 'stream' in this.incoming ? (this.incoming.stream.session ?? this.incoming) : this.incoming.socket;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Called once when the connection or stream closed before the answer was complete. */
  leave(): void {
    this.#isGone = true;
    this.#controller?.abort(clientGone());
  }

  note(fields: AccessFields): void {
    this.access = this.access === undefined ? fields : { ...this.access, ...fields };
  }
}

const clientGone = () => new DOMException('the client closed the connection', 'AbortError');

/** The exchange behind a Hono context. */
export const exchangeOf = (context: Context): Exchange => {
  const bindings: unknown = context.env;
  if (bindings instanceof Exchange) return bindings;
  throw new TypeError('the context was not made by the server of services/inference/http');
};

/** Adds fields to the access line of this request; later values win. */
export const noteAccess = (context: Context, fields: AccessFields): void => exchangeOf(context).note(fields);
