import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FinalState, JobState } from '../job.ts';
import type { Exceptions, JobStore } from './job-store.ts';
import { PRIORITY_RANK } from './rows.ts';
import { openSqliteStore } from './sqlite.ts';
import { newJob, SUCCESS } from './store-contract.ts';

const NO_EXCEPTIONS: Exceptions = { keyIds: [], targets: [] };
const ROOM = { maxQueued: 1000 };
const CALLBACK = 'https://a.example/';

interface Expected {
  state: JobState;
  readonly priority: keyof typeof PRIORITY_RANK;
  readonly deadlineAt: number | undefined;
  readonly hasCallback: boolean;
  cancelRequested: boolean;
  notBefore: number;
  attempts: number;
  delivery: 'none' | 'pending' | 'delivered';
}

/** What the store should hold; plain enough to be believed. */
interface Model {
  now: number;
  owner: number;
  readonly jobs: Expected[];
  readonly keys: Map<string, number>;
}

/** The store under test, which `crash` replaces. */
interface Real {
  store: JobStore;
  /** Ends per job, as the store reported them. */
  readonly ends: Map<number, number>;
  readonly crash: () => Promise<void>;
}

type Command = fc.AsyncCommand<Model, Real>;

const idOf = (number: number) => newJob(number).id;
const ownerOf = (model: Model) => `owner-${model.owner}`;

/** One of the jobs in these states, or of all when none is; most picks would otherwise find nothing to do. */
const choose = (model: Model, pick: number, ...states: readonly JobState[]): number => {
  const numbers = [...model.jobs.keys()];
  const wanted = numbers.filter((number) => states.includes(model.jobs[number]?.state ?? 'queued'));
  const from = wanted.length > 0 ? wanted : numbers;
  return from[pick % from.length] ?? 0;
};

const end = (job: Expected, state: FinalState): void => {
  job.state = state;
  if (job.hasCallback) job.delivery = 'pending';
};

const countEnd = (real: Real, number: number): void => {
  real.ends.set(number, (real.ends.get(number) ?? 0) + 1);
};

/** Everything the model knows must be what the store says. */
const compare = (model: Model, { store, ends }: Real): void => {
  const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, expired: 0 };
  const deliveries = { pending: 0, delivered: 0, dead: 0 };
  model.jobs.forEach((job, number) => {
    counts[job.state] += 1;
    if (job.delivery !== 'none') deliveries[job.delivery] += 1;
    const { state, cancelRequested, attempts } = job;
    expect(store.get('one', idOf(number))).toMatchObject({ state, cancelRequested, attempts });
    expect(ends.get(number) ?? 0).toBeLessThanOrEqual(1);
  });
  expect(store.counts()).toEqual(counts);
  expect(store.deliveryCounts()).toEqual(deliveries);
};

const command = (name: string, run: (model: Model, real: Real) => void | Promise<void>): Command => ({
  check: () => true,
  async run(model, real) {
    await run(model, real);
    compare(model, real);
  },
  toString: () => name,
});

const add = (
  priority: keyof typeof PRIORITY_RANK,
  key: string | undefined,
  deadlineMs: number | undefined,
  hasCallback: boolean,
) =>
  command(`add(${priority}, ${key}, ${deadlineMs}, ${hasCallback})`, (model, { store }) => {
    const number = model.jobs.length;
    const deadlineAt = deadlineMs === undefined ? undefined : model.now + deadlineMs;
    const callbackUrl = hasCallback ? CALLBACK : undefined;
    const added = store.add(newJob(number, { priority, idempotencyKey: key, deadlineAt, callbackUrl }), ROOM);
    const known = key === undefined ? undefined : model.keys.get(key);
    expect(added).toMatchObject(
      known === undefined ? { kind: 'added' } : { kind: 'repeated', job: { id: idOf(known) } },
    );
    if (known !== undefined) return;
    if (key !== undefined) model.keys.set(key, number);
    const fresh = { cancelRequested: false, notBefore: 0, attempts: 0 };
    model.jobs.push({ ...fresh, state: 'queued', priority, deadlineAt, hasCallback, delivery: 'none' });
  });

const take = () =>
  command('take', (model, { store }) => {
    const taken = store.take({ owner: ownerOf(model), now: model.now, except: NO_EXCEPTIONS });
    const [next] = model.jobs
      .map((job, number) => ({ job, number }))
      .filter(
        ({ job }) => job.state === 'queued' && job.notBefore <= model.now && (job.deadlineAt ?? Infinity) > model.now,
      )
      .sort((a, b) => PRIORITY_RANK[b.job.priority] - PRIORITY_RANK[a.job.priority] || a.number - b.number);
    expect(taken?.id).toBe(next === undefined ? undefined : idOf(next.number));
    if (next !== undefined) next.job.state = 'running';
  });

const finish = (pick: number, isByDeadOwner: boolean) =>
  command(`finish(${pick}, ${isByDeadOwner})`, (model, real) => {
    const number = choose(model, pick, 'running');
    const job = model.jobs[number];
    const owner = isByDeadOwner ? 'owner-dead' : ownerOf(model);
    const isDone = real.store.finish(idOf(number), owner, SUCCESS, {
      attempts: (job?.attempts ?? 0) + 1,
      now: model.now,
    });
    expect(isDone).toBe(job?.state === 'running' && !isByDeadOwner);
    if (job === undefined || !isDone) return;
    job.attempts += 1;
    end(job, 'succeeded');
    countEnd(real, number);
  });

const requeue = (pick: number, waitMs: number) =>
  command(`requeue(${pick}, ${waitMs})`, (model, { store }) => {
    const number = choose(model, pick, 'running');
    const job = model.jobs[number];
    const change = { attempts: (job?.attempts ?? 0) + 1, notBefore: model.now + waitMs };
    const isDone = store.requeue(idOf(number), ownerOf(model), change);
    expect(isDone).toBe(job?.state === 'running' && !job.cancelRequested);
    if (job !== undefined && isDone) Object.assign(job, change, { state: 'queued' });
  });

const cancel = (pick: number) =>
  command(`cancel(${pick})`, (model, real) => {
    const number = choose(model, pick, 'queued', 'running');
    const job = model.jobs[number];
    real.store.cancel('one', idOf(number), model.now);
    if (job?.state === 'queued') {
      end(job, 'cancelled');
      countEnd(real, number);
    }
    if (job !== undefined && ['running', 'cancelled'].includes(job.state)) job.cancelRequested = true;
  });

const pass = (ms: number) =>
  command(`pass(${ms})`, (model, real) => {
    model.now += ms;
    const expired = real.store.expire(model.now, 1000).map((job) => job.id);
    model.jobs.forEach((job, number) => {
      const isDue = job.state === 'queued' && (job.deadlineAt ?? Infinity) <= model.now;
      expect(expired.includes(idOf(number))).toBe(isDue);
      if (!isDue) return;
      end(job, 'expired');
      countEnd(real, number);
    });
  });

const deliver = (isTaken: boolean) =>
  command(`deliver(${isTaken})`, (model, { store }) => {
    const [due] = store.dueDeliveries({ now: model.now, limit: 1, exceptJobs: [], exceptHosts: [] });
    expect(due === undefined).toBe(model.jobs.every((job) => job.delivery !== 'pending'));
    if (due === undefined) return;
    const settlement = { attempts: due.attempts + 1, nextAt: model.now };
    store.settle(due.job.id, { ...settlement, state: isTaken ? 'delivered' : 'pending' });
    const job = model.jobs.find((_, number) => idOf(number) === due.job.id);
    if (job !== undefined && isTaken) job.delivery = 'delivered';
  });

const crash = () =>
  command('crash', async (model, real) => {
    await real.crash();
    model.owner += 1;
    model.jobs.forEach((job, number) => {
      if (job.state !== 'running') return;
      if (!job.cancelRequested) {
        job.state = 'queued';
        return;
      }
      end(job, 'cancelled');
      countEnd(real, number);
    });
    real.store.recover(ownerOf(model), model.now);
  });

/** A store whose process can die: what it leaves on disk is copied, not closed, and opened again. */
const openMortal = (folder: string): Real => {
  let life = 0;
  const fileOf = (number: number) => join(folder, `${number}.db`);
  const real: Real = {
    store: openSqliteStore({ file: fileOf(life) }),
    ends: new Map(),
    async crash() {
      for (const suffix of ['', '-wal']) {
        if (existsSync(fileOf(life) + suffix)) copyFileSync(fileOf(life) + suffix, fileOf(life + 1) + suffix);
      }
      await real.store.stop();
      life += 1;
      real.store = openSqliteStore({ file: fileOf(life) });
    },
  };
  return real;
};

it('agrees with a plain model through any order of events, ends without warning included', async () => {
  const pick = fc.nat();
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const adding = fc
    .tuple(
      fc.constantFrom('low', 'normal', 'high'),
      maybe(fc.constantFrom('k1', 'k2', 'k3')),
      maybe(fc.integer({ min: 1, max: 200 })),
      fc.boolean(),
    )
    .map((parts) => add(...parts));
  const commands = fc.commands(
    [
      adding,
      adding,
      fc.constant(take()),
      fc.constant(take()),
      fc.tuple(pick, fc.boolean()).map((parts) => finish(...parts)),
      fc.tuple(pick, fc.nat(100)).map((parts) => requeue(...parts)),
      pick.map(cancel),
      fc.integer({ min: 1, max: 100 }).map(pass),
      fc.boolean().map(deliver),
      fc.constant(crash()),
    ],
    { maxCommands: 60, size: 'max' },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'clawdbot-jobs-'));
      const real = openMortal(folder);
      try {
        await fc.asyncModelRun(() => ({ model: { now: 1000, owner: 0, jobs: [], keys: new Map() }, real }), steps);
      } finally {
        await real.store.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 40 },
  );
});
