import { randomUUID } from 'node:crypto';
import type { Config } from '../../../core/config/schema.ts';
import type { ConnectorOptions } from '../../../core/egress/connector.ts';
import type { EgressNote } from '../../../core/egress/ledger.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { Run } from './attempt.ts';
import { createDeliverer } from './deliverer.ts';
import { JOB_ID } from './id.ts';
import { isFinal, JOB_STATES, type Job, type JobEvent, type JobRecord, type JobState, viewOf } from './job.ts';
import { createPersist } from './persist.ts';
import { type JobPrivacy, NO_PRIVACY, revealEvents } from './privacy.ts';
import { createProgress } from './progress.ts';
import { createRunner } from './runner.ts';
import { createSettings } from './settings.ts';
import type { JobStore } from './store/job-store.ts';
import { openSqliteStore } from './store/sqlite.ts';
import { type Submission, submitJob } from './submission.ts';
import { createSweeper } from './sweeper.ts';
import { systemTimers, type Timers } from './timers.ts';
import type { Random } from './waits.ts';
import { createSigner } from './webhook.ts';
import { readWebhookSecret } from './webhook-secret.ts';

export interface JobsOptions extends Pick<ConnectorOptions, 'resolve' | 'connect'> {
  /** The job database, made when it is absent. */
  readonly file: string;
  /** The secret that signs callbacks, made when it is absent. */
  readonly webhookKeyFile: string;
  readonly config: Config['jobs'];
  readonly run: Run;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  readonly telemetry: Pick<Telemetry, 'gauge' | 'counter'>;
  /** Told of every attempt to deliver that leaves the machine, or is not let. */
  readonly note?: (note: EgressNote) => void;
  /** Another store than the file. */
  readonly store?: JobStore;
  readonly timers?: Timers;
  readonly random?: Random;
  /** Default: everything is stored as it comes. */
  readonly privacy?: JobPrivacy;
}

/** Requests that are answered later. A job of another tenant does not exist. */
export interface Jobs {
  /** On disk when it returns; a repeated idempotency key answers the job it stands for. */
  submit(submission: Submission): Job;
  get(tenant: string, id: string): Job | undefined;
  /** Newest first; `before` is the id of the last job of the page before. */
  list(query: { tenant: string; limit: number; state?: JobState; before?: string }): readonly Job[];
  /** Ends a queued job at once and a running one soon; a finished one stays as it is. */
  cancel(tenant: string, id: string): Job | undefined;
  /** Throws ERR_JOBS_NOT_FOUND at once; ends with `done`, the signal, or `stop`. */
  events(tenant: string, id: string, signal: AbortSignal): AsyncIterable<JobEvent>;
  /** Forgets what a key left before a time. */
  purge: JobStore['purge'];
  counts(): Readonly<Record<JobState, number>>;
  update(config: Config['jobs']): void;
  /** Starts no more jobs and waits for those that run; the rest waits in the store. */
  drain(): Promise<void>;
  /** Gives running jobs back to the queue and closes the store. May be called twice. */
  stop(): Promise<void>;
}

/** Opens the store, gives the jobs of a dead process back to the queue, and goes on with what waits. */
export const createJobs = (options: JobsOptions): Jobs => {
  const parts = assemble(options);
  recover(parts, options);
  options.telemetry.gauge('jobs', () => {
    const counts = parts.store.counts();
    return JOB_STATES.map((state) => ({ value: counts[state], labels: { state } }));
  });
  options.telemetry.gauge('jobsOldestAge', () => {
    const at = parts.store.oldestQueuedAt();
    return [{ value: at === undefined ? 0 : Math.max(0, options.now() - at) / 1000 }];
  });
  parts.wake();
  return facadeOf(parts, options);
};

type Parts = ReturnType<typeof assemble>;

const assemble = (options: JobsOptions) => {
  const { now, log, telemetry, connect, resolve, timers = systemTimers, random = Math.random } = options;
  const sign = createSigner(readWebhookSecret(options.webhookKeyFile));
  const store = options.store ?? openSqliteStore({ file: options.file });
  const network = { ...(connect === undefined ? {} : { connect }), ...(resolve === undefined ? {} : { resolve }) };
  const settings = createSettings(options.config, { network, note: options.note ?? (() => {}), log });
  const stopping = new AbortController();
  const owner = randomUUID();
  const progress = createProgress();
  const persist = createPersist({ timers, random, signal: stopping.signal, log });
  const shared = {
    ...settings,
    store,
    owner,
    privacy: options.privacy ?? NO_PRIVACY,
    run: options.run,
    progress,
    persist,
    now,
    timers,
    random,
    telemetry,
    log,
  };
  const deliverer = createDeliverer({ ...shared, sign, config: () => settings.config().callbacks });
  const runner = createRunner({ ...shared, onEnded: deliverer.wake });
  const sweeper = createSweeper({ ...shared, retentionMs: () => settings.config().retentionMs });
  const stop = async () => {
    sweeper.stop();
    await runner.stop();
    progress.close();
    stopping.abort();
    await deliverer.stop();
    await settings.stop();
    await store.stop();
  };
  let stopped: Promise<void> | undefined;
  return {
    store,
    owner,
    settings,
    progress,
    runner,
    deliverer,
    wake() {
      for (const part of [runner, deliverer, sweeper]) part.wake();
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
};

const recover = ({ store, owner }: Parts, { now, log }: JobsOptions): void => {
  const { requeued, cancelled } = store.recover(owner, now());
  if (requeued + cancelled === 0) return;
  log.info('jobs.recovered', { 'labels.requeued': requeued, 'labels.cancelled': cancelled });
};

const facadeOf = (parts: Parts, { now, privacy = NO_PRIVACY }: JobsOptions): Jobs => {
  const { store, settings, runner, deliverer, progress } = parts;
  const read = (tenant: string, id: string) => (JOB_ID.test(id) ? store.get(tenant, id) : undefined);
  const show = (record: JobRecord): Job => privacy.reveal(record, viewOf(record));
  return {
    submit(submission) {
      const { maxQueued } = settings.config();
      const { job, isNew } = submitJob(submission, {
        store,
        rules: settings.rules(),
        maxQueued,
        now: now(),
        privacy,
      });
      if (isNew) runner.wake();
      return show(job);
    },
    get(tenant, id) {
      const record = read(tenant, id);
      return record === undefined ? undefined : show(record);
    },
    list: (query) => store.list(query).map(show),
    cancel(tenant, id) {
      const record = JOB_ID.test(id) ? store.cancel(tenant, id, now()) : undefined;
      if (record === undefined) return undefined;
      runner.cancel(id);
      progress.change(id);
      if (isFinal(record.state)) deliverer.wake();
      return show(record);
    },
    events(tenant, id, signal) {
      if (read(tenant, id) === undefined) throw notFound();
      const events = progress.follow(id, () => read(tenant, id), signal);
      return revealEvents(events, () => read(tenant, id), privacy);
    },
    purge: store.purge,
    counts: store.counts,
    update(config) {
      settings.update(config);
      parts.wake();
    },
    drain: runner.drain,
    stop: parts.stop,
  };
};

const notFound = (): ServiceError =>
  new ServiceError(
    'ERR_JOBS_NOT_FOUND',
    'no job of this id belongs to the caller; check the id and `jobs.retentionMs`',
  );
