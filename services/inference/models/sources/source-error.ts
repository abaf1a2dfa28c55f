import { ServiceError } from '../../../../core/errors/service-error.ts';

/** A reason one source failed; `details.status` holds the HTTP status where there was one. */
export const sourceError = (reason: string, status?: number, cause?: unknown): ServiceError =>
  new ServiceError('ERR_MODELS_SOURCE', reason, {
    ...(status === undefined ? {} : { details: { status } }),
    cause,
    retryAfterSeconds: 30,
  });
