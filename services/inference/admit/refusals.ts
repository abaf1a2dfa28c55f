import type { ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError, type ServiceErrorOptions } from '../../../core/errors/service-error.ts';
import type { KeyRefusal } from './key-ledger.ts';

/** What `clawdbot.rejections` counts by. */
export type RejectionReason = 'queue_full' | 'rate' | 'concurrency' | 'deadline' | 'draining';

/** The whole service is at its limit. */
export const queueFull = (limit: number, retryAfterSeconds: number): ServiceError =>
  refuse(
    'ERR_ADMIT_QUEUE_FULL',
    `queue is full: expected at most ${limit} waiting requests; try again in ${retryAfterSeconds} s`,
    { details: { limit }, retryAfterSeconds },
  );

/** The service is stopping. */
export const draining = (): ServiceError =>
  refuse('ERR_ADMIT_DRAINING', 'the service is stopping and takes no new requests', {
    retryAfterSeconds: 5,
  });

/** The request waited in vain. */
export const deadlinePassed = (): ServiceError =>
  refuse('ERR_ADMIT_DEADLINE', 'the deadline of the request passed before its turn came', {
    retryAfterSeconds: 1,
  });

/** The refusal of one key: over its rate or its concurrency. */
export const keyRefused = (refusal: KeyRefusal, concurrencyWaitSeconds: number): ServiceError => {
  if (refusal.kind === 'concurrency') {
    return refuse(
      'ERR_ADMIT_CONCURRENCY',
      `this key has ${refusal.limit} requests under way, as many as it may; wait for one to finish`,
      { details: { limit: refusal.limit }, retryAfterSeconds: concurrencyWaitSeconds },
    );
  }
  const retryAfterSeconds = Math.max(1, Math.ceil(refusal.waitMs / 1000));
  return refuse(
    'ERR_ADMIT_RATE',
    `this key may use ${refusal.limit} ${refusal.kind} per minute and has used them; try again in ${retryAfterSeconds} s`,
    { details: { limit: refusal.limit, unit: refusal.kind }, retryAfterSeconds },
  );
};

/** The label it is counted under. */
export const reasonOf = (refusal: KeyRefusal): RejectionReason =>
  refusal.kind === 'concurrency' ? 'concurrency' : 'rate';

/** A refusal says everything in its code: recording where it was made would cost three times the decision. */
const refuse = (code: ErrorCode, message: string, options: ServiceErrorOptions): ServiceError => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new ServiceError(code, message, options);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
};
