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
const chunked = (name: string, bytes: string) =>
  attack(name, body(`${bytes}${EVIL}`, 'transfer-encoding: chunked'), ['closed', 400], { closes: true });
/** A coding that one reads as chunked and another does not; what follows must never be read as a request. */
const coded = (name: string, header: string) =>
  attack(name, body(`0\r\n\r\n${EVIL}`, header), ['closed', 400], { closes: true });
const sized = (name: string, length: string) =>
  attack(name, body(`{}${EVIL}`, `content-length: ${length}`), 400, MALFORMED);

/** More ways to end a request in two places: chunks, lengths and lines that parsers are known to read differently. */
export const DESYNC: readonly Http1Attack[] = [
  chunked('a chunk size with a plus', '+2\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk size with an underscore', '0_2\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk size of letters', 'zz\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk size that is empty', '\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk size that wraps around 64 bits', '10000000000000002\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk size with a tab', '\t2\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk size with a NUL', '2\0\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk size behind a BOM', '\xef\xbb\xbf2\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk size that ends with a bare CR', '2\r{}\r\n0\r\n\r\n'),
  chunked('a chunk shorter than it says', '5\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk that ends with CR CR LF', '2\r\n{}\r\r\n0\r\n\r\n'),
  chunked('a chunk that ends with LF CR', '2\r\n{}\n\r0\r\n\r\n'),
  chunked('a chunk extension with a bare CR', '2;a=\rb\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk extension with a NUL', '2;a=\0\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk extension with a quote that holds a line break', '2;a="\r\n"\r\n{}\r\n0\r\n\r\n'),
  chunked('a last chunk with a bare LF', '2\r\n{}\r\n0\n\r\n'),
  chunked('a coding in the trailers', '2\r\n{}\r\n0\r\ntransfer-encoding: chunked\r\n\r\n'),
  chunked('a trailer with a space before its colon', '2\r\n{}\r\n0\r\nx : y\r\n\r\n'),
  chunked('a trailer with a NUL', '2\r\n{}\r\n0\r\nx: a\0b\r\n\r\n'),
  chunked('a trailer with a bare LF', '2\r\n{}\r\n0\r\nx: a\ny: b\r\n\r\n'),
  coded('chunked and a NUL', 'transfer-encoding: chunked\0'),
  coded('chunked and a form feed', 'transfer-encoding: chunked\x0c'),
  coded('chunked and a word', 'transfer-encoding: chunked identity'),
  coded('chunked in a list that begins empty', 'transfer-encoding: ,chunked'),
  coded('chunked with a soft hyphen', 'transfer-encoding: chun\xadked'),
  coded('chunked with a full-width letter', 'transfer-encoding: \xef\xbd\x83hunked'),
  coded('a coding behind a colon too many', 'transfer-encoding:: chunked'),
  coded('a coding whose name has a NUL', 'transfer-encoding\0: chunked'),
  coded('a coding whose name has a tab', 'transfer-encoding\t: chunked'),
  coded('a coding folded by a tab', 'x: y\r\n\ttransfer-encoding: chunked'),
  attack(
    'a coding with an underscore: no coding',
    body(`{}${''}`, 'transfer_encoding: chunked', 'content-length: 2'),
    400,
    { code: 'ERR_HTTP_BODY_INVALID' },
  ),
  attack('a length with an underscore: no length', body('', 'content_length: 50'), [400, 415]),
  attack(
    'a coding over HTTP/1.0',
    body(`0\r\n\r\n${EVIL}`, 'transfer-encoding: chunked').replace('HTTP/1.1', 'HTTP/1.0'),
    ['closed', 400],
    { closes: true },
  ),
  attack(
    'a tab before the coding, and a length',
    body(`0\r\n\r\n${EVIL}`, 'transfer-encoding:\tchunked', 'content-length: 5'),
    400,
    MALFORMED,
  ),
  sized('a length with a vertical tab', '\x0b2'),
  sized('a length with a decimal point', '2.0'),
  sized('a length with an exponent', '2e0'),
  sized('a length in full-width digits', '\xef\xbc\x92'),
  sized('a length with a comma behind it', '2,'),
  sized('a length in quotes', '"2"'),
  sized('a length one past 64 bits', '18446744073709551618'),
  sized('a length and a NUL', '2\0'),
  attack('a space before the request line', ` ${get(OPEN)}`, 400, MALFORMED),
  attack(
    'a header before the host that begins with a space',
    head(`GET ${OPEN} HTTP/1.1`, ' x: y', 'host: a'),
    400,
    MALFORMED,
  ),
  attack('a request line that ends with CR CR LF', get(OPEN).replace('HTTP/1.1\r\n', 'HTTP/1.1\r\r\n'), 400, MALFORMED),
  attack('a NUL behind the version', get(OPEN).replace('HTTP/1.1\r\n', 'HTTP/1.1\0\r\n'), 400, MALFORMED),
  attack('a version in lower case', get(OPEN).replace('HTTP/1.1', 'http/1.1'), 400, MALFORMED),
  // Node's parser takes it for HTTP/1.0 and does not tell; what it names is refused or served, and the connection ends.
  attack('another protocol', get(OPEN).replace('HTTP/1.1', 'RTSP/1.0'), [200, 400], { closes: true }),
  attack('a pipelined preface of HTTP/2', `${get(OPEN)}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`, 200, {
    closes: true,
  }),
  attack(
    'CL.0 where no body is read',
    head('POST /docs HTTP/1.1', 'host: localhost', `content-length: ${EVIL.length}`) + EVIL,
    405,
  ),
  attack(
    'HEAD with a request for a body',
    head(`HEAD ${OPEN} HTTP/1.1`, 'host: localhost', `content-length: ${EVIL.length}`) + EVIL,
    200,
  ),
  attack(
    'OPTIONS with a request for a body',
    head(`OPTIONS ${OPEN} HTTP/1.1`, 'host: localhost', `content-length: ${EVIL.length}`) + EVIL,
    204,
  ),
  attack(
    'TE.0: a GET with chunks',
    `${get(OPEN, 'transfer-encoding: chunked')}${EVIL.length.toString(16)}\r\n${EVIL}\r\n0\r\n\r\n`,
    200,
  ),
  attack(
    'an absolute URL that is not the host',
    head(`GET https://localhost${OPEN} HTTP/1.1`, 'host: evil.example'),
    400,
    MALFORMED,
  ),
  attack(
    'a handshake of a WebSocket',
    get(
      NATIVE,
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
      'sec-websocket-version: 13',
    ),
    405,
  ),
  attack('an upgrade to TLS', get(OPEN, 'connection: upgrade', 'upgrade: TLS/1.0'), 200),
  attack('CONNECT to a path', head(`CONNECT ${OPEN} HTTP/1.1`, 'host: localhost'), [400, 405], { closes: true }),
  attack(
    'TRACE with hops',
    head(`TRACE ${OPEN} HTTP/1.1`, 'host: localhost', 'max-forwards: 0', 'cookie: secret=1'),
    405,
  ),
];
