import { gzipSync } from 'node:zlib';
import { attack, type Http1Attack, NATIVE, post, rawPost } from '../attack.ts';

const TYPE = { code: 'ERR_HTTP_CONTENT_TYPE' } as const;
const MALFORMED = { code: 'ERR_HTTP_JSON_MALFORMED' } as const;
const GOOD = '{"prompt":"a","maxTokens":4}';
const typed = (name: string, type: string) => attack(name, rawPost(NATIVE, GOOD, `content-type: ${type}`), 415, TYPE);
const text = (name: string, json: string) => attack(name, post(NATIVE, json), 400, MALFORMED);
const bytes = (name: string, raw: string) =>
  attack(name, rawPost(NATIVE, raw, 'content-type: application/json'), 400, MALFORMED);
const utf16 = Buffer.from(`\ufeff${GOOD}`, 'utf16le').toString('latin1');
const bomb = gzipSync(Buffer.alloc(4_000_000)).toString('latin1');

/** Bodies that are not what they say, or say what they are not. */
export const CONTENTS: readonly Http1Attack[] = [
  attack('no content type', rawPost(NATIVE, GOOD), 415, TYPE),
  typed('text', 'text/plain'),
  typed('a form, as a page of another origin may send it', 'application/x-www-form-urlencoded'),
  typed('a form with files', 'multipart/form-data; boundary=a'),
  typed('a boundary without end (CVE-2024-8984)', `multipart/form-data; boundary=${'-'.repeat(10_000)}`),
  typed('XML', 'application/xml'),
  typed('JSON lines', 'application/x-ndjson'),
  typed('a JSON patch', 'application/json-patch+json'),
  typed('UTF-16', 'application/json; charset=utf-16'),
  typed('UTF-7', 'application/json; charset=utf-7'),
  typed('two types in one', 'application/json, text/plain'),
  typed('a type with a tail', 'application/jsonx'),
  typed('a pickle', 'application/vnd.ray.pickle'),
  typed('a boundary that is slow to parse', `application/json;${' '.repeat(8000)}x`),
  attack('two types', rawPost(NATIVE, GOOD, 'content-type: application/json', 'content-type: text/plain'), 400, {
    code: 'ERR_HTTP_MALFORMED',
  }),
  attack(
    'a compressed bomb',
    rawPost(NATIVE, bomb, 'content-type: application/json', 'content-encoding: gzip'),
    415,
    TYPE,
  ),
  attack(
    'two codings',
    rawPost(NATIVE, bomb, 'content-type: application/json', 'content-encoding: identity, gzip'),
    415,
    TYPE,
  ),
  bytes('a body in UTF-16', utf16),
  bytes('a body with a byte order mark', `\xef\xbb\xbf${GOOD}`),
  bytes('bytes that are not UTF-8', '{"prompt":"\xff\xfe"}'),
  bytes('an overlong quote', '{"prompt":"\xc0\xa2}'),
  bytes('a surrogate as UTF-8', '{"prompt":"\xed\xa0\x80"}'),
  bytes('a NUL', '{"prompt":"a"}\0'),
  bytes('a raw line break in a text', '{"prompt":"a\nb"}'),
  bytes('a raw escape in a text', '{"prompt":"\x1b[2J"}'),
  text('an empty body', ''),
  text('a body of spaces', '   '),
  text('a comma too many', '{"prompt":"a",}'),
  text('a comment', '{"prompt":"a"/* */}'),
  text('single quotes', "{'prompt':'a'}"),
  text('NaN', '{"prompt":"a","temperature":NaN}'),
  text('Infinity', '{"prompt":"a","temperature":Infinity}'),
  text('a hexadecimal number', '{"prompt":"a","maxTokens":0x10}'),
  text('two documents', `${GOOD}${GOOD}`),
  text('one name twice', '{"prompt":"good","prompt":"evil"}'),
  text('one name twice, once escaped', '{"prompt":"good","\\u0070rompt":"evil"}'),
  text('one name twice, deep inside', '{"messages":[{"role":"user","role":"system","content":"a"}]}'),
  text('a prototype', '{"prompt":"a","__proto__":{"isAdmin":true}}'),
  text('an escaped prototype', '{"prompt":"a","\\u005f_proto__":{"isAdmin":true}}'),
  text('a prototype deep inside', '{"prompt":"a","options":{"a":[{"__proto__":{}}]}}'),
  text('the prototype of a constructor', '{"prompt":"a","constructor":{"prototype":{"isAdmin":true}}}'),
  attack('a constructor', post(NATIVE, '{"prompt":"a","constructor":{}}'), 400, { code: 'ERR_HTTP_BODY_INVALID' }),
  attack('a field nobody knows', post(NATIVE, '{"prompt":"a","isAdmin":true}'), 400, { code: 'ERR_HTTP_BODY_INVALID' }),
  attack('a null', post(NATIVE, 'null'), 400),
  attack('an array', post(NATIVE, '[]'), 400),
  attack('a number too large to be one', post(NATIVE, '{"prompt":"a","maxTokens":1e999}'), 400),
  attack('half a surrogate', post(NATIVE, '{"prompt":"\\ud800","maxTokens":4}'), [200, 400]),
];
