import type { PurgeQuery } from '../../../../core/audit/purge.ts';
import type { Started } from '../../../../core/plugins/plugin.ts';
import type { Ending, JobRecord, JobState } from '../job.ts';

/** A job on its way into the store. */
export type NewJob = Pick<
  JobRecord,
  | 'id'
  | 'tenant'
  | 'keyId'
  | 'requestId'
  | 'requestHash'
  | 'priority'
  | 'payload'
  | 'callbackUrl'
  | 'createdAt'
  | 'deadlineAt'
> & { readonly idempotencyKey: string | undefined };

/** `repeated`: the idempotency key already stands for a job; whether of the same request is for the caller to compare. */
export type Added =
  | { readonly kind: 'added'; readonly job: JobRecord }
  | { readonly kind: 'repeated'; readonly job: JobRecord }
  | { readonly kind: 'full'; readonly queued: number };

/** Queued jobs to pass over for now. */
export interface Exceptions {
  readonly keyIds: readonly string[];
  /** Values of `targetOf`. */
  readonly targets: readonly string[];
}

/** One callback that must be told how its job ended; there is at most one per job. */
export interface Delivery {
  readonly job: JobRecord;
  readonly url: string;
  /** The same in every attempt, so that a receiver can drop repetitions. */
  readonly webhookId: string;
  readonly attempts: number;
}

export type DeliveryState = 'pending' | 'delivered' | 'dead';

/** What an attempt changed; `dead` is never tried again. */
export interface Settlement {
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAt: number;
}

export interface DeliveryQuery {
  readonly now: number;
  readonly limit: number;
  /** Jobs whose delivery is under way. */
  readonly exceptJobs: readonly string[];
  /** Values of `hostOf`. */
  readonly exceptHosts: readonly string[];
}

/**
 * Where jobs and their callbacks live. Every change is one transaction and conditional on the state it starts from, so
 * nothing happens twice: a method answers false or `undefined` when somebody else was faster. `add`, `finish` and
 * `cancel` have reached the disk when they return; the others may be undone by a power cut (never by a killed process),
 * which only means that work is done again.
 *
 * The methods are synchronous because `submit` is: an accepted job is a promise, kept before it is given. Storage
 * failures throw ERR_JOBS_FULL when waiting or room may help, ERR_JOBS_STORE when neither does.
 */
export interface JobStore extends Started {
  add(job: NewJob, limits: { readonly maxQueued: number }): Added;
  findByKey(tenant: string, idempotencyKey: string): JobRecord | undefined;
  get(tenant: string, id: string): JobRecord | undefined;
  /** Newest first; `before` is the id of the last job of the page before. */
  list(query: ListQuery): readonly JobRecord[];
  counts(): Readonly<Record<JobState, number>>;
  /** When the oldest job that waits was accepted, in epoch milliseconds. */
  oldestQueuedAt(): number | undefined;

  /** Makes the next job `running` for `owner`: highest priority first, then oldest. */
  take(query: { readonly owner: string; readonly now: number; readonly except: Exceptions }): JobRecord | undefined;
  /** Ends a job that `owner` runs and queues its callback in the same transaction. */
  finish(
    id: string,
    owner: string,
    ending: Ending,
    change: { readonly attempts: number; readonly now: number },
  ): boolean;
  /** Puts a job that `owner` runs back to its old place in the queue, not to be taken before `notBefore`. */
  requeue(id: string, owner: string, change: { readonly attempts: number; readonly notBefore: number }): boolean;
  /** Ends a queued job; asks a running one to end; leaves a finished one alone. Answers the job as it then is. */
  cancel(tenant: string, id: string, now: number): JobRecord | undefined;
  /** Ends queued jobs whose deadline has passed. */
  expire(now: number, limit: number): readonly JobRecord[];
  /** Gives the jobs of dead owners back to the queue; those asked to end are ended. */
  recover(owner: string, now: number): { readonly requeued: number; readonly cancelled: number };
  /** The earliest time at which `take` or `expire` may have more to do; `undefined` when only a new job can. */
  nextDueAt(now: number): number | undefined;
  /** Deletes jobs that finished before a time and owe no callback; answers how many. */
  sweep(finishedBefore: number, limit: number): number;
  /** Overwrites and deletes the jobs of a key that were created before a time; those that run stay. */
  purge(query: PurgeQuery): { readonly jobs: number; readonly runningJobs: number };

  dueDeliveries(query: DeliveryQuery): readonly Delivery[];
  /** Changes a delivery that is still pending after `attempts - 1` attempts. */
  settle(jobId: string, settlement: Settlement): boolean;
  nextDeliveryAt(now: number): number | undefined;
  deliveryCounts(): Readonly<Record<DeliveryState, number>>;
}

export interface ListQuery {
  readonly tenant: string;
  readonly limit: number;
  readonly state?: JobState;
  readonly before?: string;
}
