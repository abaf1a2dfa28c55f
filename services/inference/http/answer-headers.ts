import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http';
import type { Config } from '../../../core/config/schema.ts';

/**
 * Headers that belong to a connection, not to an answer. HTTP/2 forbids them and Node throws on some of them there;
 * under HTTP/1 Node writes its own. Hono's streaming helpers set two; the last is an internal mark of its adapter.
 */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'x-hono-already-sent',
]);

export type GivenHeaders = OutgoingHttpHeaders | readonly unknown[] | undefined;

/** What every answer of a server carries, also one that was never routed. No `server` header: it helps attackers only. */
export const fixedHeaders = ({ hstsSeconds, tls, cors }: Fixed): Readonly<Record<string, string>> => {
  const hsts = hstsSeconds ?? (tls.cert === undefined ? 0 : YEAR_SECONDS);
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    // Pages of the origins that CORS lets in may embed what they may read anyway.
    'cross-origin-resource-policy': cors.origins.length === 0 ? 'same-origin' : 'cross-origin',
    ...(hsts === 0 ? {} : { 'strict-transport-security': `max-age=${hsts}` }),
  };
};

type Fixed = Pick<Config['server'], 'hstsSeconds' | 'tls' | 'cors'>;

const YEAR_SECONDS = 31_536_000;

interface OwnHeaders {
  readonly requestId: string;
  readonly fixed: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, string>> | undefined;
}

/** The headers an answer really goes out with: the given ones without those of connections, and ours. */
export const finalHeaders = (given: GivenHeaders, { requestId, fixed, extra }: OwnHeaders): OutgoingHttpHeaders => {
  const headers: OutgoingHttpHeaders = {};
  const source = asObject(given);
  for (const name in source) {
    const value = source[name];
    const lower = name.toLowerCase();
    if (value === undefined || CONNECTION_HEADERS.has(lower)) continue;
    headers[lower] = value;
  }
  headers['cache-control'] ??= 'no-store';
  const { vary } = headers;
  Object.assign(headers, fixed, extra);
  if (vary !== undefined && extra?.vary !== undefined) headers.vary = `${String(vary)}, ${extra.vary}`;
  headers['x-request-id'] = requestId;
  return headers;
};

/** Throws on a header that cannot be written. Node's HTTP/2 side finds that out only after it kept the bad one. */
export const checkHeaders = (headers: OutgoingHttpHeaders): OutgoingHttpHeaders => {
  for (const name in headers) {
    validateHeaderName(name);
    validateHeaderValue(name, String(headers[name]));
  }
  return headers;
};

/** Picks the headers out of `writeHead(status, reason, headers)` and `writeHead(status, headers)`. */
export const headersIn = (first: unknown, second: GivenHeaders): GivenHeaders =>
  // Safe: Node's own signature allows nothing else in this place, and wrong values fail the checks above.
  typeof first === 'object' && first !== null ? (first as GivenHeaders) : second;

// Node also takes a flat list of names and values.
const asObject = (given: GivenHeaders): OutgoingHttpHeaders => {
  if (!isList(given)) return given ?? {};
  const headers: OutgoingHttpHeaders = {};
  for (let index = 0; index + 1 < given.length; index += 2) headers[String(given[index])] = String(given[index + 1]);
  return headers;
};

const isList = (given: GivenHeaders): given is readonly unknown[] => Array.isArray(given);
