import { attack, get, type Http1Attack, head, NATIVE, OPEN, post } from '../attack.ts';

const ADMIN = '/api/v1/admin/limits';
const anonymous = (method: string, path: string, ...headers: readonly string[]) =>
  head(`${method} ${path} HTTP/1.1`, 'host: localhost', ...headers);
const job = { prompt: 'a', maxTokens: 4, mode: 'async' };
const overridden = (...headers: readonly string[]) => anonymous('POST', ADMIN, 'content-length: 0', ...headers);

/** Pages of other origins, hosts of other people, headers that mean another request than the line says. */
export const ORIGINS: readonly Http1Attack[] = [
  ...['x-http-method-override', 'x-http-method', 'x-method-override', '_method'].map((name) =>
    attack(`another method by ${name}`, overridden(`${name}: GET`), 405),
  ),
  attack('another method by the query', anonymous('POST', `${ADMIN}?_method=GET`, 'content-length: 0'), 405),
  attack('a deletion by override', get('/api/v1/jobs/none', 'x-http-method-override: DELETE'), 404),
  attack('an origin with the name inside', get(OPEN, 'origin: https://localhost.evil.example'), 200),
  attack('an origin of an extension', get(OPEN, 'origin: chrome-extension://evil'), 200),
  attack('two origins', get(OPEN, 'origin: https://a.example', 'origin: https://b.example'), [200, 400]),
  attack('an origin with a quote', get(OPEN, 'origin: https://evil.example"><script>'), 200),
  attack(
    'a preflight for a private network',
    anonymous('OPTIONS', NATIVE, 'origin: https://evil.example', 'access-control-request-private-network: true'),
    204,
  ),
  attack(
    'a preflight for credentials',
    anonymous(
      'OPTIONS',
      NATIVE,
      'origin: null',
      'access-control-request-method: POST',
      'access-control-request-headers: authorization',
    ),
    204,
  ),
  attack(
    'a request that a page can send without a preflight',
    post(NATIVE, { prompt: 'a' }, 'origin: https://evil.example', 'sec-fetch-site: cross-site').replace(
      'content-type: application/json',
      'content-type: text/plain',
    ),
    415,
  ),
  attack('a host of somebody', anonymous('GET', OPEN).replace('localhost', 'evil.example'), [200, 421]),
  attack('a host that is a number', anonymous('GET', OPEN).replace('localhost', '2130706433'), [200, 421]),
  attack('a host with another port', anonymous('GET', OPEN).replace('localhost', 'localhost:1'), [200, 421]),
  attack('a host with two ports', anonymous('GET', OPEN).replace('localhost', 'localhost:1:2'), 400),
  attack('a host with a port past 16 bits', anonymous('GET', OPEN).replace('localhost', 'localhost:65536'), 400),
  attack('a host with a comma', anonymous('GET', OPEN).replace('localhost', 'localhost,evil.example'), 400),
  attack('a host with a NUL', anonymous('GET', OPEN).replace('localhost', 'localhost\0.evil.example'), 400),
  attack('a host with an encoded slash', anonymous('GET', OPEN).replace('localhost', 'localhost%2fevil'), 400),
  attack('a host in brackets that is no address', anonymous('GET', OPEN).replace('localhost', '[evil]'), 400),
  attack(
    'a job whose address would be elsewhere',
    post(NATIVE, job, 'x-forwarded-host: evil.example', 'x-forwarded-proto: http', 'x-forwarded-port: 1'),
    202,
  ),
  attack('a poisoned cache: scheme', get('/docs', 'x-forwarded-scheme: http', 'x-forwarded-ssl: off'), 200),
  attack('a poisoned cache: path', get('/docs', 'x-original-url: /evil', 'x-rewrite-url: /evil'), 200),
  attack('a poisoned cache: prefix', get('/docs', 'x-forwarded-prefix: //evil.example', 'x-script-name: /evil'), 200),
  attack('a poisoned cache: a body in a GET', `${get('/docs', 'content-length: 4')}evil`, 200),
  attack('a poisoned cache: a deceptive name', get('/api/v1/models/x.css'), 404),
  attack('a poisoned cache: a path behind a route', get('/api/v1/health/live/evil.css'), 404),
  attack('a poisoned cache: a query twice', get('/docs?a=1&a=2', 'pragma: x', 'cache-control: only-if-cached'), 200),
  attack(
    'an address by every header',
    anonymous(
      'GET',
      ADMIN,
      'client-ip: 127.0.0.1',
      'true-client-ip: 127.0.0.1',
      'cf-connecting-ip: 127.0.0.1',
      'x-client-ip: 127.0.0.1',
      'x-cluster-client-ip: 127.0.0.1',
    ),
    401,
  ),
  attack('a key in the URL', anonymous('GET', `${ADMIN}?api_key={token}&key={token}`), 401),
  attack('credentials of another kind', anonymous('GET', ADMIN, 'authorization: Digest username="root"'), 401),
  attack('a scheme without a space', anonymous('GET', ADMIN, 'authorization: Bearer{token}'), 401),
  attack('a scheme and a tab', anonymous('GET', ADMIN, 'authorization: Bearer\t{token}'), [401, 400]),
  attack('a token with a NUL', anonymous('GET', ADMIN, 'authorization: Bearer {token}\0'), 400),
  attack('a token folded over two lines', anonymous('GET', ADMIN, 'authorization: Bearer', ' {token}'), 400),
  attack(
    'a credential in a trailer',
    `${anonymous('POST', NATIVE, 'content-type: application/json', 'transfer-encoding: chunked')}2\r\n{}\r\n0\r\nauthorization: Bearer {token}\r\n\r\n`,
    ['closed', 400, 401],
  ),
  ...[
    '__proto__',
    'constructor',
    '0',
    "'--",
    '{{7*7}}',
    '%0d%0aset-cookie:x=1',
    '../../etc/passwd',
    '\x24{jndi:ldap://127.0.0.1:1/a}',
  ].map((key) => attack(`the idempotency key ${key}`, post(NATIVE, job, `idempotency-key: ${key}`), 202)),
  attack(
    'an idempotency key again, for something else',
    post(NATIVE, { ...job, prompt: 'b' }, 'idempotency-key: constructor'),
    [409, 422],
  ),
  attack('an idempotency key with a space', post(NATIVE, job, 'idempotency-key: a b'), 400),
  attack('an idempotency key of nothing', post(NATIVE, job, 'idempotency-key:'), 400),
  ...['-1', '1e9', 'NaN', '%0aevent:x', '{"$gt":""}', "' OR 1=1--", '\xe2\x80\xa8data: x', 'a'.repeat(5000)].map((id) =>
    attack(`the last event ${id.slice(0, 20)}`, get('/api/v1/jobs/none/events', `last-event-id: ${id}`), 404),
  ),
  attack(
    'metadata that would be headers',
    post('/v1/responses', {
      model: 'scripted',
      input: 'a',
      metadata: { 'x\r\nset-cookie': 'a=b', k: '\r\n\r\nlocation: https://evil.example' },
    }),
    [200, 400],
    { answers: 1 },
  ),
  attack(
    'a user that would be a log line',
    post('/v1/embeddings', { model: 'scripted', input: 'a', user: '\n{"log.level":"fatal"}' }),
    [200, 400],
  ),
];
