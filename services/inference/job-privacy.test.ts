import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../core/config/schema.ts';
import { createJobPrivacy } from './job-privacy.ts';
import type { JobEvent, JobPayload } from './jobs/job.ts';
import { answer, jobsConfig, openTestJobs, promptOf, submissionOf, type TestJobs } from './jobs/test-jobs.ts';
import { createRedaction } from './redact/stage/redaction.ts';
import { openSeal, type Seal } from './redact/stage/seal.ts';
import { openTinyRules } from './redact/stage/test-engine.ts';

const ANN = 'ann@example.org';
const redaction = createRedaction(
  configSchema.parse({ redaction: { policies: { default: { request: { '*': 'pseudonym' } } } } }),
  openTinyRules,
);

describe('jobs that hold private data', () => {
  let test: TestJobs;
  let seal: Seal;
  const sealAt = (folder: string) => openSeal(join(folder, 'redaction.key'));

  beforeEach(() => {
    const run = (payload: JobPayload) => answer('Dear [EM', 'AIL_1], ', `you wrote ${promptOf(payload)}`);
    test = openTestJobs({ run, random: () => 0 }, Date.now());
    seal = sealAt(test.folder);
  });
  afterEach(() => test.close());

  const open = (more = {}) => test.restart({ privacy: createJobPrivacy(redaction, seal), ...more });
  const stored = (): string =>
    readdirSync(test.folder)
      .filter((name) => name.startsWith('jobs.db'))
      .map((name) => readFileSync(join(test.folder, name), 'latin1'))
      .join('');
  const eventsOf = async (id: string): Promise<JobEvent[]> => {
    const events: JobEvent[] = [];
    for await (const event of test.jobs.events('one', id, new AbortController().signal)) events.push(event);
    return events;
  };

  it('store none of it, and give it back to their owner', async () => {
    const jobs = await open();
    const { id } = jobs.submit(submissionOf(`I am ${ANN}`, { idempotencyKey: ANN }));
    const events = await eventsOf(id);
    expect(jobs.get('one', id)?.result?.text).toBe(`Dear ${ANN}, you wrote I am ${ANN}`);
    expect(jobs.list({ tenant: 'one', limit: 1 })[0]?.result?.text).toContain(ANN);
    const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
    expect(['', `Dear ${ANN}, you wrote I am ${ANN}`]).toContain(text);
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      job: { result: { text: `Dear ${ANN}, you wrote I am ${ANN}` } },
    });
    expect(stored()).toContain('[EMAIL_1]');
    expect(stored()).not.toContain('example.org');
  });

  it('are found again by their idempotency key, which is not stored', async () => {
    const jobs = await open();
    const first = jobs.submit(submissionOf('a', { idempotencyKey: ANN }));
    expect(jobs.submit(submissionOf('a', { idempotencyKey: ANN })).id).toBe(first.id);
    expect(() => jobs.submit(submissionOf('b', { idempotencyKey: ANN }))).toThrow(
      expect.objectContaining({ code: 'ERR_JOBS_IDEMPOTENCY' }),
    );
  });

  it('are restored after a restart, and show pseudonyms where the key is another one', async () => {
    const { id } = (await open()).submit(submissionOf(`I am ${ANN}`));
    await eventsOf(id);
    seal = sealAt(test.folder);
    expect((await open()).get('one', id)?.result?.text).toContain(ANN);
    seal = openSeal(join(test.folder, 'another.key'));
    expect((await open()).get('one', id)?.result?.text).toBe('Dear [EMAIL_1], you wrote I am [EMAIL_1]');
  });

  it('call back an address that is not stored either, with pseudonyms', async () => {
    const { promise, resolve } = Promise.withResolvers<{ readonly url: string; readonly body: string }>();
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        response.end();
        resolve({ url: request.url ?? '', body });
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    // Safe: the server listens on a port.
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const callbacks = { allow: [origin], allowAddresses: ['127.0.0.1/32'] };
    const jobs = await open({ config: jobsConfig({ callbacks }) });
    const { id } = jobs.submit(submissionOf(`I am ${ANN}`, { callbackUrl: `${origin}/for/ann?token=hook-secret` }));
    await eventsOf(id);
    const called = await promise;
    expect(called.url).toBe('/for/ann?token=hook-secret');
    expect(JSON.parse(called.body)).toMatchObject({
      data: { result: { text: 'Dear [EMAIL_1], you wrote I am [EMAIL_1]' } },
    });
    expect(stored()).toContain(origin);
    expect(stored()).not.toMatch(/hook-secret|for\/ann/);
    server.closeAllConnections();
    server.close();
  });
});
