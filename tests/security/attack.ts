/** What must come back over HTTP/1.1. */
export interface Refusal {
  /** Of the first answer; `closed`: the connection is closed without one. */
  readonly status: number | 'closed' | readonly (number | 'closed')[];
  /** A code the body names. */
  readonly code?: string;
  /** True: the connection is closed afterwards. */
  readonly closes?: true;
  /** Answers in all; default 1: bytes smuggled behind a request get none. */
  readonly answers?: number;
}

/** Bytes a hostile client sends over TLS, and what it must get for them. `{token}` stands for a good credential. */
export interface Http1Attack {
  readonly name: string;
  /** Sent in this order, one write each; latin1, so that every byte can be said. */
  readonly send: string | readonly string[];
  readonly expect: Refusal;
}

/** How a frame-level attack ends: an answer with a status, a stream reset, the whole connection ended, or just survived. */
export type Http2Outcome = number | 'reset' | 'ended' | 'survived';

/** HTTP/2 frames after the preface, and how it must end. */
export interface Http2Attack {
  readonly name: string;
  /** `{token}` inside headers stands for a good credential. */
  readonly frames: (token: string) => readonly Buffer[];
  readonly expect: Http2Outcome | readonly Http2Outcome[];
}

const HOST = 'host: localhost\r\n';
const CREDENTIAL = 'authorization: Bearer {token}\r\n';
const lines = (headers: readonly string[]): string => headers.map((header) => `${header}\r\n`).join('');

/** A request that would be good but for what the attack adds. */
export const get = (path: string, ...headers: readonly string[]): string =>
  `GET ${path} HTTP/1.1\r\n${HOST}${CREDENTIAL}${lines(headers)}\r\n`;

/** A request with a JSON body that would be good but for what the attack adds. */
export const post = (path: string, body: unknown, ...headers: readonly string[]): string => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return rawPost(path, bytes, 'content-type: application/json', ...headers);
};

/** The same with any bytes and no content type. */
export const rawPost = (path: string, bytes: string, ...headers: readonly string[]): string =>
  `POST ${path} HTTP/1.1\r\n${HOST}${CREDENTIAL}content-length: ${bytes.length}\r\n${lines(headers)}\r\n${bytes}`;

/** A head alone, with nothing added. */
export const head = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n\r\n`;

/** Shorthand for rows. */
export const attack = (
  name: string,
  send: string | readonly string[],
  status: Refusal['status'],
  more: Omit<Refusal, 'status'> = {},
): Http1Attack => ({ name, send, expect: { status, ...more } });

export const OPEN = '/api/v1/health/live';
export const NATIVE = '/api/v1/inference';
export const CHAT = '/v1/chat/completions';
