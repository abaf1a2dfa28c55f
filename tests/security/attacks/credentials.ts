import { attack, CHAT, type Http1Attack, head, OPEN } from '../attack.ts';

const ADMIN = '/api/v1/admin/limits';
const ask = (...headers: readonly string[]) => head(`GET ${ADMIN} HTTP/1.1`, 'host: localhost', ...headers);
const refused = (name: string, ...headers: readonly string[]) => attack(name, ask(...headers), 401);
const base64 = (text: string) => Buffer.from(text).toString('base64url');
const NONE = `${base64('{"alg":"none"}')}.${base64('{"sub":"root","scope":"admin","exp":9999999999}')}.`;

/** Ways to be somebody without a credential. */
export const CREDENTIALS: readonly Http1Attack[] = [
  refused('no credential'),
  refused('an empty credential', 'authorization:'),
  refused('a scheme alone', 'authorization: Bearer'),
  refused('another scheme', 'authorization: Basic YWRtaW46YWRtaW4='),
  refused('a token without its scheme', 'authorization: {token}'),
  refused('two schemes', 'authorization: Bearer Bearer {token}'),
  refused('a list of tokens', 'authorization: Bearer evil, Bearer {token}'),
  refused('a token with a tail', 'authorization: Bearer {token}x'),
  refused('a token in quotes', 'authorization: Bearer "{token}"'),
  refused('a token without signature', `authorization: Bearer ${NONE}`),
  refused('a token of 10 kB', `authorization: Bearer ${'a.'.repeat(5000)}`),
  refused('a key of the wrong form', 'authorization: Bearer cbk_00000000_evil'),
  refused('a token in a cookie', 'cookie: authorization=Bearer {token}; token={token}'),
  refused('a token for a proxy', 'proxy-authorization: Bearer {token}'),
  refused('a token in a header of others', 'x-api-key: {token}', 'api-key: {token}', 'x-goog-api-key: {token}'),
  refused('a spoofed address', 'x-forwarded-for: 127.0.0.1', 'x-real-ip: 127.0.0.1', 'forwarded: for=127.0.0.1'),
  refused('a rewritten path', 'x-original-url: /docs', 'x-rewrite-url: /docs', 'x-forwarded-prefix: /docs'),
  refused('a spoofed user', 'x-forwarded-user: root', 'x-remote-user: root', 'x-user-id: root'),
  refused('a spoofed host', 'x-forwarded-host: localhost', 'x-host: localhost'),
  refused('a subrequest of a framework (CVE-2025-29927)', 'x-middleware-subrequest: middleware:middleware:middleware'),
  attack('two credentials', ask('authorization: Bearer evil', 'authorization: Bearer {token}'), 400, {
    code: 'ERR_HTTP_MALFORMED',
    closes: true,
  }),
  attack(
    'a token in the query',
    head(`GET ${ADMIN}?access_token={token}&token={token} HTTP/1.1`, 'host: localhost'),
    401,
  ),
  attack('a token in the URL', head(`GET https://x:{token}@localhost${ADMIN} HTTP/1.1`, 'host: localhost'), 400),
  attack(
    'another method by header',
    head(`POST ${OPEN} HTTP/1.1`, 'host: localhost', 'x-http-method-override: GET', 'content-length: 0'),
    405,
  ),
  attack('a method that is like another', head(`HEAD ${ADMIN} HTTP/1.1`, 'host: localhost'), 401),
  attack(
    'a credential in the body',
    head(`POST ${CHAT} HTTP/1.1`, 'host: localhost', 'content-type: application/json', 'content-length: 24') +
      '{"api_key":"{token}....."',
    401,
  ),
  attack(
    'a preflight does not open what it asks about',
    head(
      `OPTIONS ${ADMIN} HTTP/1.1`,
      'host: localhost',
      'origin: https://evil.example',
      'access-control-request-method: PUT',
    ),
    204,
  ),
];
