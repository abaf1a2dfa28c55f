import { setImmediate } from 'node:timers/promises';
import type { Config } from '../../../core/config/schema.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import { type Run, runOnce } from './attempt.ts';
import { createConclude } from './conclusion.ts';
import type { JobRecord } from './job.ts';
import { createPauses } from './pauses.ts';
import type { Persist } from './persist.ts';
import type { Progress } from './progress.ts';
import type { JobStore } from './store/job-store.ts';
import { pause, type Timers } from './timers.ts';
import { createTurnstile } from './turnstile.ts';
import { type Interruption, judge } from './verdict.ts';
import type { Random } from './waits.ts';

export interface RunnerDeps {
  readonly store: JobStore;
  /** Names this process in the store. */
  readonly owner: string;
  readonly run: Run;
  /** Read at every turn, because it changes while running. */
  readonly config: () => Pick<Config['jobs'], 'concurrency' | 'maxAttempts'>;
  readonly progress: Progress;
  readonly persist: Persist;
  /** Told whenever a job ended, because it may owe a callback. */
  readonly onEnded: () => void;
  readonly now: () => number;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
}

/** Takes queued jobs and runs them, so many at once. */
export interface Runner {
  /** There may be more to do: a new job, a changed setting. */
  wake(): void;
  /** Ends the run of a job, if there is one here. */
  cancel(id: string): void;
  /** Takes no more; resolves when what runs has ended. */
  drain(): Promise<void>;
  /** Ends all runs; their jobs go back to the queue. May be called twice. */
  stop(): Promise<void>;
}

interface Entry {
  readonly job: JobRecord;
  readonly controller: AbortController;
  interruption: Interruption | undefined;
}

const PAUSE_WAITS = { minMs: 250, maxMs: 15_000 } as const;
const EXPIRE_BATCH = 100;
/** Runs that do not end when asked to are left to the next start, which finds them in the store. */
const STOP_MS = 5000;

/** A runner that is idle until woken. */
export const createRunner = (deps: RunnerDeps): Runner => {
  const { store, owner, config, progress, now, timers, log } = deps;
  const running = new Map<string, Entry & { readonly ended: Promise<void> }>();
  const pauses = createPauses(PAUSE_WAITS, deps.random);
  const conclude = createConclude({ ...deps, pauses });
  let isDraining = false;

  const work = (): number | undefined => {
    expireDue(deps);
    for (let job = takeNext(); job !== undefined; job = takeNext()) start(job);
    return earliest(store.nextDueAt(now()), pauses.nextEnd(now()));
  };
  const takeNext = (): JobRecord | undefined => {
    const except = pauses.exceptions(now());
    if (isDraining || except === undefined || running.size >= config().concurrency) return undefined;
    return store.take({ owner, now: now(), except });
  };
  const onError = (error: unknown) => log.error('jobs.store_failed', { err: error });
  const turnstile = createTurnstile({ work, now, timers, onError });

  const start = (job: JobRecord): void => {
    progress.begin(job.id);
    const entry: Entry = { job, controller: new AbortController(), interruption: undefined };
    const ended = runToEnd(entry).finally(() => {
      running.delete(job.id);
      progress.end(job.id);
      deps.onEnded();
      turnstile.wake();
    });
    running.set(job.id, Object.assign(entry, { ended }));
  };
  const runToEnd = async (entry: Entry): Promise<void> => {
    // Not in the turn that took it: whatever the run does first must not hold up the taking of the others.
    await setImmediate();
    const { job, controller } = entry;
    const cancelDeadline = watchDeadline(entry, now, timers);
    const outcome = await runOnce(deps.run, job, controller.signal, (text) => progress.append(job.id, text));
    cancelDeadline();
    const hasDeadline = job.deadlineAt !== undefined;
    const facts = { outcome, interruption: entry.interruption, hasDeadline, attempts: job.attempts };
    await deps.persist(() => conclude(judge({ ...facts, maxAttempts: config().maxAttempts }), job));
  };
  const allEnded = () => Promise.all([...running.values()].map((entry) => entry.ended));

  return {
    wake: turnstile.wake,
    cancel(id) {
      const entry = running.get(id);
      if (entry !== undefined) interrupt(entry, 'cancelled');
    },
    async drain() {
      isDraining = true;
      await allEnded();
    },
    async stop() {
      isDraining = true;
      turnstile.stop();
      for (const entry of running.values()) interrupt(entry, 'stopping');
      const enough = new AbortController();
      await Promise.race([allEnded(), pause(timers, STOP_MS, enough.signal)]);
      enough.abort();
    },
  };
};

const interrupt = (entry: Entry, interruption: Interruption): void => {
  entry.interruption ??= interruption;
  entry.controller.abort();
};

const watchDeadline = (entry: Entry, now: () => number, timers: Timers): (() => void) => {
  const { deadlineAt } = entry.job;
  let cancel = () => {};
  const look = () => {
    if (deadlineAt === undefined) return;
    // Timers fire a little early, and long ones very early: only the clock decides.
    if (now() >= deadlineAt) interrupt(entry, 'deadline');
    else cancel = timers.after(deadlineAt - now(), look);
  };
  look();
  return () => cancel();
};

const expireDue = ({ store, now, progress, onEnded, log }: RunnerDeps): void => {
  const expired = store.expire(now(), EXPIRE_BATCH);
  for (const job of expired) {
    progress.change(job.id);
    log.info('job.finished', { 'labels.job_id': job.id, 'http.request.id': job.requestId, 'labels.state': job.state });
  }
  if (expired.length > 0) onEnded();
};

const earliest = (...times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};
