import type { Random } from '../redaction/random.ts';
import { oddString } from './odd.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'];
const TYPES = [
  ...['text/plain', 'application/json; charset=utf-16', 'application/json;;', 'APPLICATION/JSON', '', 'a', 'a/b; c="'],
  ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', `application/json;${' '.repeat(2000)}`],
];
const ACCEPTS = ['*/*', 'text/event-stream', 'application/x-ndjson', 'image/png', ';q=', 'application/json;q=0', ','];
const VALUES = [
  '',
  '0',
  '-1',
  'x',
  '9'.repeat(40),
  'a,b',
  '"',
  ';',
  '\u00e9\u00ff',
  '\t',
  '%0d%0a',
  '[::1]',
  '1.2.3.4',
];

/** Headers that the service reads, and some that it must not. */
const NAMES = [
  ...['accept', 'authorization', 'content-encoding', 'content-type', 'cookie', 'forwarded', 'idempotency-key'],
  ...['if-none-match', 'last-event-id', 'openai-organization', 'origin', 'range', 'te', 'traceparent', 'x-api-key'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-http-method-override', 'x-request-id', 'x-stainless-retry-count'],
  ...['access-control-request-method', 'access-control-request-headers', 'x-clawdbot-scenario', 'constructor'],
];

const headerValue = (name: string, random: Random): string => {
  if (name === 'content-type') return random.pick(TYPES);
  if (name === 'accept') return random.pick(ACCEPTS);
  if (name === 'content-encoding') return random.pick(['gzip', 'br', 'identity', 'gzip, gzip', '']);
  if (name === 'authorization')
    return random.pick(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'bearer x.y.z', `Bearer ${'a'.repeat(3000)}`]);
  if (name === 'traceparent') return random.pick(['00-0-0-00', `00-${'f'.repeat(32)}-${'f'.repeat(16)}-01`, 'ff']);
  return random.chance(0.1) ? 'v'.repeat(random.int(100, 20_000)) : random.pick(VALUES);
};

/** Some headers odd, one missing, or very many. */
export const mutateHeaders = (headers: Record<string, string>, random: Random): void => {
  if (random.chance(0.05)) delete headers[random.pick(['authorization', 'content-type'])];
  if (random.chance(0.01)) for (let at = random.int(50, 150); at > 0; at -= 1) headers[`x-${at}`] = 'v';
  for (let turns = random.int(1, 2); turns > 0; turns -= 1) {
    const name = random.pick(NAMES);
    headers[name] = headerValue(name, random);
  }
};

export const mutateMethod = (random: Random): string => random.pick(METHODS);

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** Another way to write a path, or another path. */
export const mutatePath = (path: string, random: Random): string => {
  const parts = path.split('/');
  const at = random.int(1, parts.length - 1);
  switch (random.int(0, 6)) {
    case 0:
      return `${path}/`;
    case 1:
      return path.replace('/', '//');
    case 2:
      return parts
        .with(at, random.pick(['%2e%2e', '%00', '%zz', '%', '%c0%af', '%ff', '..', '.', '%2F', '__proto__', '*']))
        .join('/');
    case 3:
      return parts.with(at, encoded(oddString(random)).slice(0, 6000)).join('/');
    case 4:
      return parts.with(at, (parts[at] ?? '').toUpperCase()).join('/');
    case 5:
      return parts.toSpliced(at, 1).join('/') || '/';
    default:
      return `${path}/${encoded(oddString(random)).slice(0, 200)}`;
  }
};

/** Parameters that are documented, or not, with values that fit, or not. */
export const mutateQuery = (path: string, names: readonly string[], random: Random): string => {
  const [bare = '', given] = path.split('?');
  const pairs = given === undefined || random.chance(0.3) ? [] : [given];
  for (let turns = random.int(1, 3); turns > 0; turns -= 1) {
    const name = names.length > 0 && random.chance(0.8) ? random.pick(names) : encoded(oddString(random)).slice(0, 100);
    const value = random.chance(0.3)
      ? random.pick(['1', '0', '-1', '1e3', '100', 'succeeded', 'failure', ''])
      : undefined;
    pairs.push(`${name}=${value ?? encoded(oddString(random)).slice(0, 500)}`);
  }
  if (random.chance(0.1)) pairs.push(random.pick(['&&&', '=', '%', 'a[]=1', 'a', '?', '%00=%00', '+']));
  return `${bare}?${pairs.join('&')}`;
};
