import { attack, CHAT, get, type Http1Attack, head, NATIVE, OPEN, post } from '../attack.ts';
import { LIMITS } from '../target.ts';

const POST = [
  `POST ${NATIVE} HTTP/1.1`,
  'host: localhost',
  'authorization: Bearer {token}',
  'content-type: application/json',
];
const JSON_CODE = { code: 'ERR_HTTP_JSON_MALFORMED' } as const;
const nested = (levels: number, open = '[', close = ']') => `${open.repeat(levels)}0${close.repeat(levels)}`;

/** More of something than anybody needs. */
export const SIZES: readonly Http1Attack[] = [
  attack('a head that is too large', get(OPEN, `x-large: ${'x'.repeat(20_000)}`), 431, {
    code: 'ERR_HTTP_HEAD_TOO_LARGE',
    closes: true,
  }),
  attack('a header name of 20 kB', get(OPEN, `${'x'.repeat(20_000)}: x`), 431, { closes: true }),
  attack(
    'a hundred headers too many (CVE-2025-48956)',
    get(OPEN, ...Array.from({ length: 200 }, (_, index) => `x-${index}: a`)),
    431,
    {
      code: 'ERR_HTTP_HEAD_TOO_LARGE',
    },
  ),
  attack('two thousand empty headers', get(OPEN, ...Array.from({ length: 2000 }, () => 'a:')), 431, { closes: true }),
  attack('a cookie of 10 kB', get(OPEN, `cookie: ${'a=b; '.repeat(2000)}`), 200),
  attack('a URL that is too long', get(`${OPEN}?${'x'.repeat(5000)}`), 414, { code: 'ERR_HTTP_URL_TOO_LONG' }),
  attack('a URL longer than a head', get(`/${'x'.repeat(20_000)}`), 431, { closes: true }),
  attack('a thousand query parameters', get(`${OPEN}?${'a=&'.repeat(1000)}`), 200),
  attack('a body that announces too much', head(...POST, `content-length: ${LIMITS.maxBodyBytes + 1}`), 413, {
    closes: true,
  }),
  attack(
    'a body that is asked for before it is too much',
    head(...POST, `content-length: ${LIMITS.maxBodyBytes + 1}`, 'expect: 100-continue'),
    413,
  ),
  attack(
    'chunks that add up to too much',
    head(...POST, 'transfer-encoding: chunked') + `ff00\r\n${'x'.repeat(0xff00)}\r\n`.repeat(5),
    413,
    { closes: true },
  ),
  attack('arrays 65 deep', post(NATIVE, nested(65)), 400, JSON_CODE),
  attack('objects 65 deep', post(NATIVE, nested(65, '{"a":', '}')), 400, JSON_CODE),
  attack('brackets without end', post(NATIVE, '['.repeat(200_000)), 400, JSON_CODE),
  attack('quotes and backslashes without end', post(NATIVE, `"${'\\"'.repeat(100_000)}`), 400, JSON_CODE),
  attack(
    'an object of 20,000 names',
    post(NATIVE, `{${Array.from({ length: 20_000 }, (_, index) => `"a${index}":0`).join()}}`),
    400,
    {
      code: 'ERR_HTTP_BODY_INVALID',
    },
  ),
  attack('a number of 100,000 digits', post(NATIVE, `{"prompt":"a","maxTokens":${'9'.repeat(100_000)}}`), 400),
  attack('fifty requests without waiting', get(OPEN).repeat(50), [200, 429], {
    answers: LIMITS.maxPipelined + 1,
    closes: true,
  }),
  attack('half a head', [`GET ${OPEN} HTTP/1.1\r\nhost: loc`], 408, { code: 'ERR_HTTP_BODY_TIMEOUT', closes: true }),
  attack('nothing at all', [], ['closed', 408], { closes: true }),
  attack('half a body', `${head(...POST, 'content-length: 100')}{"a"`, 408, {
    code: 'ERR_HTTP_BODY_TIMEOUT',
    closes: true,
  }),
  attack('half a chunk', `${head(...POST, 'transfer-encoding: chunked')}ff\r\n{`, 408, { closes: true }),
  attack(
    'a body without a credential, before it is sent',
    head(`POST ${NATIVE} HTTP/1.1`, 'host: localhost', 'content-length: 200000', 'content-type: application/json'),
    401,
  ),
];

const chat = (more: object) => ({
  model: 'scripted',
  messages: [{ role: 'user', content: 'hi' }],
  max_tokens: 4,
  ...more,
});
const INVALID = 400;

/** Fields that made other engines allocate, loop or abort. */
export const PARAMETERS: readonly Http1Attack[] = [
  attack('a billion choices', post(CHAT, chat({ n: 1_000_000_000 })), INVALID),
  attack('no choices', post(CHAT, chat({ n: 0 })), INVALID),
  attack('a billion tokens', post(CHAT, chat({ max_tokens: 1e15 })), INVALID),
  attack('minus one token', post(CHAT, chat({ max_tokens: -1 })), INVALID),
  attack('log probabilities of all tokens (vLLM)', post(CHAT, chat({ logprobs: true, top_logprobs: -1 })), INVALID),
  attack(
    'log probabilities of a billion tokens (SGLang)',
    post(CHAT, chat({ logprobs: true, top_logprobs: 1e9 })),
    INVALID,
  ),
  attack('a temperature of 999999 (llama.cpp)', post(CHAT, chat({ temperature: 999_999 })), INVALID),
  attack('a negative top_p (llama.cpp)', post(CHAT, chat({ top_p: -1 })), INVALID),
  attack('a temperature that is a text', post(CHAT, chat({ temperature: 'hot' })), INVALID),
  attack('ten thousand stop texts', post(CHAT, chat({ stop: Array.from({ length: 10_000 }, () => 'a') })), INVALID),
  attack('a bias for a token that cannot be', post(CHAT, chat({ logit_bias: { '99999999999': 100 } })), INVALID),
  attack(
    'token ids that cannot be (SGLang)',
    post('/v1/completions', { model: 'scripted', prompt: [-1, 4_294_967_296] }),
    INVALID,
  ),
  attack('an upstream of the attacker (CVE-2024-6587)', post(CHAT, chat({ api_base: 'http://127.0.0.1:1/' })), INVALID),
  attack('a base URL of the attacker', post(CHAT, chat({ base_url: 'http://127.0.0.1:1/' })), INVALID),
  attack(
    'an image to fetch (CVE-2026-33626)',
    post(
      CHAT,
      chat({
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://127.0.0.1:1/' } }] }],
      }),
    ),
    INVALID,
  ),
  attack(
    'an image from a file',
    post(
      CHAT,
      chat({
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }],
      }),
    ),
    INVALID,
  ),
  attack('a role nobody has', post(CHAT, chat({ messages: [{ role: 'root', content: 'hi' }] })), INVALID),
  attack(
    'a chat template of the attacker (CVE-2025-61620)',
    post(CHAT, chat({ chat_template: "{{ ''.__class__ }}" })),
    INVALID,
  ),
  attack('a model that is a path', post(CHAT, { ...chat({}), model: '../../../../etc/passwd' }), [400, 404]),
  attack('a model that is a URL', post(CHAT, { ...chat({}), model: 'https://evil.example/model.gguf' }), [400, 404]),
  attack('a model that is an object', post(CHAT, { ...chat({}), model: { $ne: null } }), INVALID),
  attack('no messages', post(CHAT, { model: 'scripted', messages: [] }), INVALID),
  attack('a deadline in the past', post(NATIVE, { prompt: 'a', deadlineMs: -1 }), INVALID),
  attack('a priority nobody has', post(NATIVE, { prompt: 'a', priority: 'root' }), INVALID),
];
