import type { Http2Attack } from '../attack.ts';
import { ask, block, type Field, FLAG, frame, repeat, request, settings, TYPE, uint32 } from '../frames.ts';

const PATH = '/api/v1/health/live';
const GET = ask('GET', PATH);
const one = (name: string, expect: Http2Attack['expect'], ...frames: readonly Buffer[]): Http2Attack => ({
  name,
  expect,
  frames: () => frames,
});
const fields = (name: string, expect: Http2Attack['expect'], ...all: readonly Field[]) =>
  one(name, expect, request(1, all));
const without = (name: string) => GET.filter(([field]) => field !== name);
const odd = (index: number) => index * 2 + 1;
const window = (stream: number, increment: number) => frame(TYPE.windowUpdate, 0, stream, uint32(increment));
const posting = (stream: number, ...more: readonly Field[]) =>
  request(
    stream,
    [...ask('POST', '/api/v1/inference'), ['content-type', 'application/json'], ...more],
    FLAG.endHeaders,
  );
/** One field in the table, named again and again by one byte each. */
const bomb = (stream: number, references: number) =>
  frame(
    TYPE.headers,
    FLAG.endHeaders | FLAG.endStream,
    stream,
    Buffer.concat([
      block(GET),
      Buffer.from([0x40, 1]),
      Buffer.from('a'),
      Buffer.from([1]),
      Buffer.from('b'),
      Buffer.alloc(references, 0xbe),
    ]),
  );

/** Node leaves such a field out and hands on the rest: it reaches nobody. */
const DROPPED = ['reset', 200] as const;

/** HTTP/2 that is wrong in its heads. */
export const HEADS: readonly Http2Attack[] = [
  fields('CONNECT', [405, 'reset'], [':method', 'CONNECT'], [':authority', 'localhost:1']),
  fields(
    'CONNECT to a protocol',
    ['reset', 'ended', 400, 405],
    [':method', 'CONNECT'],
    [':protocol', 'websocket'],
    [':scheme', 'https'],
    [':authority', 'localhost'],
    [':path', PATH],
  ),
  fields('an expectation nobody knows', 417, ...GET, ['expect', '200-ok']),
  fields('a host that is not the authority', 400, ...GET, ['host', 'evil.example']),
  fields(
    'an authority with a path (CVE-2026-48710)',
    [400, 'reset'],
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', 'localhost/docs?'],
    [':path', PATH],
  ),
  fields(
    'an authority with a user',
    [400, 'reset'],
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', 'root@localhost'],
    [':path', PATH],
  ),
  fields('no authority and no host', [400, 'reset'], ...without(':authority')),
  fields('two credentials', 400, ...GET, ['authorization', 'Bearer evil'], ['authorization', 'Bearer evil']),
  fields('two paths', 'reset', ...GET, [':path', '/docs']),
  fields('no path', 'reset', ...without(':path')),
  fields('an empty path', 'reset', ...without(':path'), [':path', '']),
  fields('a path without a slash', 'reset', ...without(':path'), [':path', 'evil']),
  fields('a path with dots', 400, ...without(':path'), [':path', '/docs/../api']),
  fields('a path with a line break', 'reset', ...without(':path'), [':path', '/\r\nevil: x']),
  fields('a path beyond ASCII', [400, 'reset'], ...without(':path'), [':path', '/\xe2\x80\xa8']),
  fields('no method', 'reset', ...without(':method')),
  fields('a method with a space', 'reset', ...without(':method'), [':method', 'GET /evil HTTP/1.1']),
  fields('a method nobody defined', 405, ...without(':method'), [':method', 'EVIL']),
  fields('a method in lower case', 400, ...without(':method'), [':method', 'get']),
  fields('TRACE', 405, ...without(':method'), [':method', 'TRACE']),
  fields('a status in a request', 'reset', ...GET, [':status', '200']),
  fields('a pseudo field nobody defined', 'reset', ...GET, [':evil', 'x']),
  fields('a pseudo field after the others', 'reset', ['x', 'y'], ...GET),
  fields('a name in upper case', 'reset', ...GET, ['X-Evil', 'x']),
  fields('a name with a colon', DROPPED, ...GET, ['x:evil', 'x']),
  fields('an empty name', DROPPED, ...GET, ['', 'x']),
  fields('a value with a line break (smuggling by downgrade)', DROPPED, ...GET, ['x', 'a\r\nevil: x']),
  fields('a value with a NUL', DROPPED, ...GET, ['x', 'a\0b']),
  fields('a connection field', 'reset', ...GET, ['connection', 'keep-alive']),
  fields('a transfer coding (H2.TE)', 'reset', ...GET, ['transfer-encoding', 'chunked']),
  fields('an upgrade', 'reset', ...GET, ['upgrade', 'h2c']),
  fields('te that is not trailers', 'reset', ...GET, ['te', 'gzip']),
  fields('a length without a body (H2.CL)', 'reset', ...GET, ['content-length', '10']),
  fields('two lengths', 'reset', ...GET, ['content-length', '0'], ['content-length', '1']),
  fields('a length that is none', 'reset', ...GET, ['content-length', 'evil']),
  fields(
    'two hundred fields',
    [431, 'reset', 'ended'],
    ...GET,
    ...repeat(200, () => Buffer.alloc(0)).map((_, index): Field => [`x-${index}`, 'a']),
  ),
  fields('a field of 40 kB', [431, 'reset', 'ended'], ...GET, ['x', 'a'.repeat(16_000)], ['y', 'a'.repeat(300)]),
  one(
    'a bomb of indexed fields (CVE-2026-49975)',
    [431, 'reset', 'ended'],
    ...repeat(50, (index) => bomb(odd(index), 8000)),
  ),
  one(
    'a body longer than its length',
    ['reset', 'ended', 400, 401],
    posting(1, ['content-length', '2']),
    frame(TYPE.data, FLAG.endStream, 1, Buffer.alloc(100, '{')),
  ),
];

/** HTTP/2 that is wrong in its frames, or too much of it. */
export const FRAMES: readonly Http2Attack[] = [
  one(
    'a head without end (CVE-2024-27983)',
    ['ended', 'reset'],
    frame(TYPE.headers, 0, 1, block(GET)),
    ...repeat(2000, () => frame(TYPE.continuation, 0, 1, block([['x', 'y'.repeat(100)]]))),
  ),
  one(
    'empty continuations without end',
    ['ended', 'reset'],
    frame(TYPE.headers, 0, 1, block(GET)),
    ...repeat(5000, () => frame(TYPE.continuation, 0, 1)),
  ),
  one('a continuation of nothing', 'ended', frame(TYPE.continuation, FLAG.endHeaders, 1, block(GET))),
  one('another frame inside a head', 'ended', frame(TYPE.headers, 0, 1, block(GET)), settings()),
  one('a head on an even stream', 'ended', request(2, GET)),
  one('a head on no stream', 'ended', request(0, GET)),
  one('streams that go backwards', [200, 'ended'], request(5, GET), request(3, GET)),
  one('a body on an idle stream', 'ended', frame(TYPE.data, 0, 1, Buffer.from('{}'))),
  one('a body on no stream', 'ended', frame(TYPE.data, 0, 0, Buffer.from('{}'))),
  one('a second head', ['reset', 'ended', 200, 401], posting(1), request(1, GET)),
  one('a reset of an idle stream', 'ended', frame(TYPE.reset, 0, 1, uint32(8))),
  one('a reset of no stream', 'ended', frame(TYPE.reset, 0, 0, uint32(8))),
  one(
    'resets without end (CVE-2023-44487)',
    ['ended', 200],
    ...repeat(3000, (index) => Buffer.concat([request(odd(index), GET), frame(TYPE.reset, 0, odd(index), uint32(8))])),
  ),
  one(
    'resets that we are made to send (CVE-2025-8671)',
    ['reset', 'ended', 200, 401],
    ...repeat(3000, (index) => Buffer.concat([posting(odd(index)), window(odd(index), 0)])),
  ),
  one('more streams than allowed', ['reset', 401, 200], ...repeat(500, (index) => posting(odd(index)))),
  one('settings without end (CVE-2019-9515)', 'ended', ...repeat(5000, () => settings())),
  one(
    'settings that contradict themselves',
    'ended',
    ...repeat(2000, (index) => settings([4, index], [4, 0], [3, index])),
  ),
  one(
    'a settings frame of 2,000 entries',
    ['ended', 'survived'],
    settings(...Array.from({ length: 2000 }, () => [3, 1] as const)),
  ),
  one('a table of 4 GB', ['survived', 200], settings([1, 0xffff_ffff]), request(1, GET)),
  one('a window past 31 bits', 'ended', settings([4, 0xffff_ffff])),
  one('frames of 4 GB', 'ended', settings([5, 0xffff_ffff])),
  one('a push that is neither', 'ended', settings([2, 2])),
  one('settings of half an entry', 'ended', frame(TYPE.settings, 0, 0, Buffer.alloc(5))),
  one('an acknowledgement with a body', 'ended', frame(TYPE.settings, FLAG.ack, 0, Buffer.alloc(6))),
  one('pings without end (CVE-2019-9512)', 'ended', ...repeat(5000, () => frame(TYPE.ping, 0, 0, Buffer.alloc(8)))),
  one('a ping of the wrong size', 'ended', frame(TYPE.ping, 0, 0, Buffer.alloc(7))),
  one(
    'empty bodies without end (CVE-2019-9518)',
    ['ended', 'reset', 401],
    posting(1),
    ...repeat(5000, () => frame(TYPE.data, 0, 1)),
  ),
  one('a window step of nothing', 'ended', window(0, 0)),
  one('a window past its end (CVE-2026-21714)', 'ended', window(0, 0x7fff_ffff), window(0, 0x7fff_ffff)),
  one(
    'the window of a stream past its end',
    ['reset', 'ended', 401],
    posting(1),
    window(1, 0x7fff_ffff),
    window(1, 0x7fff_ffff),
  ),
  one('window steps without end', ['survived', 'ended'], ...repeat(20_000, () => window(0, 1))),
  one(
    'priorities without end (CVE-2019-9513)',
    ['survived', 'ended'],
    ...repeat(20_000, (index) => frame(TYPE.priority, 0, odd(index), Buffer.alloc(5))),
  ),
  one(
    'a stream that depends on itself',
    ['reset', 'ended', 200, 'survived'],
    frame(TYPE.priority, 0, 1, Buffer.concat([uint32(1), Buffer.from([0])])),
    request(3, GET),
  ),
  one(
    'frames nobody knows, without end',
    ['survived', 'ended'],
    ...repeat(20_000, () => frame(0xbe, 0xff, 0, Buffer.alloc(16))),
  ),
  one('a frame larger than agreed', 'ended', frame(TYPE.data, 0, 1, Buffer.alloc(20_000))),
  one(
    'padding longer than its frame',
    'ended',
    frame(TYPE.headers, FLAG.padded | FLAG.endHeaders | FLAG.endStream, 1, Buffer.from([255])),
  ),
  one(
    'a promise of a client',
    'ended',
    frame(TYPE.pushPromise, FLAG.endHeaders, 1, Buffer.concat([uint32(2), block(GET)])),
  ),
  one(
    'a farewell, then requests',
    ['ended', 200],
    frame(TYPE.goaway, 0, 0, Buffer.alloc(8)),
    ...repeat(20, (index) => request(odd(index), GET)),
  ),
  one(
    'a table entry that is not there',
    'ended',
    frame(TYPE.headers, FLAG.endHeaders | FLAG.endStream, 1, Buffer.from([0xff, 0xff, 0x03])),
  ),
  one(
    'an integer without end',
    'ended',
    frame(TYPE.headers, FLAG.endHeaders | FLAG.endStream, 1, Buffer.alloc(200, 0xff)),
  ),
  one('HTTP/1.1 inside HTTP/2', 'ended', Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')),
];
