import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { JobsOptions } from './jobs.ts';
import { createSteering, jobsConfig, openTestJobs, submissionOf, type TestJobs } from './test-jobs.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const PATIENT = { timeout: 60_000, interval: 5 };
const eventually = <T>(read: () => T) => expect.poll(read, PATIENT);

interface Call {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end();

/** A receiver that answers the n-th call with the n-th answer, and all further ones with the last. */
const listen = async (...answers: Answer[]) => {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    calls.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    (answers[calls.length - 1] ?? answers.at(-1) ?? status(204))(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  // Safe: a server that listens on TCP has this form of address.
  return { calls, close, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const configFor = (allow: string[], more: object = {}) =>
  jobsConfig({ callbacks: { allow, allowAddresses: ['127.0.0.1/32'], ...more } });

/** The clock shows today, because receivers refuse messages of another day; `random` 0 makes every wait none. */
const start = (options: Partial<JobsOptions>): TestJobs => {
  const test = openTestJobs({ random: () => 0, ...options }, Date.now());
  closers.push(() => test.close());
  return test;
};

const verify = (test: TestJobs, call: Call | undefined): unknown => {
  if (call === undefined) throw new Error('there was no call');
  const secret = readFileSync(join(test.folder, 'webhook.key'), 'utf8').trim();
  // Safe: the three headers that are read are single strings.
  return new Webhook(secret).verify(call.body, call.headers as Record<string, string>);
};

describe('a callback', () => {
  it('tells how the job ended, signed so that the library of the standard accepts it', async () => {
    const receiver = await listen(status(204));
    const test = start({ config: configFor([receiver.origin]) });
    const { id } = test.jobs.submit(submissionOf('hello', { callbackUrl: `${receiver.origin}/hook?x=1` }));
    await eventually(() => test.counted).toEqual(['callbacks delivered']);
    const [call] = receiver.calls;
    const job = test.jobs.get('one', id);
    expect(verify(test, call)).toEqual({ type: 'job.succeeded', timestamp: job?.finishedAt, data: job });
    expect(call).toMatchObject({
      url: '/hook?x=1',
      headers: { 'content-type': 'application/json', 'webhook-id': `msg_${id.slice(4)}` },
    });
    expect(receiver.calls).toHaveLength(1);
  });

  it('carries text of any language unharmed', async () => {
    const receiver = await listen(status(200));
    const test = start({ config: configFor([receiver.origin]) });
    test.jobs.submit(submissionOf('中文 😀 é', { callbackUrl: receiver.origin }));
    await eventually(() => test.counted).toEqual(['callbacks delivered']);
    expect(verify(test, receiver.calls[0])).toMatchObject({ data: { result: { text: 're: 中文 😀 é' } } });
  });

  it('is made again until it is taken, under the same id, whatever goes wrong', async () => {
    const failures: Answer[] = [
      status(500),
      status(429),
      status(404),
      status(302, { location: '/elsewhere' }),
      (response) => response.destroy(),
      (_, request) => request.socket.resetAndDestroy(),
    ];
    const receiver = await listen(...failures, status(200));
    const test = start({ config: configFor([receiver.origin]) });
    const { id } = test.jobs.submit(submissionOf('a', { callbackUrl: `${receiver.origin}/hook` }));
    await eventually(() => test.counted.at(-1)).toBe('callbacks delivered');
    expect(test.counted).toEqual([...failures.map(() => 'callbacks retried'), 'callbacks delivered']);
    expect(receiver.calls.map((call) => call.url)).toEqual(Array.from({ length: 7 }, () => '/hook'));
    expect(new Set(receiver.calls.map((call) => call.headers['webhook-id']))).toEqual(new Set([`msg_${id.slice(4)}`]));
    expect(new Set(receiver.calls.map((call) => call.body)).size).toBe(1);
    for (const call of receiver.calls) verify(test, call);
  });

  it.each([
    [
      'job.failed',
      (run: ReturnType<typeof createSteering>['runs'][number]) =>
        run.fail(new ServiceError('ERR_ENGINE_GRAMMAR', 'no')),
    ],
    ['job.cancelled', (_, test: TestJobs, id: string) => void test.jobs.cancel('one', id)],
    ['job.expired', (_, test: TestJobs) => test.clock.advance(1000)],
  ] as [string, (run: ReturnType<typeof createSteering>['runs'][number], test: TestJobs, id: string) => void][])(
    'is made for %s too',
    async (type, end) => {
      const receiver = await listen(status(200));
      const { run, runs } = createSteering();
      const test = start({ run, config: configFor([receiver.origin]) });
      const deadlineAt = test.clock.now() + 1000;
      const { id } = test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin, deadlineAt }));
      await eventually(() => runs.length).toBe(1);
      const [only] = runs;
      if (only !== undefined) end(only, test, id);
      await eventually(() => receiver.calls.length).toBe(1);
      expect(verify(test, receiver.calls[0])).toMatchObject({ type, data: { id, state: type.slice(4) } });
    },
  );

  it('is made for a job that was cancelled before it ran', async () => {
    const receiver = await listen(status(200));
    const { run, runs } = createSteering();
    const test = start({ run, config: { ...configFor([receiver.origin]), concurrency: 1 } });
    test.jobs.submit(submissionOf('a'));
    await eventually(() => runs.length).toBe(1);
    const { id } = test.jobs.submit(submissionOf('b', { callbackUrl: receiver.origin }));
    test.jobs.cancel('one', id);
    await eventually(() => receiver.calls.length).toBe(1);
    expect(verify(test, receiver.calls[0])).toMatchObject({ type: 'job.cancelled' });
  });

  it('is not made for a job without an address', async () => {
    const test = start({});
    const { id } = test.jobs.submit(submissionOf('a'));
    await eventually(() => test.jobs.get('one', id)?.state).toBe('succeeded');
    expect(test.counted).toEqual([]);
  });

  it('is not made again when the receiver says it is gone', async () => {
    const receiver = await listen(status(410));
    const test = start({ config: configFor([receiver.origin]) });
    test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin }));
    await eventually(() => test.counted).toEqual(['callbacks failed']);
    expect(test.lines.map((line) => line.action)).toContain('callback.abandoned');
    expect(receiver.calls).toHaveLength(1);
  });

  it('is given up after the attempts it may have, loudly', async () => {
    const receiver = await listen(status(503));
    const test = start({ config: configFor([receiver.origin], { attempts: 3 }) });
    test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin }));
    await eventually(() => test.counted).toEqual(['callbacks retried', 'callbacks retried', 'callbacks failed']);
    expect(test.lines.find((line) => line.action === 'callback.abandoned')).toMatchObject({
      level: 'error',
      fields: { 'labels.attempts': 3, 'http.response.status_code': 503 },
    });
    expect(receiver.calls).toHaveLength(3);
  });

  it('is made again when nobody listens, and the log says so without the address', async () => {
    const receiver = await listen(status(200));
    await receiver.close();
    const test = start({ config: configFor([receiver.origin], { attempts: 2 }) });
    test.jobs.submit(submissionOf('a', { callbackUrl: `${receiver.origin}/secret` }));
    await eventually(() => test.counted).toEqual(['callbacks retried', 'callbacks failed']);
    const failures = test.lines.filter((line) => line.action.startsWith('callback.'));
    expect(failures.map((line) => line.fields['error.message'])).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
    expect(JSON.stringify(failures)).not.toMatch(/127\.0\.0\.1|secret/);
  });

  it('waits as long as Retry-After says', async () => {
    const receiver = await listen(status(429, { 'retry-after': '120' }), status(200));
    const test = start({ config: configFor([receiver.origin]) });
    test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin }));
    await eventually(() => test.clock.pending()).toContain(120_000);
    test.clock.advance(119_999);
    expect(receiver.calls).toHaveLength(1);
    test.clock.advance(1);
    await eventually(() => test.counted.at(-1)).toBe('callbacks delivered');
  });

  it('does not wait longer than its time for an answer', async () => {
    const receiver = await listen(
      () => {},
      (response) => response.writeHead(200).write('never ends'),
    );
    const test = start({ config: configFor([receiver.origin], { timeoutMs: 5000 }) });
    test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin }));
    await eventually(() => receiver.calls.length).toBe(1);
    await eventually(() => test.clock.pending()).toContain(5000);
    test.clock.advance(5000);
    await eventually(() => test.counted).toEqual(['callbacks retried']);
    await eventually(() => receiver.calls.length).toBe(2);
    await eventually(() => {
      test.clock.advance(1000);
      return test.counted;
    }).toEqual(['callbacks retried', 'callbacks delivered']);
  });

  it('takes the status and lets an endless answer go', async () => {
    const endless: Answer = (response) => {
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(8192)));
      };
      response.writeHead(200).on('drain', write);
      write();
    };
    const receiver = await listen(endless);
    const test = start({ config: configFor([receiver.origin]) });
    test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin }));
    await eventually(() => test.counted).toEqual(['callbacks delivered']);
  });

  it('is made after a restart when it was owed before', async () => {
    const receiver = await listen(() => {}, status(200));
    const test = start({ config: configFor([receiver.origin]) });
    const { id } = test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin }));
    await eventually(() => receiver.calls.length).toBe(1);
    await test.restart();
    await eventually(() => test.counted).toEqual(['callbacks delivered']);
    expect(receiver.calls.map((call) => call.headers['webhook-id'])).toEqual([
      `msg_${id.slice(4)}`,
      `msg_${id.slice(4)}`,
    ]);
  });

  it('keeps its job from the sweep until it is settled', async () => {
    const receiver = await listen(status(503, { 'retry-after': '77' }), status(200));
    const test = start({ config: { ...configFor([receiver.origin]), retentionMs: 1000 } });
    const { id } = test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin }));
    await eventually(() => test.clock.pending()).toContain(77_000);
    test.clock.advance(76_000);
    expect(test.jobs.get('one', id)?.state).toBe('succeeded');
    test.clock.advance(1000);
    await eventually(() => test.counted.at(-1)).toBe('callbacks delivered');
    await eventually(() => {
      test.clock.advance(1000);
      return test.jobs.get('one', id);
    }).toBeUndefined();
  });

  it('to a receiver that hangs does not hold up others', async () => {
    const hanging = await listen(() => {});
    const well = await listen(status(200));
    const test = start({ config: { ...configFor([hanging.origin, well.origin]), concurrency: 64 } });
    for (let job = 0; job < 30; job += 1) test.jobs.submit(submissionOf('a', { callbackUrl: hanging.origin }));
    await eventually(() => hanging.calls.length).toBe(4);
    test.jobs.submit(submissionOf('b', { callbackUrl: well.origin }));
    await eventually(() => well.calls.length).toBe(1);
    expect(hanging.calls).toHaveLength(4);
  });
});

describe('the address of a callback', () => {
  const startRefused = (addresses: readonly string[]) => {
    const connected: string[] = [];
    const connect: JobsOptions['connect'] = (target, done) => {
      connected.push(target.hostname);
      done(new Error('no network here'), null);
    };
    const config = jobsConfig({ callbacks: { allow: ['hook.example'], attempts: 2 } });
    const test = start({ config, connect, resolve: async () => addresses });
    test.jobs.submit(submissionOf('a', { callbackUrl: 'https://hook.example/' }));
    return { test, connected };
  };

  it.each([[['127.0.0.1']], [['10.0.0.1', '::1']], [['::ffff:192.168.0.1']], [['169.254.169.254']]])(
    'is refused when the name on the list resolves to %j',
    async (addresses) => {
      const { test, connected } = startRefused(addresses);
      await eventually(() => test.counted).toEqual(['callbacks refused', 'callbacks refused']);
      expect(connected).toEqual([]);
    },
  );

  it('is connected to when it is public', async () => {
    const { test, connected } = startRefused(['1.1.1.1']);
    await eventually(() => test.counted).toEqual(['callbacks retried', 'callbacks failed']);
    expect(connected).toEqual(['1.1.1.1', '1.1.1.1']);
  });

  it('is refused when it has left the list since', async () => {
    const receiver = await listen(status(200));
    const { run, runs } = createSteering();
    const test = start({ run, config: configFor([receiver.origin]) });
    test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin }));
    await eventually(() => runs.length).toBe(1);
    test.jobs.update(configFor([], { attempts: 1 }));
    runs[0]?.finish();
    await eventually(() => test.counted).toEqual(['callbacks refused']);
    expect(receiver.calls).toEqual([]);
  });

  it('is refused when its network is no longer allowed', async () => {
    const receiver = await listen(status(500), status(200));
    const test = start({ config: configFor([receiver.origin]), random: () => 0.5 });
    test.jobs.submit(submissionOf('a', { callbackUrl: receiver.origin }));
    await eventually(() => test.counted).toEqual(['callbacks retried']);
    test.jobs.update(configFor([receiver.origin], { allowAddresses: [], attempts: 2 }));
    await eventually(() => {
      test.clock.advance(1000);
      return test.counted;
    }).toEqual(['callbacks retried', 'callbacks refused']);
    expect(receiver.calls).toHaveLength(1);
  });
});
