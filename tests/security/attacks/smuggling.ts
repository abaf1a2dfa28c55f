import { attack, get, type Http1Attack, head, NATIVE, OPEN } from '../attack.ts';

const MALFORMED = { code: 'ERR_HTTP_MALFORMED', closes: true } as const;
const EVIL = 'GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\n\r\n';
const HEAD = [
  `POST ${NATIVE} HTTP/1.1`,
  'host: localhost',
  'authorization: Bearer {token}',
  'content-type: application/json',
];
const body = (bytes: string, ...headers: readonly string[]) => head(...HEAD, ...headers) + bytes;
const chunked = (bytes: string) => body(bytes, 'transfer-encoding: chunked');
const coded = (name: string, header: string) =>
  attack(name, body(`0\r\n\r\n${EVIL}`, header), ['closed', 400], { closes: true });
const sized = (name: string, length: string) =>
  attack(name, body(`{}${EVIL}`, `content-length: ${length}`), 400, MALFORMED);

/** Requests that end in one place for us and in another for a proxy, with a request of the attacker's in between. */
export const SMUGGLING: readonly Http1Attack[] = [
  attack('CL.TE', body(`0\r\n\r\n${EVIL}`, 'content-length: 5', 'transfer-encoding: chunked'), 400, MALFORMED),
  attack(
    'TE.CL',
    body(`2\r\n{}\r\n0\r\n\r\n${EVIL}`, 'transfer-encoding: chunked', 'content-length: 4'),
    400,
    MALFORMED,
  ),
  attack('CL.0: a length and no body read', body(EVIL, `content-length: ${EVIL.length}`), 400, {
    code: 'ERR_HTTP_JSON_MALFORMED',
  }),
  attack(
    'TE.TE: chunked, identity',
    body(`0\r\n\r\n${EVIL}`, 'transfer-encoding: chunked', 'transfer-encoding: identity'),
    400,
    MALFORMED,
  ),
  attack(
    'TE.TE: identity, chunked',
    body(`0\r\n\r\n${EVIL}`, 'transfer-encoding: identity', 'transfer-encoding: chunked'),
    400,
    MALFORMED,
  ),
  attack('TE.TE: chunked, chunked', body(`0\r\n\r\n${EVIL}`, 'transfer-encoding: chunked, chunked'), 400, MALFORMED),
  attack('a coding before chunked', body(`0\r\n\r\n${EVIL}`, 'transfer-encoding: gzip, chunked'), 400, MALFORMED),
  coded('xchunked', 'transfer-encoding: xchunked'),
  coded('chunked in quotes', 'transfer-encoding: "chunked"'),
  coded('chunked with a vertical tab', 'transfer-encoding: \x0bchunked'),
  coded('chunked with a parameter', 'transfer-encoding: chunked;a=b'),
  coded('chunked, then nothing', 'transfer-encoding: chunked,'),
  coded('an empty coding', 'transfer-encoding:'),
  coded('a coding after a space and before the colon', 'transfer-encoding : chunked'),
  coded('a coding after a bare LF', 'x: y\ntransfer-encoding: chunked'),
  coded('a coding after a bare CR', 'x: y\rtransfer-encoding: chunked'),
  coded('a folded coding', 'transfer-encoding:\r\n chunked'),
  attack('two lengths', body(`{}${EVIL}`, 'content-length: 2', 'content-length: 0'), 400, MALFORMED),
  attack('two equal lengths', body('{}', 'content-length: 2', 'content-length: 2'), 400, MALFORMED),
  sized('a list of lengths', '2, 2'),
  sized('a length with a plus', '+2'),
  sized('a negative length', '-2'),
  sized('a hexadecimal length', '0x2'),
  sized('a length with a space inside', '2 2'),
  sized('a length with an underscore', '1_0'),
  sized('an empty length', ''),
  sized('a length past 64 bits', '99999999999999999999999'),
  attack('a length before a space and the colon', body('{}', 'content-length : 2'), 400, MALFORMED),
  attack('a negative chunk', chunked(`-2\r\n{}\r\n0\r\n\r\n${EVIL}`), 'closed'),
  attack('a chunk past 64 bits', chunked(`fffffffffffffffff\r\n{}\r\n0\r\n\r\n${EVIL}`), 'closed'),
  attack('a chunk size with 0x', chunked(`0x2\r\n{}\r\n0\r\n\r\n${EVIL}`), 'closed'),
  attack('a chunk size after a space', chunked(` 2\r\n{}\r\n0\r\n\r\n${EVIL}`), 'closed'),
  attack('a chunk that ends with a bare LF', chunked(`2\n{}\n0\n\n${EVIL}`), 'closed'),
  attack('a chunk longer than it says', chunked(`2\r\n{}{}\r\n0\r\n\r\n${EVIL}`), 'closed'),
  attack('a chunk extension of 20 kB', chunked(`2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n${EVIL}`), 'closed'),
  attack('a chunk extension with a bare LF (CVE-2025-22871)', chunked(`2;a\n{}\r\n0\r\n\r\n${EVIL}`), 'closed'),
  attack(
    'a length in the trailers',
    chunked(`2\r\n{}\r\n0\r\ncontent-length: ${EVIL.length}\r\n\r\n${EVIL}`),
    'closed',
  ),
  attack('trailers of 40 kB', chunked(`2\r\n{}\r\n0\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`), ['closed', 431]),
  attack('a request inside the body of a GET', get(OPEN, `content-length: ${EVIL.length}`) + EVIL, 200),
  attack('a header folded over two lines', get(OPEN, 'x-evil: a', ' transfer-encoding: chunked'), 400, MALFORMED),
  attack('bare LF everywhere', get(OPEN).replaceAll('\r\n', '\n'), 400, MALFORMED),
  attack('an end of head without its last LF (CVE-2025-23167)', `${get(OPEN).slice(0, -2)}\r${EVIL}`, 400, MALFORMED),
  attack('an absolute URL of another host', get(`https://evil.example${OPEN}`), 400, MALFORMED),
  attack('an absolute URL over plain HTTP', get(`http://localhost${OPEN}`), 400, MALFORMED),
  attack('an absolute URL with a user', get(`https://localhost@evil.example${OPEN}`), 400, MALFORMED),
  attack('another scheme', get('file:///etc/passwd'), 400, MALFORMED),
  attack('a network path', get(`//evil.example${OPEN}`), 404),
  attack('CONNECT', head('CONNECT 169.254.169.254:80 HTTP/1.1', 'host: 169.254.169.254:80'), 405, { closes: true }),
  attack('TRACE', head(`TRACE ${OPEN} HTTP/1.1`, 'host: localhost', 'x-secret: echo'), 405),
  attack(
    'an upgrade to a WebSocket',
    get(OPEN, 'connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'),
    200,
  ),
  attack(
    'an upgrade to clear HTTP/2',
    get(OPEN, 'connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQCAAAAAAIAAAAA'),
    200,
  ),
  attack('a hop-by-hop length', get(OPEN, 'connection: content-length, authorization, host'), 200),
  attack('an expectation nobody knows', get(OPEN, 'expect: 200-ok'), 417),
  attack('two expectations', get(OPEN, 'expect: 100-continue', 'expect: evil'), 400, MALFORMED),
];
