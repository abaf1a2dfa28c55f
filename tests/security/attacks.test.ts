import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestGateway } from '../gateway.ts';
import { sample } from '../stream.ts';
import type { Http1Attack, Http2Attack } from './attack.ts';
import { AMOUNTS } from './attacks/amounts.ts';
import { CALLBACKS } from './attacks/callbacks.ts';
import { CONTENTS } from './attacks/contents.ts';
import { CREDENTIALS } from './attacks/credentials.ts';
import { DESYNC } from './attacks/desync.ts';
import { FRAMES, HEADS } from './attacks/frames.ts';
import { INJECTION, POISON } from './attacks/injection.ts';
import { PARAMETERS, SIZES } from './attacks/limits.ts';
import { MEMBERS } from './attacks/members.ts';
import { NAMES } from './attacks/names.ts';
import { ORIGINS } from './attacks/origins.ts';
import { PARSING } from './attacks/parsing.ts';
import { PATHS } from './attacks/paths.ts';
import { SMUGGLING } from './attacks/smuggling.ts';
import { WORK } from './attacks/work.ts';
import { type Door, type Http1Reply, sendBytes } from './send-http1.ts';
import { sendFrames } from './send-http2.ts';
import { startTarget } from './target.ts';

let gateway: TestGateway;
let door: Door;
let token: string;

beforeAll(async () => {
  gateway = await startTarget();
  door = { port: Number(new URL(gateway.url).port), ca: gateway.ca };
  token = await gateway.token('inference', 'metrics', 'admin');
});
afterAll(async () => void (await gateway.stop()));

const expectGood = async (): Promise<void> => {
  const answer = await gateway.send('POST', '/api/v1/inference', { prompt: 'hello', maxTokens: 4 });
  expect([answer.status, gateway.child.exitCode]).toEqual([200, null]);
};

/** What every answer promises, also one to an attacker. */
const expectWellFormed = ({ text, statuses }: Http1Reply): void => {
  if (statuses.length === 0) return;
  expect(text).toMatch(/\r\nx-content-type-options: nosniff\r\n/i);
  expect(text).toMatch(/\r\nx-request-id: req_[0-9a-z]{24}\r\n/i);
  expect(text).not.toMatch(/\r\n(?:server|x-powered-by|set-cookie|access-control-allow-origin):/i);
  expect(statuses.filter((status) => status >= 500)).toEqual([]);
};

const runHttp1 = async ({ send, expect: wanted }: Http1Attack): Promise<void> => {
  const writes = typeof send === 'string' ? [send] : send;
  const bytes = writes.map((text) => text.replaceAll('{token}', token));
  const reply = await sendBytes(door, bytes, wanted.closes === true);
  const allowed = Array.isArray(wanted.status) ? wanted.status : [wanted.status];
  expect(allowed, reply.text).toContain(reply.statuses[0] ?? 'closed');
  const first = reply.statuses[0] === undefined ? 0 : 1;
  expect(reply.statuses.length, reply.text).toBe(wanted.answers ?? first);
  if (wanted.code !== undefined && first === 1) expect(reply.text).toMatch(new RegExp(wanted.code));
  if (wanted.closes === true) expect(reply.isClosed).toBe(true);
  expectWellFormed(reply);
};

const GROUPS: Readonly<Record<string, readonly Http1Attack[]>> = {
  'bytes that are not HTTP': PARSING,
  'request smuggling': SMUGGLING,
  'requests that end in two places': DESYNC,
  'more than a limit': SIZES,
  'parameters of a model': PARAMETERS,
  'small to send, large to serve': AMOUNTS,
  paths: PATHS,
  'bodies and their types': CONTENTS,
  'members of bodies': MEMBERS,
  'credentials that are none': CREDENTIALS,
  injection: INJECTION,
  'names that look like others': NAMES,
  'jobs and streams': WORK,
  'callbacks in disguise': CALLBACKS,
  'origins, hosts and other headers': ORIGINS,
};

describe.each(Object.entries(GROUPS))('%s', (_, attacks) => {
  it.each(attacks.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    await runHttp1(one);
    await expectGood();
  });
});

describe.each(Object.entries({ 'HTTP/2 heads': HEADS, 'HTTP/2 frames': FRAMES }))('%s', (_, attacks) => {
  it.each(attacks.map((one) => [one.name, one] as const))('%s', async (_name, one: Http2Attack) => {
    const outcome = await sendFrames(door, one.frames(token));
    expect(Array.isArray(one.expect) ? one.expect : [one.expect]).toContain(outcome);
    await expectGood();
  });
});

/** A line that is being written while it is read. */
const UNFINISHED = /[^\n]+$/;

describe('after all of it', () => {
  it('the same process still serves', async () => {
    await expectGood();
    expect(gateway.reports.filter(({ type }) => type === 'fatal')).toEqual([]);
  });

  it('no log line was forged, and none holds what a terminal acts on', () => {
    const folder = join(gateway.data, 'logs');
    const logs = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8').replace(UNFINISHED, ''));
    expect(logs.join('').length).toBeGreaterThan(1000);
    for (const line of logs.flatMap((log) => log.split('\n')).filter((text) => text !== '')) {
      expect(line).toMatch(/^\{.*\}$/);
      expect(Object.keys(JSON.parse(line))).toContain('@timestamp');
      expect(line).not.toMatch(FORGERY);
    }
    expect(logs.join('').includes(token)).toBe(false);
    expect(POISON).toMatch(FORGERY);
  });

  it('what was refused is counted by reason, and by nothing a client chose', async () => {
    const page = (await gateway.send('GET', '/api/v1/metrics')).text;
    for (const reason of ['malformed', 'head_size', 'body_size', 'too_slow', 'json', 'content_type', 'pipelined']) {
      expect(sample(page, `clawdbot_http_refused_total{reason="${reason}"}`), reason).toBeGreaterThan(0);
    }
    expect(page).not.toMatch(/evil|forged|passwd/);
  });
});

// Control characters and the line breaks that JSON lets through.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const FORGERY = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
