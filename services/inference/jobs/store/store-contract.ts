import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ending, JobResult } from '../job.ts';
import type { Exceptions, JobStore, NewJob } from './job-store.ts';
import { hostOf } from './target.ts';

const NO_EXCEPTIONS: Exceptions = { keyIds: [], targets: [] };
const ROOM = { maxQueued: 1000 };
const URL_A = 'https://a.example/hook';

/** A job that asks for little; ids count up, so that they sort by age. */
export const newJob = (number: number, more: Partial<NewJob> = {}): NewJob => ({
  id: `job_${String(number).padStart(26, '0')}`,
  tenant: 'one',
  keyId: 'key:one',
  requestId: `request-${number}`,
  requestHash: 'hash',
  idempotencyKey: undefined,
  priority: 'normal',
  payload: {
    request: {
      input: { kind: 'text', prompt: `prompt ${number}` },
      maxTokens: 8,
      temperature: 0,
      topP: 1,
      seed: null,
      stop: [],
      responseFormat: { type: 'text' },
    },
  },
  callbackUrl: undefined,
  createdAt: number,
  deadlineAt: undefined,
  ...more,
});

export const RESULT: JobResult = {
  text: 'an answer',
  model: 'scripted',
  finishReason: 'stop',
  usage: { promptTokens: 1, completionTokens: 2, cachedTokens: 0 },
  timings: { queueMs: 0, prefillMs: 1, decodeMs: 2 },
};

export const SUCCESS: Ending = { state: 'succeeded', result: RESULT };
const FAILURE: Ending = { state: 'failed', error: { code: 'ERR_ENGINE_FAILED', message: 'it broke' } };

/** What every job store promises; `open` gives an empty one. */
export const describeJobStore = (name: string, open: () => JobStore | Promise<JobStore>): void => {
  describe(`a job store (${name})`, () => {
    let store: JobStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.stop());

    const add = (number: number, more: Partial<NewJob> = {}) => store.add(newJob(number, more), ROOM);
    const take = (owner = 'me', now = 1000, except = NO_EXCEPTIONS) => store.take({ owner, now, except })?.id;
    const stateOf = (number: number) => store.get('one', newJob(number).id)?.state;
    const id = (number: number) => newJob(number).id;

    describe('adding', () => {
      it('gives back what was added, unchanged', () => {
        const job = newJob(1, { deadlineAt: 5000, callbackUrl: URL_A, priority: 'high', idempotencyKey: 'k' });
        const added = store.add(job, ROOM);
        expect(added.kind).toBe('added');
        const { idempotencyKey: _, ...fields } = job;
        expect(store.get('one', job.id)).toEqual({
          ...fields,
          state: 'queued',
          attempts: 0,
          cancelRequested: false,
          startedAt: undefined,
          finishedAt: undefined,
          result: undefined,
          error: undefined,
        });
      });

      it('keeps one job per idempotency key and tenant', () => {
        add(1, { idempotencyKey: 'k' });
        expect(add(2, { idempotencyKey: 'k', requestHash: 'other' })).toMatchObject({
          kind: 'repeated',
          job: { id: id(1), requestHash: 'hash' },
        });
        expect(add(3, { idempotencyKey: 'k', tenant: 'two' }).kind).toBe('added');
        expect(add(4).kind).toBe('added');
        expect(add(5).kind).toBe('added');
        expect(store.findByKey('one', 'k')?.id).toBe(id(1));
        expect(store.findByKey('two', 'k')?.id).toBe(id(3));
        expect(store.findByKey('three', 'k')).toBeUndefined();
      });

      it('refuses more queued jobs than it may hold, but still answers a repetition', () => {
        store.add(newJob(1, { idempotencyKey: 'k' }), { maxQueued: 1 });
        expect(store.add(newJob(2), { maxQueued: 1 })).toEqual({ kind: 'full', queued: 1 });
        expect(store.add(newJob(3, { idempotencyKey: 'k' }), { maxQueued: 1 }).kind).toBe('repeated');
        take();
        expect(store.add(newJob(4), { maxQueued: 1 }).kind).toBe('added');
      });

      it('keeps text of any kind', () => {
        const prompt = 'quotes \' " \\ nul \u0000 line\n emoji 😀 lone \ud800 end';
        const { payload } = newJob(1);
        add(1, { payload: { ...payload, request: { ...payload.request, input: { kind: 'text', prompt } } } });
        expect(store.get('one', id(1))?.payload.request.input).toEqual({ kind: 'text', prompt });
      });
    });

    describe('reading', () => {
      it("does not know another tenant's job", () => {
        add(1);
        expect(store.get('two', id(1))).toBeUndefined();
        expect(store.cancel('two', id(1), 5)).toBeUndefined();
        expect(stateOf(1)).toBe('queued');
      });

      it('lists newest first, page by page, by state', () => {
        for (let number = 1; number <= 5; number += 1) add(number);
        add(6, { tenant: 'two' });
        take();
        const list = (query: object) => store.list({ tenant: 'one', limit: 2, ...query }).map((job) => job.id);
        expect(list({})).toEqual([id(5), id(4)]);
        expect(list({ before: id(4) })).toEqual([id(3), id(2)]);
        expect(list({ before: id(1) })).toEqual([]);
        expect(list({ state: 'running' })).toEqual([id(1)]);
        expect(list({ before: id(6) })).toEqual([]);
      });

      it('says when the oldest that waits was accepted', () => {
        expect(store.oldestQueuedAt()).toBeUndefined();
        add(1, { createdAt: 10 });
        add(2, { createdAt: 20 });
        take();
        expect(store.oldestQueuedAt()).toBe(20);
      });

      it('counts jobs by state', () => {
        for (let number = 1; number <= 4; number += 1) add(number);
        take();
        take();
        store.finish(id(1), 'me', SUCCESS, { attempts: 1, now: 5 });
        store.cancel('one', id(3), 5);
        expect(store.counts()).toEqual({ queued: 1, running: 1, succeeded: 1, failed: 0, cancelled: 1, expired: 0 });
        store.sweep(1000, 10);
        expect(store.counts()).toEqual({ queued: 1, running: 1, succeeded: 0, failed: 0, cancelled: 0, expired: 0 });
      });
    });

    describe('taking', () => {
      it('goes by priority, then by age', () => {
        add(1, { priority: 'low' });
        add(2);
        add(3, { priority: 'high' });
        add(4);
        add(5, { priority: 'high' });
        expect([take(), take(), take(), take(), take(), take()]).toEqual([
          id(3),
          id(5),
          id(2),
          id(4),
          id(1),
          undefined,
        ]);
      });

      it('passes over excepted keys and targets', () => {
        const { request } = newJob(1).payload;
        add(1, { keyId: 'key:busy' });
        add(2, { payload: { request, model: 'absent' } });
        add(3, { payload: { request, scenario: 'chat' } });
        add(4);
        const except = { keyIds: ['key:busy'], targets: ['model:absent', 'scenario:chat'] };
        expect([take('me', 1, except), take('me', 1, except)]).toEqual([id(4), undefined]);
        expect([take('me', 1, { keyIds: [], targets: ['default'] }), take(), take()]).toEqual([id(2), id(1), id(3)]);
      });

      it('leaves jobs whose time has not come or is over', () => {
        add(1, { deadlineAt: 1000 });
        add(2);
        take('me', 500);
        take('me', 500);
        store.requeue(id(1), 'me', { attempts: 1, notBefore: 700 });
        store.requeue(id(2), 'me', { attempts: 1, notBefore: 2000 });
        expect(take('me', 699)).toBeUndefined();
        expect(take('me', 1000)).toBeUndefined();
        expect(take('me', 2000)).toBe(id(2));
      });

      it('notes when a run began and forgets it when the job goes back', () => {
        add(1);
        expect(store.take({ owner: 'me', now: 77, except: NO_EXCEPTIONS })).toMatchObject({
          state: 'running',
          startedAt: 77,
        });
        store.requeue(id(1), 'me', { attempts: 3, notBefore: 0 });
        expect(store.get('one', id(1))).toMatchObject({ state: 'queued', startedAt: undefined, attempts: 3 });
      });

      it('gives a requeued job its old place', () => {
        add(1);
        add(2);
        take();
        store.requeue(id(1), 'me', { attempts: 0, notBefore: 0 });
        expect([take(), take()]).toEqual([id(1), id(2)]);
      });
    });

    describe('finishing', () => {
      it('happens once, and only by the owner', () => {
        add(1);
        take();
        expect(store.finish(id(1), 'other', FAILURE, { attempts: 1, now: 5 })).toBe(false);
        expect(store.finish(id(1), 'me', SUCCESS, { attempts: 1, now: 6 })).toBe(true);
        expect(store.finish(id(1), 'me', FAILURE, { attempts: 1, now: 7 })).toBe(false);
        expect(store.requeue(id(1), 'me', { attempts: 1, notBefore: 0 })).toBe(false);
        expect(store.get('one', id(1))).toMatchObject({
          state: 'succeeded',
          result: RESULT,
          error: undefined,
          finishedAt: 6,
        });
      });

      it('keeps why a job failed', () => {
        add(1);
        take();
        store.finish(id(1), 'me', FAILURE, { attempts: 5, now: 6 });
        expect(store.get('one', id(1))).toMatchObject({
          state: 'failed',
          attempts: 5,
          error: { code: 'ERR_ENGINE_FAILED', message: 'it broke' },
          result: undefined,
        });
      });

      it('is not possible for a job that does not run', () => {
        add(1);
        expect(store.finish(id(1), 'me', SUCCESS, { attempts: 1, now: 5 })).toBe(false);
        expect(stateOf(1)).toBe('queued');
      });
    });

    describe('cancelling', () => {
      it('ends a queued job at once', () => {
        add(1);
        expect(store.cancel('one', id(1), 9)).toMatchObject({ state: 'cancelled', finishedAt: 9 });
        expect(take()).toBeUndefined();
      });

      it('marks a running job, which then cannot go back to the queue', () => {
        add(1);
        take();
        expect(store.cancel('one', id(1), 9)).toMatchObject({ state: 'running', cancelRequested: true });
        expect(store.requeue(id(1), 'me', { attempts: 1, notBefore: 0 })).toBe(false);
        expect(store.finish(id(1), 'me', { state: 'cancelled' }, { attempts: 0, now: 10 })).toBe(true);
      });

      it('leaves a finished job as it is', () => {
        add(1);
        take();
        store.finish(id(1), 'me', SUCCESS, { attempts: 1, now: 5 });
        expect(store.cancel('one', id(1), 9)).toMatchObject({
          state: 'succeeded',
          cancelRequested: false,
          finishedAt: 5,
        });
        expect(store.cancel('one', id(2), 9)).toBeUndefined();
      });
    });

    describe('expiring', () => {
      it('ends queued jobs whose deadline has passed, a bounded number at a time', () => {
        for (let number = 1; number <= 3; number += 1) add(number, { deadlineAt: 100 + number });
        add(4, { deadlineAt: 500 });
        expect(store.expire(100, 10)).toEqual([]);
        expect(store.expire(103, 2).map((job) => job.id)).toEqual([id(1), id(2)]);
        expect(store.expire(103, 2).map((job) => job.id)).toEqual([id(3)]);
        expect(store.get('one', id(1))).toMatchObject({ state: 'expired', error: { code: 'ERR_ADMIT_DEADLINE' } });
        expect(stateOf(4)).toBe('queued');
      });

      it('does not touch running jobs', () => {
        add(1, { deadlineAt: 100 });
        take('me', 50);
        expect(store.expire(200, 10)).toEqual([]);
      });
    });

    it('says when there may be more to do', () => {
      expect(store.nextDueAt(0)).toBeUndefined();
      add(1);
      expect(store.nextDueAt(0)).toBeUndefined();
      add(2, { deadlineAt: 900 });
      expect(store.nextDueAt(0)).toBe(900);
      take();
      store.requeue(id(1), 'me', { attempts: 1, notBefore: 400 });
      expect(store.nextDueAt(0)).toBe(400);
      expect(store.nextDueAt(400)).toBe(900);
    });

    describe('recovering', () => {
      it('gives the jobs of the dead back to their places, attempts unchanged', () => {
        for (let number = 1; number <= 3; number += 1) add(number);
        take('dead');
        take('dead');
        expect(store.recover('alive', 9)).toEqual({ requeued: 2, cancelled: 0 });
        expect(store.get('one', id(1))).toMatchObject({ state: 'queued', attempts: 0 });
        expect(store.finish(id(1), 'dead', SUCCESS, { attempts: 1, now: 9 })).toBe(false);
        expect([take('alive'), take('alive'), take('alive')]).toEqual([id(1), id(2), id(3)]);
      });

      it('leaves its own jobs alone', () => {
        add(1);
        take('alive');
        expect(store.recover('alive', 9)).toEqual({ requeued: 0, cancelled: 0 });
        expect(stateOf(1)).toBe('running');
      });

      it('ends those that were asked to end', () => {
        add(1, { callbackUrl: URL_A });
        take('dead');
        store.cancel('one', id(1), 5);
        expect(store.recover('alive', 9)).toEqual({ requeued: 0, cancelled: 1 });
        expect(store.get('one', id(1))).toMatchObject({ state: 'cancelled', finishedAt: 9 });
        expect(store.deliveryCounts().pending).toBe(1);
      });
    });

    describe('purging', () => {
      const purge = (isDryRun = false) => store.purge({ keyId: 'key:one', before: 10, isDryRun });

      it('deletes what one key left before a time, and nothing else', () => {
        add(1);
        add(9, { callbackUrl: URL_A });
        add(10);
        add(2, { keyId: 'key:two' });
        expect(purge()).toEqual({ jobs: 2, runningJobs: 0 });
        expect([1, 9, 10, 2].map(stateOf)).toEqual([undefined, undefined, 'queued', 'queued']);
        expect(store.counts().queued).toBe(2);
      });

      it('leaves what runs and says so', () => {
        add(1);
        add(2);
        take();
        expect(purge()).toEqual({ jobs: 1, runningJobs: 1 });
        expect(stateOf(1)).toBe('running');
      });

      it('can count without deleting', () => {
        add(1);
        expect(purge(true)).toEqual({ jobs: 1, runningJobs: 0 });
        expect(stateOf(1)).toBe('queued');
      });
    });

    describe('sweeping', () => {
      it('deletes finished jobs of old, a bounded number at a time, and frees their idempotency keys', () => {
        for (let number = 1; number <= 4; number += 1) add(number, { idempotencyKey: `k${number}` });
        for (let number = 1; number <= 3; number += 1) {
          take();
          store.finish(id(number), 'me', SUCCESS, { attempts: 1, now: number * 10 });
        }
        expect(store.sweep(9, 10)).toBe(0);
        expect(store.sweep(20, 1)).toBe(1);
        expect(store.sweep(20, 10)).toBe(1);
        expect([stateOf(1), stateOf(2), stateOf(3), stateOf(4)]).toEqual([undefined, undefined, 'succeeded', 'queued']);
        expect(add(5, { idempotencyKey: 'k1' }).kind).toBe('added');
      });

      it('keeps a job that still owes a callback', () => {
        add(1, { callbackUrl: URL_A });
        store.cancel('one', id(1), 5);
        expect(store.sweep(1000, 10)).toBe(0);
        store.settle(id(1), { state: 'dead', attempts: 1, nextAt: 5 });
        expect(store.sweep(1000, 10)).toBe(1);
        expect(store.deliveryCounts()).toEqual({ pending: 0, delivered: 0, dead: 0 });
      });
    });

    describe('deliveries', () => {
      const due = (more: Partial<Parameters<JobStore['dueDeliveries']>[0]> = {}) =>
        store.dueDeliveries({ now: 1000, limit: 10, exceptJobs: [], exceptHosts: [], ...more });

      const finishWith = (number: number, callbackUrl: string | undefined) => {
        add(number, { callbackUrl });
        take();
        store.finish(id(number), 'me', SUCCESS, { attempts: 1, now: number });
      };

      it('exist once for every ended job with a callback, however it ended', () => {
        finishWith(1, URL_A);
        finishWith(2, undefined);
        add(3, { callbackUrl: URL_A });
        store.cancel('one', id(3), 3);
        add(4, { callbackUrl: URL_A, deadlineAt: 3 });
        store.expire(4, 10);
        store.finish(id(1), 'me', FAILURE, { attempts: 1, now: 9 });
        store.cancel('one', id(3), 9);
        expect(due().map(({ job }) => [job.id, job.state])).toEqual([
          [id(1), 'succeeded'],
          [id(3), 'cancelled'],
          [id(4), 'expired'],
        ]);
      });

      it('carry the job, its address and an id that does not change', () => {
        finishWith(1, URL_A);
        const [first] = due();
        expect(first).toMatchObject({ url: URL_A, attempts: 0, job: { id: id(1), result: RESULT } });
        expect(first?.webhookId).toMatch(/^msg_/);
        store.settle(id(1), { state: 'pending', attempts: 1, nextAt: 10 });
        expect(due()[0]).toEqual({ ...first, attempts: 1 });
      });

      it('pass over jobs and hosts that are busy', () => {
        finishWith(1, URL_A);
        finishWith(2, 'https://b.example:9443/hook');
        finishWith(3, URL_A);
        expect(due({ exceptJobs: [id(1)] }).map(({ job }) => job.id)).toEqual([id(2), id(3)]);
        expect(due({ exceptHosts: [hostOf(URL_A)] }).map(({ job }) => job.id)).toEqual([id(2)]);
        expect(due({ exceptHosts: ['b.example:9443'] }).map(({ job }) => job.id)).toEqual([id(1), id(3)]);
        expect(due({ limit: 1 }).map(({ job }) => job.id)).toEqual([id(1)]);
      });

      it('wait for their time', () => {
        finishWith(1, URL_A);
        store.settle(id(1), { state: 'pending', attempts: 1, nextAt: 2000 });
        expect(due()).toEqual([]);
        expect(store.nextDeliveryAt(1000)).toBe(2000);
        expect(store.nextDeliveryAt(2000)).toBeUndefined();
        expect(due({ now: 2000 })).toHaveLength(1);
      });

      it('are settled once per attempt', () => {
        finishWith(1, URL_A);
        expect(store.settle(id(1), { state: 'pending', attempts: 1, nextAt: 5 })).toBe(true);
        expect(store.settle(id(1), { state: 'pending', attempts: 1, nextAt: 5 })).toBe(false);
        expect(store.settle(id(1), { state: 'delivered', attempts: 2, nextAt: 5 })).toBe(true);
        expect(store.settle(id(1), { state: 'dead', attempts: 3, nextAt: 5 })).toBe(false);
        expect(due()).toEqual([]);
        expect(store.deliveryCounts()).toEqual({ pending: 0, delivered: 1, dead: 0 });
      });
    });

    it('may be stopped twice', async () => {
      await store.stop();
      await store.stop();
    });
  });
};
