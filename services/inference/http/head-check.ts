import type { Config } from '../../../core/config/schema.ts';
import type { ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Incoming } from './exchange.ts';
import { readTarget } from './target.ts';

export type HeadLimits = Pick<Config['server'], 'maxHeaderBytes' | 'maxHeaders' | 'maxUrlLength' | 'hosts'>;

/** Fields that say one thing: with two of them, a proxy in front may believe the other one. Each is a bit. */
const ONCE: ReadonlyMap<string, number> = new Map(
  [
    'authorization',
    'content-encoding',
    'content-length',
    'content-type',
    'expect',
    'host',
    'idempotency-key',
    'origin',
    'transfer-encoding',
  ].map((name, index) => [name, 1 << index]),
);

/** A name, an IPv4 address or a bracketed IPv6 one, with or without a port: what belongs into `Host` and nothing else. */
const HOST = /^(?:[a-z0-9._-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i;

/** The methods of all routes together. */
export const ALLOW: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];

/** Checks what can be said from the head of a request alone, before anything is routed or read; mends its target. */
export const createHeadCheck = (limits: HeadLimits): ((incoming: Incoming) => ServiceError | undefined) => {
  const hosts = new Set(limits.hosts.map((host) => host.toLowerCase()));
  return (incoming) =>
    sizeProblem(incoming, limits) ??
    repeatedField(incoming) ??
    framingProblem(incoming) ??
    addressProblem(incoming, hosts);
};

const malformed = (what: string) => new ServiceError('ERR_HTTP_MALFORMED', `${what}; mend the request`);

const over = (code: ErrorCode, what: string, setting: keyof HeadLimits, limit: number, advice: string) =>
  new ServiceError(code, `${what}, got more; ${advice}`, { details: { [setting]: limit } });

const sizeProblem = (incoming: Incoming, limits: HeadLimits): ServiceError | undefined => {
  const { maxHeaderBytes, maxHeaders, maxUrlLength } = limits;
  const code = 'ERR_HTTP_HEAD_TOO_LARGE';
  if (incoming.rawHeaders.length > maxHeaders * 2)
    return over(code, `headers: expected at most ${maxHeaders}`, 'maxHeaders', maxHeaders, 'send fewer');
  if (isHeadTooLarge(incoming, maxHeaderBytes))
    return over(
      code,
      `headers: expected at most ${maxHeaderBytes} bytes`,
      'maxHeaderBytes',
      maxHeaderBytes,
      'send less',
    );
  if ((incoming.url?.length ?? 0) <= maxUrlLength) return undefined;
  const what = `url: expected at most ${maxUrlLength} characters`;
  return over('ERR_HTTP_URL_TOO_LONG', what, 'maxUrlLength', maxUrlLength, 'put the data into the body');
};

// Node's HTTP/1 parser has counted already. HTTP/2 counts only once the client acknowledged our settings.
const isHeadTooLarge = (incoming: Incoming, maxBytes: number): boolean => {
  if (incoming.httpVersionMajor === 1) return false;
  let bytes = 0;
  for (const text of incoming.rawHeaders) bytes += text.length;
  return bytes > maxBytes;
};

// Node keeps the first of them and says nothing.
const repeatedField = ({ rawHeaders }: Incoming): ServiceError | undefined => {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const bit = ONCE.get(name);
    if (bit === undefined) continue;
    if ((seen & bit) !== 0) return malformed(`${name}: expected once, got it again`);
    seen |= bit;
  }
  return undefined;
};

const framingProblem = (incoming: Incoming): ServiceError | undefined => {
  const { headers, method = '', httpVersion } = incoming;
  // Node's HTTP/1 parser takes `HTTP/2.0` at its word.
  if (!('stream' in incoming) && httpVersion !== '1.1' && httpVersion !== '1.0')
    return malformed('version: expected HTTP/1.1, got another in the same form');
  // To us `get` would be GET; to a proxy that forbids GET it is not.
  if (method !== method.toUpperCase()) return malformed('method: expected capitals, got others');
  const encoding = headers['transfer-encoding'];
  // `gzip, chunked` would be a body that nobody here unpacks; `xchunked` is how request smuggling begins.
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked')
    return malformed('transfer-encoding: expected chunked or nothing, got another');
  const { expect } = headers;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    return new ServiceError(
      'ERR_HTTP_EXPECTATION',
      'expect: expected 100-continue or nothing, got another; leave it out',
    );
  if (method !== 'CONNECT') return undefined;
  const message = `method: expected ${ALLOW.join(', ')}, got CONNECT; this is no proxy`;
  return new ServiceError('ERR_HTTP_METHOD', message, { details: { allow: ALLOW } });
};

const addressProblem = (incoming: Incoming, hosts: ReadonlySet<string>): ServiceError | undefined => {
  const target = readTarget(incoming.url ?? '');
  if (!target.isPath) return malformed(`url: expected a path, got ${target.problem}`);
  if (target.path === '*' && incoming.method !== 'OPTIONS') return malformed('url: expected a path, got *');
  const host = hostOf(incoming);
  if (host === undefined || !HOST.test(host))
    return malformed('host: expected a name or address, got none that is one');
  if (target.authority !== undefined && target.authority.toLowerCase() !== host.toLowerCase())
    return malformed('url: expected the host of the `Host` header, got another');
  if (hosts.size > 0 && !hosts.has(nameIn(host)))
    return new ServiceError('ERR_HTTP_MISDIRECTED', 'host: expected one of `server.hosts`, got another; use its name');
  incoming.url = target.path;
  return undefined;
};

// Undefined also where HTTP/2's two ways to name the host disagree.
const hostOf = ({ headers }: Incoming): string | undefined => {
  const authority = headers[':authority'];
  if (typeof authority !== 'string') return headers.host;
  return headers.host === undefined || headers.host.toLowerCase() === authority.toLowerCase() ? authority : undefined;
};

const nameIn = (host: string): string => host.replace(/:[0-9]*$/, '').toLowerCase();
