import { attack, CHAT, get, type Http1Attack, head, NATIVE, OPEN, post } from '../attack.ts';

/** What must never stand in a log, a header or an answer as it is: it forges lines, moves cursors, or runs in a page. */
export const POISON =
  '\u001b[31mevil\u001b[0m\r\n{"log.level":"info","message":"forged"}\u2028forged\u0085<script>alert(1)</script>';

const named = (model: string) => ({ model, messages: [{ role: 'user', content: 'hi' }], max_tokens: 4 });
const UNKNOWN = [400, 404] as const;

/** Text of the attacker's on its way into logs, headers, databases and pages. */
export const INJECTION: readonly Http1Attack[] = [
  attack('poison as a model', post(CHAT, named(POISON)), UNKNOWN),
  attack('poison as a native model', post(NATIVE, { prompt: 'a', model: POISON }), UNKNOWN),
  attack('poison as a scenario', post(NATIVE, { prompt: 'a', scenario: POISON }), UNKNOWN),
  attack('poison as the name of a field', post(NATIVE, { prompt: 'a', [POISON]: 1 }), 400),
  attack('poison as a role', post(CHAT, { ...named('scripted'), messages: [{ role: POISON, content: 'hi' }] }), 400),
  attack('poison as a callback', post(NATIVE, { prompt: 'a', mode: 'async', callbackUrl: `https://${POISON}` }), 400),
  attack(
    'poison as a tool',
    post(CHAT, { ...named('scripted'), tools: [{ type: 'function', function: { name: POISON } }] }),
    400,
  ),
  attack('a request id of the attacker', get(OPEN, 'x-request-id: req_forged', 'x-correlation-id: forged'), 200),
  attack(
    'a user agent with markup',
    get(OPEN, 'user-agent: \x24{jndi:ldap://127.0.0.1:1/a} <script>alert(1)</script>'),
    200,
  ),
  attack('a user agent beyond ASCII', get(OPEN, 'user-agent: \xe2\x80\xa8\xc2\x85forged'), 200),
  attack('a trace parent that is none', get(OPEN, 'traceparent: 00-\xff-evil-01', 'tracestate: a=\xe2\x80\xa8'), 200),
  attack('a trace id that is too long', get(OPEN, `traceparent: 00-${'a'.repeat(4000)}-${'b'.repeat(4000)}-01`), 200),
  attack(
    'a forwarded address with markup',
    get(OPEN, 'x-forwarded-for: <script>, \x24{jndi:ldap://127.0.0.1:1/a}'),
    200,
  ),
  attack('a query with line breaks', get(`${OPEN}?a=%0d%0aset-cookie:%20x=1`), 200),
  attack('SQL as a job', get("/api/v1/jobs/'%20OR%201=1--"), UNKNOWN),
  attack('SQL as a span of time', get("/api/v1/usage?from='%20OR%201=1--"), UNKNOWN),
  attack('a shell as a model', post(CHAT, named('$(touch /tmp/evil);`id`')), UNKNOWN),
  attack('a template as a model', post(CHAT, named('{{7*7}}\x24{7*7}<%= 7*7 %>')), UNKNOWN),
  attack('an origin that is not allowed', get(OPEN, 'origin: https://evil.example'), 200),
  attack('the origin of a file', get(OPEN, 'origin: null'), 200),
  attack('an answer as an image', get(OPEN, 'accept: image/png'), [200, 406]),
  attack('an answer as a script', get(`${OPEN}?callback=alert`), 200),
  attack('a range of an answer', get('/docs/swagger-ui.css', 'range: bytes=0-0,0-0,0-0,0-0'), 200),
  attack('an etag without end', get('/docs', `if-none-match: ${'"a",'.repeat(3000)}`), 200),
  attack('a language without end', get(OPEN, `accept-language: ${'a-'.repeat(4000)}`), 200),
  attack('an encoding without end', get('/docs', `accept-encoding: ${'gzip;q=0.1,'.repeat(1000)}`), 200),
  attack('PURGE', head(`PURGE ${OPEN} HTTP/1.1`, 'host: localhost'), 405),
  attack('PROPFIND', head(`PROPFIND ${OPEN} HTTP/1.1`, 'host: localhost', 'depth: infinity'), 405),
];
