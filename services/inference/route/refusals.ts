import type { ErrorCode } from '../../../core/errors/codes.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';

/** Nothing of this model can answer, and waiting would not help. */
export const noReplica = (
  model: string,
  reason: string,
  more: { readonly cause?: ErrorCode; readonly retryAfterMs?: number } = {},
): ServiceError =>
  new ServiceError('ERR_ROUTE_NO_REPLICA', `model ${model}: no replica can answer now: ${reason}`, {
    details: { model, ...(more.cause === undefined ? {} : { cause: more.cause }) },
    retryAfterSeconds: more.retryAfterMs === undefined ? UNKNOWN_SECONDS : seconds(more.retryAfterMs),
  });

/** Nothing starts any more. */
export const stopping = (model: string): ServiceError => noReplica(model, 'the service is stopping');

/** Advice where nobody knows when the model will be back. */
const UNKNOWN_SECONDS = 30;

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** Too few CPU threads for that many. */
export const noCores = (model: string, wanted: number, threads: number): ServiceError =>
  new ServiceError(
    'ERR_ROUTE_NO_CORES',
    `no free cores: ${wanted} replicas of model ${model} would leave a replica without a thread of the ${threads} there are; run fewer replicas or lower \`threads\``,
    { details: { model, replicas: wanted, threads } },
  );

/** Too little memory for that many. */
export const noMemory = (model: string, wanted: number, reason: string): ServiceError =>
  new ServiceError('ERR_ROUTE_NO_MEMORY', reason, {
    details: { model, replicas: wanted },
  });
