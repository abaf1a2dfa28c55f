import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { JOB_ID } from './id.ts';
import type { JobEvent } from './job.ts';
import type { JobsOptions } from './jobs.ts';
import type { JobStore } from './store/job-store.ts';
import { openSqliteStore } from './store/sqlite.ts';
import {
  createSteering,
  jobsConfig,
  openTestJobs,
  payloadOf,
  type SteeredRun,
  submissionOf,
  type TestJobs,
} from './test-jobs.ts';

const open: TestJobs[] = [];
const start = (more: Partial<JobsOptions> = {}): TestJobs => {
  const test = openTestJobs(more);
  open.push(test);
  return test;
};
afterEach(async () => {
  for (const test of open.splice(0)) await test.close();
});

const PATIENT = { timeout: 60_000, interval: 5 };
const eventually = <T>(read: () => T) => expect.poll(read, PATIENT);

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof ServiceError ? error.code : String(error);
  }
  return 'nothing thrown';
};

const collect = async (events: AsyncIterable<JobEvent>): Promise<JobEvent[]> => {
  const all: JobEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
};

/** Lets everything that is ready happen. */
const turns = async (count = 5): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
};

/** The run at a place, once it has been started. */
const nth = async (runs: readonly SteeredRun[], index: number): Promise<SteeredRun> => {
  await eventually(() => runs.length).toBeGreaterThan(index);
  const run = runs[index];
  if (run === undefined) throw new Error(`there is no run ${index}`);
  return run;
};

describe('submitting a job', () => {
  it('answers a queued job and runs it', async () => {
    const { jobs } = start();
    const job = jobs.submit(submissionOf('hello', { payload: payloadOf('hello', { model: 'scripted' }) }));
    expect(job).toEqual({
      id: expect.stringMatching(JOB_ID),
      state: 'queued',
      priority: 'normal',
      model: 'scripted',
      attempts: 0,
      createdAt: '2030-01-01T00:00:00.000Z',
      cancelRequested: false,
    });
    await eventually(() => jobs.get('one', job.id)?.state).toBe('succeeded');
    expect(jobs.get('one', job.id)).toMatchObject({
      attempts: 1,
      startedAt: '2030-01-01T00:00:00.000Z',
      finishedAt: '2030-01-01T00:00:00.000Z',
      result: { text: 're: hello', model: 'scripted', finishReason: 'stop' },
    });
  });

  it('answers the same job for the same key and body, in any order of fields', async () => {
    const { jobs } = start();
    const first = jobs.submit(submissionOf('a', { idempotencyKey: 'k', body: { a: 1, b: [{ c: 2, d: 3 }] } }));
    const again = jobs.submit(submissionOf('a', { idempotencyKey: 'k', body: { b: [{ d: 3, c: 2 }], a: 1 } }));
    expect(again.id).toBe(first.id);
    await eventually(() => jobs.get('one', first.id)?.state).toBe('succeeded');
    expect(jobs.submit(submissionOf('a', { idempotencyKey: 'k', body: { a: 1, b: [{ c: 2, d: 3 }] } })).state).toBe(
      'succeeded',
    );
    expect(jobs.list({ tenant: 'one', limit: 10 })).toHaveLength(1);
  });

  it('compares payload, priority and callback when no body is given', () => {
    const { jobs } = start({ config: jobsConfig({ callbacks: { allow: ['a.example'] } }) });
    const submit = (text: string, more = {}) => jobs.submit(submissionOf(text, { idempotencyKey: 'k', ...more }));
    const { id } = submit('a');
    expect(submit('a', { deadlineAt: Date.UTC(2030, 0, 2) }).id).toBe(id);
    expect(codeOf(() => submit('b'))).toBe('ERR_JOBS_IDEMPOTENCY');
    expect(codeOf(() => submit('a', { priority: 'high' }))).toBe('ERR_JOBS_IDEMPOTENCY');
    expect(codeOf(() => submit('a', { callbackUrl: 'https://a.example/' }))).toBe('ERR_JOBS_IDEMPOTENCY');
  });

  it('keeps the keys of tenants apart', () => {
    const { jobs } = start();
    const of = (tenant: string, text: string) =>
      jobs.submit(submissionOf(text, { idempotencyKey: 'k', caller: { keyId: 'key:x', tenant } }));
    expect(of('one', 'a').id).not.toBe(of('two', 'b').id);
  });

  it('answers a repetition although its callback is no longer allowed', () => {
    const { jobs } = start({ config: jobsConfig({ callbacks: { allow: ['a.example'] } }) });
    const submit = () => jobs.submit(submissionOf('a', { idempotencyKey: 'k', callbackUrl: 'https://a.example/' }));
    const { id } = submit();
    jobs.update(jobsConfig());
    expect(submit().id).toBe(id);
  });

  it('forgets a key with its job', async () => {
    const { jobs, clock } = start({ config: jobsConfig({ retentionMs: 5000 }) });
    const { id } = jobs.submit(submissionOf('a', { idempotencyKey: 'k' }));
    await eventually(() => jobs.get('one', id)?.state).toBe('succeeded');
    await eventually(() => {
      clock.advance(5000);
      return jobs.get('one', id);
    }).toBeUndefined();
    expect(jobs.submit(submissionOf('another body', { idempotencyKey: 'k' })).id).not.toBe(id);
  });

  it('refuses a key that is empty or endless', () => {
    const { jobs } = start();
    for (const idempotencyKey of ['', 'k'.repeat(256)]) {
      expect(codeOf(() => jobs.submit(submissionOf('a', { idempotencyKey })))).toBe('ERR_HTTP_BODY_INVALID');
    }
  });

  it('refuses more than may wait, saying when to come again', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run, config: jobsConfig({ concurrency: 1, maxQueued: 2 }) });
    jobs.submit(submissionOf('a'));
    await nth(runs, 0);
    jobs.submit(submissionOf('b'));
    jobs.submit(submissionOf('c'));
    const submit = () => jobs.submit(submissionOf('d'));
    expect(submit).toThrow(expect.objectContaining({ code: 'ERR_JOBS_FULL', retryAfterSeconds: expect.any(Number) }));
    jobs.update(jobsConfig({ concurrency: 1, maxQueued: 3 }));
    expect(submit().state).toBe('queued');
  });

  it('refuses a callback that is not on the list', () => {
    const { jobs } = start();
    expect(codeOf(() => jobs.submit(submissionOf('a', { callbackUrl: 'https://a.example/' })))).toBe(
      'ERR_JOBS_CALLBACK',
    );
    expect(jobs.list({ tenant: 'one', limit: 10 })).toEqual([]);
  });

  it('refuses work after the end', async () => {
    const { jobs } = start();
    await jobs.stop();
    expect(codeOf(() => jobs.submit(submissionOf('a')))).toBe('ERR_ADMIT_DRAINING');
  });
});

describe('another tenant', () => {
  it('sees nothing of a job, and cannot touch it', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    const { context } = await nth(runs, 0);
    expect(jobs.get('two', id)).toBeUndefined();
    expect(jobs.cancel('two', id)).toBeUndefined();
    expect(jobs.list({ tenant: 'two', limit: 10 })).toEqual([]);
    const missing = codeOf(() => jobs.events('two', 'job_00000000000000000000000000', new AbortController().signal));
    expect(codeOf(() => jobs.events('two', id, new AbortController().signal))).toBe(missing);
    expect(context.signal.aborted).toBe(false);
  });
});

describe('the runner', () => {
  it('starts as many as it may, by priority and age, and follows a change of the limit', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run, config: jobsConfig({ concurrency: 2 }) });
    for (const [text, priority] of [
      ['a', 'low'],
      ['b', 'normal'],
      ['c', 'high'],
      ['d', 'normal'],
      ['e', 'high'],
    ] as const) {
      jobs.submit(submissionOf(text, { priority }));
    }
    await nth(runs, 1);
    expect(runs.map((each) => each.prompt)).toEqual(['c', 'e']);
    expect(jobs.counts()).toMatchObject({ running: 2, queued: 3 });
    jobs.update(jobsConfig({ concurrency: 3 }));
    await nth(runs, 2);
    (await nth(runs, 0)).finish();
    await nth(runs, 3);
    expect(runs.map((each) => each.prompt)).toEqual(['c', 'e', 'b', 'd']);
    jobs.update(jobsConfig({ concurrency: 1 }));
    for (const each of runs.splice(0)) each.finish();
    const last = await nth(runs, 0);
    expect([last.prompt, jobs.counts().running]).toEqual(['a', 1]);
    last.finish();
  });

  it('tells a run who asked and that nobody waits', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run });
    const deadlineAt = clock.now() + 1000;
    const { id } = jobs.submit(submissionOf('a', { requestId: 'req-7', priority: 'high', deadlineAt }));
    expect((await nth(runs, 0)).context).toEqual({
      jobId: id,
      requestId: 'req-7',
      caller: { keyId: 'key:one', tenant: 'one' },
      priority: 'low',
      deadlineAt,
      signal: expect.any(AbortSignal),
    });
  });

  it('tries again after a failure of the engine, waiting longer each time, until it gives up', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run, config: jobsConfig({ maxAttempts: 3 }) });
    const { id } = jobs.submit(submissionOf('a'));
    for (const [attempt, waitMs] of [
      [1, 500],
      [2, 1000],
    ] as const) {
      (await nth(runs, attempt - 1)).fail(new ServiceError('ERR_ENGINE_DIED', 'it died'));
      await eventually(() => jobs.get('one', id)?.attempts).toBe(attempt);
      await eventually(() => clock.pending()).toContain(waitMs);
      clock.advance(waitMs - 1);
      expect(runs).toHaveLength(attempt);
      clock.advance(1);
    }
    (await nth(runs, 2)).fail(new ServiceError('ERR_ENGINE_DIED', 'it died'));
    await eventually(() => jobs.get('one', id)?.state).toBe('failed');
    expect(jobs.get('one', id)).toMatchObject({ attempts: 3, error: { code: 'ERR_ENGINE_DIED', message: 'it died' } });
  });

  it('succeeds in a later attempt with the text of that attempt only', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    const first = await nth(runs, 0);
    first.accept();
    first.text('half an ans');
    first.fail(new ServiceError('ERR_ENGINE_DIED', 'it died'));
    await eventually(() => jobs.get('one', id)?.attempts).toBe(1);
    await eventually(() => {
      clock.advance(1000);
      return runs.length;
    }).toBe(2);
    const second = await nth(runs, 1);
    second.accept();
    second.text('whole');
    second.finish();
    await eventually(() => jobs.get('one', id)?.result?.text).toBe('whole');
    expect(jobs.get('one', id)?.attempts).toBe(2);
  });

  it('waits at least as long as Retry-After says', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    (await nth(runs, 0)).fail(new ServiceError('ERR_ENGINE_DIED', 'it died', { retryAfterSeconds: 30 }));
    await eventually(() => jobs.get('one', id)?.attempts).toBe(1);
    await eventually(() => clock.pending()).toContain(30_000);
  });

  it('does not repeat what cannot succeed', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    (await nth(runs, 0)).fail(
      new ServiceError('ERR_ENGINE_CONTEXT_OVERFLOW', 'too long', { details: { promptTokens: 9000, context: 8192 } }),
    );
    await eventually(() => jobs.get('one', id)?.state).toBe('failed');
    expect(jobs.get('one', id)).toMatchObject({
      attempts: 1,
      error: { code: 'ERR_ENGINE_CONTEXT_OVERFLOW', details: { promptTokens: 9000, context: 8192 } },
    });
  });

  it('says nothing of an unknown failure beyond that it happened', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    (await nth(runs, 0)).fail(new Error('prompt was: my secret'));
    await eventually(() => jobs.get('one', id)?.state).toBe('failed');
    expect(JSON.stringify(jobs.get('one', id))).not.toContain('secret');
    expect(jobs.get('one', id)?.error?.code).toBe('ERR_HTTP_INTERNAL');
  });

  it('takes a run without an end for a failure of the engine', async () => {
    const { jobs } = start({ run: async function* () {}, config: jobsConfig({ maxAttempts: 1 }) });
    const { id } = jobs.submit(submissionOf('a'));
    await eventually(() => jobs.get('one', id)?.error?.code).toBe('ERR_ENGINE_FAILED');
  });

  it('waits while the service is full, and everybody with it, without counting it as an attempt', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run, config: jobsConfig({ concurrency: 1, maxAttempts: 1 }) });
    const { id } = jobs.submit(submissionOf('a'));
    for (let refusal = 0; refusal < 3; refusal += 1) {
      (await nth(runs, refusal)).fail(new ServiceError('ERR_ADMIT_QUEUE_FULL', 'full', { retryAfterSeconds: 50 }));
      await eventually(() => clock.pending()).toContain(50_000);
      jobs.submit(submissionOf('b'));
      await turns();
      clock.advance(49_999);
      await turns();
      expect([runs.length, jobs.get('one', id)?.state]).toEqual([refusal + 1, 'queued']);
      clock.advance(1);
    }
    expect((await nth(runs, 3)).prompt).toBe('a');
    expect(jobs.get('one', id)?.attempts).toBe(0);
  });

  it('holds back only the jobs of a key that is over its limit', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run, config: jobsConfig({ concurrency: 1 }) });
    jobs.submit(submissionOf('a', { caller: { keyId: 'key:busy', tenant: 'one' } }));
    jobs.submit(submissionOf('b', { caller: { keyId: 'key:busy', tenant: 'one' } }));
    jobs.submit(submissionOf('c', { caller: { keyId: 'key:free', tenant: 'one' } }));
    (await nth(runs, 0)).fail(new ServiceError('ERR_ADMIT_RATE', 'slow down', { retryAfterSeconds: 9 }));
    expect((await nth(runs, 1)).prompt).toBe('c');
  });

  it('holds back only the jobs for a model that is not there', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run, config: jobsConfig({ concurrency: 1 }) });
    jobs.submit(submissionOf('a', { payload: payloadOf('a', { model: 'loading' }) }));
    jobs.submit(submissionOf('b', { payload: payloadOf('b', { model: 'loading' }) }));
    jobs.submit(submissionOf('c', { payload: payloadOf('c', { model: 'ready' }) }));
    (await nth(runs, 0)).fail(new ServiceError('ERR_ROUTE_NO_REPLICA', 'loading', { retryAfterSeconds: 9 }));
    expect((await nth(runs, 1)).prompt).toBe('c');
  });

  it('does not lose a job without a deadline that waited too long for admission', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    (await nth(runs, 0)).fail(new ServiceError('ERR_ADMIT_DEADLINE', 'waited too long'));
    await eventually(() => clock.pending().length).toBeGreaterThan(1);
    await eventually(() => {
      clock.advance(1000);
      return runs.length;
    }).toBe(2);
    expect(jobs.get('one', id)?.attempts).toBe(0);
  });
});

describe('a store that fails for a while', () => {
  const disk = () => {
    let failures = 0;
    const store = openSqliteStore({ file: ':memory:' });
    const failing = <Result>(work: () => Result): Result => {
      if (failures === 0) return work();
      failures -= 1;
      throw new ServiceError('ERR_JOBS_FULL', 'the disk of the job database is full', { retryAfterSeconds: 10 });
    };
    return {
      fail: (times: number) => {
        failures = times;
      },
      store: {
        ...store,
        add: (...parameters: Parameters<JobStore['add']>) => failing(() => store.add(...parameters)),
        take: (...parameters: Parameters<JobStore['take']>) => failing(() => store.take(...parameters)),
        finish: (...parameters: Parameters<JobStore['finish']>) => failing(() => store.finish(...parameters)),
      },
    };
  };

  it('does not lose an answer', async () => {
    const { store, fail } = disk();
    const { run, runs } = createSteering();
    const { jobs, clock, lines } = start({ run, store });
    const { id } = jobs.submit(submissionOf('a'));
    const only = await nth(runs, 0);
    fail(3);
    only.accept();
    only.text('kept');
    only.finish();
    await eventually(() => {
      clock.advance(1000);
      return jobs.get('one', id)?.result?.text;
    }).toBe('kept');
    expect(lines.filter((line) => line.action === 'jobs.store_failed')).toHaveLength(3);
    expect(runs).toHaveLength(1);
  });

  it('refuses new jobs meanwhile and goes on by itself afterwards', async () => {
    const { store, fail } = disk();
    const { jobs, clock } = start({ store });
    fail(1);
    expect(codeOf(() => jobs.submit(submissionOf('a')))).toBe('ERR_JOBS_FULL');
    const { id } = jobs.submit(submissionOf('a'));
    fail(2);
    await eventually(() => {
      clock.advance(1000);
      return jobs.get('one', id)?.state;
    }).toBe('succeeded');
  });
});

describe('a deadline', () => {
  it('ends a job that still waits', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run, config: jobsConfig({ concurrency: 1 }) });
    jobs.submit(submissionOf('a'));
    await nth(runs, 0);
    const { id } = jobs.submit(submissionOf('b', { deadlineAt: clock.now() + 5000 }));
    await eventually(() => clock.pending()).toContain(5000);
    clock.advance(4999);
    expect(jobs.get('one', id)?.state).toBe('queued');
    clock.advance(1);
    await eventually(() => jobs.get('one', id)?.state).toBe('expired');
    expect(jobs.get('one', id)).toMatchObject({ attempts: 0, error: { code: 'ERR_ADMIT_DEADLINE' } });
  });

  it('ends a job that runs', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run });
    const { id } = jobs.submit(submissionOf('a', { deadlineAt: clock.now() + 5000 }));
    const only = await nth(runs, 0);
    only.accept();
    clock.advance(4999);
    expect(only.context.signal.aborted).toBe(false);
    clock.advance(1);
    expect(only.context.signal.aborted).toBe(true);
    await eventually(() => jobs.get('one', id)?.state).toBe('expired');
    expect(jobs.get('one', id)?.error?.code).toBe('ERR_ADMIT_DEADLINE');
  });

  it('is final however the service puts it', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run });
    const { id } = jobs.submit(submissionOf('a', { deadlineAt: clock.now() + 5000 }));
    (await nth(runs, 0)).fail(new ServiceError('ERR_ADMIT_DEADLINE', 'cannot be met'));
    await eventually(() => jobs.get('one', id)?.state).toBe('expired');
  });
});

describe('cancelling', () => {
  it('ends a waiting job at once', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run, config: jobsConfig({ concurrency: 1 }) });
    jobs.submit(submissionOf('a'));
    await nth(runs, 0);
    const { id } = jobs.submit(submissionOf('b'));
    expect(jobs.cancel('one', id)).toMatchObject({ state: 'cancelled', finishedAt: expect.any(String) });
    expect(jobs.cancel('one', id)?.state).toBe('cancelled');
  });

  it('ends a running job through its signal and never runs it again', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    const only = await nth(runs, 0);
    only.accept();
    expect(jobs.cancel('one', id)).toMatchObject({ state: 'running', cancelRequested: true });
    expect(only.context.signal.aborted).toBe(true);
    await eventually(() => jobs.get('one', id)?.state).toBe('cancelled');
    await turns();
    expect(runs).toHaveLength(1);
  });

  it('ends a job that was taken but not yet run', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    for (let turn = 0; jobs.get('one', id)?.state === 'queued' && turn < 100; turn += 1) await turns(1);
    jobs.cancel('one', id);
    await eventually(() => jobs.get('one', id)?.state).toBe('cancelled');
    expect(runs.every((each) => each.context.signal.aborted)).toBe(true);
  });

  it('leaves a finished job and an unknown id alone', async () => {
    const { jobs } = start();
    const { id } = jobs.submit(submissionOf('a'));
    await eventually(() => jobs.get('one', id)?.state).toBe('succeeded');
    expect(jobs.cancel('one', id)?.state).toBe('succeeded');
    expect(jobs.cancel('one', "job_' OR 1=1")).toBeUndefined();
  });

  it('ends a job that waits for another attempt', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    (await nth(runs, 0)).fail(new ServiceError('ERR_ENGINE_DIED', 'it died'));
    await eventually(() => jobs.get('one', id)?.attempts).toBe(1);
    expect(jobs.cancel('one', id)?.state).toBe('cancelled');
    clock.advance(60_000);
    await turns();
    expect(runs).toHaveLength(1);
  });
});

describe('ending', () => {
  it('drains: finishes what runs, keeps what waits for the next start', async () => {
    const { run, runs } = createSteering();
    const test = start({ run, config: jobsConfig({ concurrency: 1 }) });
    const first = test.jobs.submit(submissionOf('a'));
    const second = test.jobs.submit(submissionOf('b'));
    const only = await nth(runs, 0);
    const drained = test.jobs.drain();
    only.accept();
    only.finish();
    await drained;
    expect([first, second].map(({ id }) => test.jobs.get('one', id)?.state)).toEqual(['succeeded', 'queued']);
    const jobs = await test.restart();
    expect((await nth(runs, 1)).prompt).toBe('b');
    expect(jobs.get('one', second.id)?.state).toBe('running');
  });

  it('gives running jobs back when it stops, no attempt counted', async () => {
    const { run, runs } = createSteering();
    const test = start({ run, config: jobsConfig({ maxAttempts: 1 }) });
    const { id } = test.jobs.submit(submissionOf('a'));
    (await nth(runs, 0)).accept();
    const jobs = await test.restart();
    const again = await nth(runs, 1);
    expect(jobs.get('one', id)).toMatchObject({ state: 'running', attempts: 0 });
    again.accept();
    again.finish();
    await eventually(() => jobs.get('one', id)?.state).toBe('succeeded');
  });

  it('does not wait for ever for a run that ignores its signal', async () => {
    let isRunning = false;
    const next = () => {
      isRunning = true;
      return new Promise<never>(() => {});
    };
    const test = start({ run: () => ({ [Symbol.asyncIterator]: () => ({ next }) }) });
    const { id } = test.jobs.submit(submissionOf('a'));
    await eventually(() => isRunning).toBe(true);
    const stopped = test.jobs.stop();
    await eventually(() => {
      test.clock.advance(1000);
      return test.clock.pending();
    }).toEqual([]);
    await stopped;
    const jobs = await test.restart({ run: createSteering().run });
    expect(test.lines.some((line) => line.action === 'jobs.recovered')).toBe(true);
    await eventually(() => jobs.get('one', id)?.state).toBe('running');
  });

  it('may be asked for twice', async () => {
    const { jobs } = start();
    await Promise.all([jobs.stop(), jobs.stop()]);
    await jobs.stop();
  });
});

describe('events', () => {
  it('tell the text so far, then each piece, then the end', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    const only = await nth(runs, 0);
    only.accept();
    only.text('one ');
    only.text('two ');
    await turns();
    const events = jobs.events('one', id, new AbortController().signal)[Symbol.asyncIterator]();
    const next = async () => (await events.next()).value;
    expect(await next()).toMatchObject({ type: 'state', state: 'running', at: '2030-01-01T00:00:00.000Z' });
    expect(await next()).toEqual({ type: 'text', text: 'one two ' });
    only.text('three');
    expect(await next()).toEqual({ type: 'text', text: 'three' });
    only.finish();
    expect(await next()).toMatchObject({ type: 'state', state: 'succeeded' });
    expect(await next()).toEqual({ type: 'done', job: jobs.get('one', id) });
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  it('reach every follower whole, however late it came', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    const { signal } = new AbortController();
    const follower = () => collect(jobs.events('one', id, signal));
    const early = follower();
    const only = await nth(runs, 0);
    only.accept();
    const followers = [early];
    for (const text of ['a', 'b', 'c', 'd']) {
      only.text(text);
      await turns();
      followers.push(follower());
    }
    await turns();
    only.finish();
    for (const events of await Promise.all(followers)) {
      expect(events.map((event) => (event.type === 'text' ? event.text : '')).join('')).toBe('abcd');
      expect(events.at(-1)).toMatchObject({ type: 'done', job: { state: 'succeeded' } });
    }
    expect(await follower()).toMatchObject([{ type: 'state', state: 'succeeded' }, { type: 'done' }]);
  });

  it('begin anew with another run', async () => {
    const { run, runs } = createSteering();
    const { jobs, clock } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    const first = await nth(runs, 0);
    const events = collect(jobs.events('one', id, new AbortController().signal));
    first.text('half');
    await turns();
    first.fail(new ServiceError('ERR_ENGINE_DIED', 'it died'));
    await eventually(() => jobs.get('one', id)?.attempts).toBe(1);
    await eventually(() => {
      clock.advance(1000);
      return runs.length;
    }).toBe(2);
    const second = await nth(runs, 1);
    second.text('whole');
    await turns();
    second.finish();
    const told = (await events).map((event) =>
      event.type === 'text' ? event.text : 'state' in event ? event.state : 'done',
    );
    expect(told).toEqual(['running', 'half', 'queued', 'running', 'whole', 'succeeded', 'done']);
  });

  it('tell of a cancel', async () => {
    const { run, runs } = createSteering();
    const { jobs } = start({ run, config: jobsConfig({ concurrency: 1 }) });
    jobs.submit(submissionOf('a'));
    await nth(runs, 0);
    const { id } = jobs.submit(submissionOf('b'));
    const events = collect(jobs.events('one', id, new AbortController().signal));
    await turns();
    jobs.cancel('one', id);
    expect(await events).toMatchObject([
      { type: 'state', state: 'queued' },
      { type: 'state', state: 'cancelled' },
      { type: 'done', job: { state: 'cancelled' } },
    ]);
  });

  it('end with their signal and with the service', async () => {
    const { run } = createSteering();
    const { jobs } = start({ run });
    const { id } = jobs.submit(submissionOf('a'));
    const gone = new AbortController();
    const one = collect(jobs.events('one', id, gone.signal));
    const two = collect(jobs.events('one', id, new AbortController().signal));
    await turns();
    gone.abort();
    expect((await one).at(-1)).toMatchObject({ type: 'state' });
    await jobs.stop();
    expect((await two).some((event) => event.type === 'done')).toBe(false);
  });

  it('are not there for an unknown job', () => {
    const { jobs } = start();
    expect(codeOf(() => jobs.events('one', 'nonsense', new AbortController().signal))).toBe('ERR_JOBS_NOT_FOUND');
  });
});

describe('the gauge', () => {
  it('counts jobs by state, zero included', async () => {
    const { jobs, gauges } = start();
    jobs.submit(submissionOf('a'));
    await eventually(() => jobs.counts().succeeded).toBe(1);
    const read = [...(gauges.get('jobs')?.() ?? [])];
    expect(read).toHaveLength(6);
    expect(read).toContainEqual({ value: 1, labels: { state: 'succeeded' } });
    expect(read).toContainEqual({ value: 0, labels: { state: 'expired' } });
  });
});

describe('the webhook secret', () => {
  it('is made once, readable by its owner only', async () => {
    const test = start();
    const file = join(test.folder, 'webhook.key');
    const secret = readFileSync(file, 'utf8');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/=]{44}\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await test.restart();
    expect(readFileSync(file, 'utf8')).toBe(secret);
  });

  it('stops the start when it is not one', () => {
    const test = start();
    const webhookKeyFile = join(test.folder, 'other.key');
    writeFileSync(webhookKeyFile, 'not a secret');
    expect(codeOf(() => openTestJobs({ webhookKeyFile }))).toBe('ERR_CONFIG_INVALID');
    rmSync(webhookKeyFile);
  });
});

describe('log lines', () => {
  it('name job and request, never prompt or answer', async () => {
    const { jobs, lines } = start();
    const { id } = jobs.submit(submissionOf('tell no one', { requestId: 'req-9' }));
    await eventually(() => lines.map((line) => line.action)).toContain('job.finished');
    expect(lines.find((line) => line.action === 'job.finished')?.fields).toEqual({
      'labels.job_id': id,
      'http.request.id': 'req-9',
      'labels.state': 'succeeded',
    });
    expect(JSON.stringify(lines)).not.toContain('no one');
  });
});
