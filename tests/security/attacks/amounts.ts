import { attack, CHAT, get, type Http1Attack, NATIVE, post } from '../attack.ts';

const chat = (more: object) =>
  post(CHAT, { model: 'scripted', messages: [{ role: 'user', content: 'hi' }], max_tokens: 4, ...more });
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const object = (entries: readonly (readonly [string, unknown])[]) => Object.fromEntries(entries);
const schema = (given: object) =>
  chat({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema: given } } });
const deep = (levels: number): object =>
  Array.from({ length: levels }).reduce<object>((inner) => ({ type: 'object', properties: { a: inner } }), {});
/** Refused, or done within its limits; the good request afterwards says whether anything is left of it. */
const BOUNDED = [200, 400, 413, 422] as const;

/** Requests that are small to send and large to serve. */
export const AMOUNTS: readonly Http1Attack[] = [
  attack(
    'ten thousand texts to embed',
    post('/v1/embeddings', { model: 'scripted', input: many(10_000, () => 'a') }),
    400,
  ),
  attack(
    'ten thousand documents to rank',
    post('/v1/rerank', { model: 'scripted', query: 'a', documents: many(10_000, () => 'a') }),
    400,
  ),
  attack(
    'more tokens than a list may hold',
    post('/api/v1/detokenize', `{"tokens":[${'1,'.repeat(131_072)}1]}`),
    [400, 413],
  ),
  attack('a token past 32 bits', post('/api/v1/detokenize', { tokens: [2 ** 31] }), 400),
  attack('a token below zero', post('/api/v1/detokenize', { tokens: [-1] }), 400),
  attack('ten thousand biases', chat({ logit_bias: object(many(10_000, (index) => [String(index), 1])) }), BOUNDED),
  attack('a bias of a million', chat({ logit_bias: { 1: 1e6 } }), 400),
  attack(
    'a thousand tools',
    chat({ tools: many(1000, (index) => ({ type: 'function', function: { name: `f${index}` } })) }),
    BOUNDED,
  ),
  attack(
    'ten thousand turns',
    post(CHAT, { model: 'scripted', max_tokens: 4, messages: many(10_000, () => ({ role: 'user', content: '' })) }),
    BOUNDED,
  ),
  attack(
    'ten thousand parts of a turn',
    chat({ messages: [{ role: 'user', content: many(5000, () => ({ type: 'text', text: 'a' })) }] }),
    BOUNDED,
  ),
  attack('a schema with a slow expression', schema({ type: 'string', pattern: '^(a+)+$' }), BOUNDED),
  attack('a schema with a backreference', schema({ type: 'string', pattern: '^(a)\\1{1000}$' }), BOUNDED),
  attack('a schema that repeats a billion times', schema({ type: 'string', pattern: '^a{1000000000}$' }), BOUNDED),
  attack('a schema that names itself', schema({ $ref: '#' }), BOUNDED),
  attack(
    'a schema in a circle',
    schema({ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }),
    BOUNDED,
  ),
  attack('a schema elsewhere', schema({ $ref: 'http://127.0.0.1:1/schema.json' }), BOUNDED),
  attack('a schema in a file', schema({ $ref: 'file:///etc/passwd' }), BOUNDED),
  attack('a schema 25 deep', schema(deep(25)), BOUNDED),
  attack('a schema of ten thousand words', schema({ enum: many(10_000, (index) => `w${index}`) }), BOUNDED),
  attack('a schema of a billion items', schema({ type: 'array', minItems: 1e9, items: {} }), BOUNDED),
  attack(
    'a schema that doubles thirty times',
    schema(
      object([
        ['$ref', '#/$defs/a0'],
        [
          '$defs',
          object(
            many(30, (index) => [
              `a${index}`,
              { allOf: [{ $ref: `#/$defs/a${index + 1}` }, { $ref: `#/$defs/a${index + 1}` }] },
            ]),
          ),
        ],
      ]),
    ),
    BOUNDED,
  ),
  attack(
    'a grammar that calls itself',
    post(NATIVE, { prompt: 'a', maxTokens: 4, responseFormat: { type: 'grammar', grammar: 'root ::= root' } }),
    BOUNDED,
  ),
  attack(
    'a grammar without end',
    post(NATIVE, {
      prompt: 'a',
      maxTokens: 4,
      responseFormat: { type: 'grammar', grammar: `root ::= ${'('.repeat(5000)}` },
    }),
    BOUNDED,
  ),
  attack('a hundred and twenty-nine choices', chat({ n: 129 }), 400),
  attack('a best of a thousand', post('/v1/completions', { model: 'scripted', prompt: 'a', best_of: 1000 }), 400),
  attack('a thousand prompts', post('/v1/completions', { model: 'scripted', prompt: many(1000, () => 'a') }), BOUNDED),
  attack('a penalty without end', chat({ frequency_penalty: 1e308 }), 400),
  attack('a top_k of a billion', chat({ top_k: 1e12 }), [200, 400]),
  attack('a deadline of a year', post(NATIVE, { prompt: 'a', deadlineMs: 31_536_000_000 }), 400),
  attack('a page of a billion jobs', get('/api/v1/jobs?limit=1000000000'), 400),
  attack('a page of minus one', get('/api/v1/jobs?limit=-1'), 400),
  attack('a page asked for twice', get('/api/v1/jobs?limit=1&limit=1000'), [200, 400]),
  attack('a page by an object', get('/api/v1/jobs?limit[$gt]=0'), 400),
  attack(
    'a span of ten thousand years',
    get('/api/v1/usage?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z'),
    [200, 400, 404],
  ),
  attack(
    'replicas past any machine',
    post('/api/v1/admin/replicas', { model: 'scripted', replicas: 1e6 }).replace('POST', 'PUT'),
    400,
  ),
  attack('limits of nothing', post('/api/v1/admin/limits', { maxConcurrency: 0 }).replace('POST', 'PUT'), 400),
  attack('limits below nothing', post('/api/v1/admin/limits', { queue: -1 }).replace('POST', 'PUT'), 400),
  attack(
    'an adapter that is a path',
    post(NATIVE, { prompt: 'a', adapters: [{ name: '../../etc/passwd', scale: 1 }] }),
    400,
  ),
];
