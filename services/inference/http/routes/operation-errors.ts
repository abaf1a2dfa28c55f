import type { ErrorCode } from '../../../../core/errors/codes.ts';

const CHOICE = ['ERR_MODELS_UNKNOWN', 'ERR_MODELS_SCENARIO_UNKNOWN', 'ERR_MODELS_NONE_FITS'] as const;

/** What can go wrong between the choice of a model and its last token. */
export const WORK_ERRORS: readonly ErrorCode[] = [
  ...CHOICE,
  'ERR_MODELS_CAPABILITY',
  'ERR_REDACT_BLOCKED',
  'ERR_REDACT_FAILED',
  'ERR_ADMIT_QUEUE_FULL',
  'ERR_ADMIT_RATE',
  'ERR_ADMIT_CONCURRENCY',
  'ERR_ADMIT_DEADLINE',
  'ERR_ADMIT_DRAINING',
  'ERR_ADMIT_SHED',
  'ERR_ROUTE_NO_REPLICA',
  'ERR_ROUTE_BREAKER_OPEN',
  'ERR_ENGINE_DIED',
  'ERR_ENGINE_FAILED',
  'ERR_ENGINE_CONTEXT_OVERFLOW',
];

/** Those of a generation, now or as a job. */
export const INFERENCE_ERRORS: readonly ErrorCode[] = [
  ...WORK_ERRORS,
  'ERR_ENGINE_GRAMMAR',
  'ERR_JOBS_IDEMPOTENCY',
  'ERR_JOBS_CALLBACK',
  'ERR_JOBS_FULL',
  'ERR_JOBS_STORE',
];

/** Those of the OpenAI routes that generate. */
export const OPENAI_ERRORS: readonly ErrorCode[] = [
  ...WORK_ERRORS,
  'ERR_ENGINE_GRAMMAR',
  'ERR_HTTP_UNSUPPORTED_PARAMETER',
  'ERR_HTTP_UNSUPPORTED_CONTENT',
];

export const JOB_ERRORS: readonly ErrorCode[] = ['ERR_JOBS_NOT_FOUND', 'ERR_JOBS_STORE'];
export const SELECT_ERRORS: readonly ErrorCode[] = ['ERR_MODELS_SCENARIO_UNKNOWN', 'ERR_MODELS_NONE_FITS'];
export const REPLICA_ERRORS: readonly ErrorCode[] = ['ERR_MODELS_UNKNOWN', 'ERR_ROUTE_NO_CORES', 'ERR_ROUTE_NO_MEMORY'];
