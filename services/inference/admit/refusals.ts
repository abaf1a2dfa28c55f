import { ServiceError } from '../../../core/errors/service-error.ts';
import type { KeyRefusal } from './key-ledger.ts';

/** What `clawdbot.rejections` counts by. */
export type RejectionReason = 'queue_full' | 'rate' | 'concurrency' | 'deadline' | 'draining' | 'shed';

/** The whole service is at its limit. */
export const queueFull = (limit: number, retryAfterSeconds: number): ServiceError =>
  new ServiceError(
    'ERR_ADMIT_QUEUE_FULL',
    `queue is full: expected at most ${limit} waiting requests; try again in ${retryAfterSeconds} s`,
    { details: { limit }, retryAfterSeconds },
  );

/** There is too much to do, and this is least missed. */
export const shedding = (retryAfterSeconds: number): ServiceError =>
  new ServiceError(
    'ERR_ADMIT_SHED',
    `the service has too much to do and refuses requests of low priority for now; try again in ${retryAfterSeconds} s`,
    { retryAfterSeconds },
  );

/** The service is stopping. */
export const draining = (): ServiceError =>
  new ServiceError('ERR_ADMIT_DRAINING', 'the service is stopping and takes no new requests', {
    retryAfterSeconds: 5,
  });

/** The request waited in vain. */
export const deadlinePassed = (): ServiceError =>
  new ServiceError('ERR_ADMIT_DEADLINE', 'the deadline of the request passed before its turn came', {
    retryAfterSeconds: 1,
  });

/** The refusal of one key: over its rate or its concurrency. */
export const keyRefused = (refusal: KeyRefusal, concurrencyWaitSeconds: number): ServiceError => {
  if (refusal.kind === 'concurrency') {
    return new ServiceError(
      'ERR_ADMIT_CONCURRENCY',
      `this key has ${refusal.limit} requests under way, as many as it may; wait for one to finish`,
      { details: { limit: refusal.limit }, retryAfterSeconds: concurrencyWaitSeconds },
    );
  }
  const retryAfterSeconds = Math.max(1, Math.ceil(refusal.waitMs / 1000));
  return new ServiceError(
    'ERR_ADMIT_RATE',
    `this key may use ${refusal.limit} ${refusal.kind} per minute and has used them; try again in ${retryAfterSeconds} s`,
    { details: { limit: refusal.limit, unit: refusal.kind }, retryAfterSeconds },
  );
};

/** The label it is counted under. */
export const reasonOf = (refusal: KeyRefusal): RejectionReason =>
  refusal.kind === 'concurrency' ? 'concurrency' : 'rate';
