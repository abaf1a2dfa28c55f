import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Priority } from '../../engine/protocol/generation.ts';
import type { Caller } from '../call.ts';
import type { CallbackRules } from './callback-url.ts';
import { newJobId } from './id.ts';
import type { JobPayload, JobRecord } from './job.ts';
import type { JobPrivacy } from './privacy.ts';
import type { JobStore, NewJob } from './store/job-store.ts';

/** A request that is answered later. */
export interface Submission {
  readonly caller: Pick<Caller, 'keyId' | 'tenant'>;
  readonly requestId: string;
  readonly payload: JobPayload;
  readonly priority: Priority;
  /** Epoch milliseconds; `undefined`: the job may take as long as it takes. */
  readonly deadlineAt?: number | undefined;
  readonly callbackUrl?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** What the idempotency key stands for: the body as the client sent it. Default: payload, priority, callback. */
  readonly body?: unknown;
}

interface Deps {
  readonly store: Pick<JobStore, 'add' | 'findByKey'>;
  readonly rules: CallbackRules;
  readonly maxQueued: number;
  readonly now: number;
  readonly privacy: JobPrivacy;
}

const RETRY_AFTER_SECONDS = 5;
const MAX_KEY_LENGTH = 255;

/** Stores a job, or finds the one its idempotency key already stands for; on disk when it returns. */
export const submitJob = (given: Submission, deps: Deps): { readonly job: JobRecord; readonly isNew: boolean } => {
  const { caller } = given;
  checkKey(given.idempotencyKey);
  const { fingerprint } = deps.privacy;
  // A client may make its key of anything, and it is only ever compared.
  const idempotencyKey = given.idempotencyKey === undefined ? undefined : fingerprint(given.idempotencyKey);
  const requestHash = fingerprint(contentOf(given));
  const repeated = idempotencyKey === undefined ? undefined : deps.store.findByKey(caller.tenant, idempotencyKey);
  // Before the rules: the same request has the same answer, whatever the configuration has become since.
  if (repeated !== undefined) return { job: sameRequest(repeated, requestHash), isNew: false };
  const submission = { ...deps.privacy.accept(given), idempotencyKey };
  const added = deps.store.add(newJobOf(submission, requestHash, deps), { maxQueued: deps.maxQueued });
  if (added.kind === 'full') throw queueFull(added.queued);
  if (added.kind === 'repeated') return { job: sameRequest(added.job, requestHash), isNew: false };
  return { job: added.job, isNew: true };
};

const newJobOf = (submission: Submission, requestHash: string, { rules, now, privacy }: Deps): NewJob => ({
  id: newJobId(now),
  tenant: submission.caller.tenant,
  keyId: submission.caller.keyId,
  requestId: submission.requestId,
  requestHash,
  idempotencyKey: submission.idempotencyKey,
  priority: submission.priority,
  payload: submission.payload,
  callbackUrl:
    submission.callbackUrl === undefined
      ? undefined
      : privacy.closeUrl(rules.check(submission.callbackUrl), submission.requestId),
  createdAt: now,
  deadlineAt: submission.deadlineAt,
});

const sameRequest = (job: JobRecord, requestHash: string): JobRecord => {
  if (job.requestHash === requestHash) return job;
  throw new ServiceError(
    'ERR_JOBS_IDEMPOTENCY',
    'idempotency-key: expected the body it was first used with, got another; use a new key for a new request',
    { details: { jobId: job.id } },
  );
};

const checkKey = (key: string | undefined): void => {
  if (key === undefined || (key !== '' && key.length <= MAX_KEY_LENGTH)) return;
  throw new ServiceError(
    'ERR_HTTP_BODY_INVALID',
    `idempotency-key: expected 1 to ${MAX_KEY_LENGTH} characters, got ${key.length}; use a UUID`,
  );
};

const queueFull = (queued: number): ServiceError =>
  new ServiceError('ERR_JOBS_FULL', `the job queue is full: ${queued} jobs are waiting`, {
    details: { queued },
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

// The deadline is left out of the default, because the same relative deadline is another moment at every repetition.
const contentOf = ({ body, payload, priority, callbackUrl }: Submission): string =>
  canonicalJson(body ?? { payload, priority, callbackUrl });

/** JSON with sorted keys, so that two spellings of one value are equal. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (isPlainObject(inner) ? sortKeys(inner) : inner));

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sortKeys = (value: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
