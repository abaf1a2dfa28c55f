import { attack, CHAT, get, type Http1Attack, head, NATIVE, post } from '../attack.ts';

const job = (callbackUrl: string) => post(NATIVE, { prompt: 'a', maxTokens: 4, mode: 'async', callbackUrl });
const callback = (name: string, url: string) => attack(name, job(url), 400);
const chat = { model: 'scripted', messages: [{ role: 'user', content: 'hi' }], max_tokens: 4, stream: true };
const del = (path: string) => head(`DELETE ${path} HTTP/1.1`, 'host: localhost', 'authorization: Bearer {token}');

/** Jobs, callbacks and streams. No callback is allowed here, so none of these may lead to a connection. */
export const WORK: readonly Http1Attack[] = [
  callback('a callback to this machine', 'http://127.0.0.1:1/'),
  callback('a callback to the metadata service', 'http://169.254.169.254/latest/meta-data/'),
  callback('a callback to a name', 'https://evil.example/'),
  callback('a callback by file', 'file:///etc/passwd'),
  callback('a callback by gopher', 'gopher://127.0.0.1:6379/_FLUSHALL'),
  callback('a callback by script', 'javascript:alert(1)'),
  callback('a callback with a user', 'https://localhost@evil.example/'),
  callback('a callback to a number', 'http://2130706433/'),
  callback('a callback to an octal address', 'http://0177.0.0.1/'),
  callback('a callback to mapped IPv6', 'http://[::ffff:127.0.0.1]/'),
  callback('a callback that is too long', `https://evil.example/${'a'.repeat(10_000)}`),
  attack('a job of somebody', get('/api/v1/jobs/00000000-0000-0000-0000-000000000000'), 404),
  attack('the events of a job of somebody', get('/api/v1/jobs/00000000-0000-0000-0000-000000000000/events'), 404),
  attack('the end of a job of somebody', del('/api/v1/jobs/00000000-0000-0000-0000-000000000000'), 404),
  attack('all jobs', get('/api/v1/jobs/*'), [400, 404]),
  attack('a job id of 4 kB', get(`/api/v1/jobs/${'a'.repeat(3900)}`), [400, 404]),
  attack('a job number that is none', get('/api/v1/jobs/-1'), [400, 404]),
  attack(
    'an idempotency key of 8 kB',
    post(NATIVE, { prompt: 'a', mode: 'async' }, `idempotency-key: ${'a'.repeat(8000)}`),
    400,
  ),
  attack(
    'an idempotency key beyond ASCII',
    post(NATIVE, { prompt: 'a', mode: 'async' }, 'idempotency-key: \xe2\x80\xa8'),
    [202, 400],
  ),
  attack(
    'two idempotency keys',
    post(NATIVE, { prompt: 'a', mode: 'async' }, 'idempotency-key: a', 'idempotency-key: b'),
    400,
  ),
  attack('a stream of a job', post(NATIVE, { prompt: 'a', mode: 'async', stream: true }), 400),
  attack(
    'an event id of the attacker',
    get('/api/v1/jobs/a/events', 'last-event-id: 99999999999999999999'),
    [400, 404],
  ),
  attack('a stream over HTTP/1.0', post(CHAT, chat).replace('HTTP/1.1', 'HTTP/1.0'), 200, { closes: true }),
  attack('a stream nobody may have', post(CHAT, chat).replace('Bearer {token}', 'Bearer evil'), 401),
  attack(
    'a stream that breaks its own frames',
    post(CHAT, { ...chat, messages: [{ role: 'user', content: 'a\n\ndata: [DONE]\n\nevent: x' }] }),
    200,
  ),
  attack(
    'the head of a stream',
    head(`HEAD ${CHAT} HTTP/1.1`, 'host: localhost', 'authorization: Bearer {token}'),
    405,
  ),
];
