import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { Ending, JobFailure, JobResult } from './job.ts';

/** What came of one run of a job. */
export type Outcome =
  | { readonly kind: 'answered'; readonly result: JobResult }
  /** `wasAdmitted`: an engine had accepted it. */
  | { readonly kind: 'failed'; readonly error: ServiceError; readonly wasAdmitted: boolean };

/** Why we ourselves ended a run, if we did. */
export type Interruption = 'cancelled' | 'deadline' | 'stopping';

/** Whose jobs must wait: everybody's, those of one key, or those for one model. */
export type PauseScope = 'all' | 'key' | 'target';

/** What becomes of the job. `attempts` counts the run that just ended, where it counts. */
export type Verdict =
  | { readonly kind: 'finish'; readonly ending: Ending; readonly attempts: number }
  | { readonly kind: 'retry'; readonly attempts: number; readonly error: ServiceError; readonly minWaitMs: number }
  | { readonly kind: 'wait'; readonly scope: PauseScope; readonly error: ServiceError; readonly minWaitMs: number }
  | { readonly kind: 'release' };

interface Facts {
  readonly outcome: Outcome;
  readonly interruption: Interruption | undefined;
  /** The job has a deadline of its own, rather than the default of the service for each run. */
  readonly hasDeadline: boolean;
  /** Before this run. */
  readonly attempts: number;
  readonly maxAttempts: number;
}

/** Refusals that say nothing about the job: it waits, and the run is no attempt. */
const BACK_PRESSURE: Readonly<Partial<Record<ErrorCode, PauseScope>>> = {
  ERR_ADMIT_QUEUE_FULL: 'all',
  ERR_ADMIT_DRAINING: 'all',
  ERR_ADMIT_SHED: 'all',
  ERR_ADMIT_RATE: 'key',
  ERR_ADMIT_CONCURRENCY: 'key',
  ERR_ROUTE_NO_REPLICA: 'target',
  ERR_ROUTE_BREAKER_OPEN: 'target',
};

/** Decides what becomes of a job after a run. */
export const judge = (facts: Facts): Verdict => {
  const { outcome, interruption, attempts } = facts;
  // Asked to cancel and answered at the same time: the caller was told of the cancel, so that is what happened.
  if (interruption === 'cancelled') return { kind: 'finish', ending: { state: 'cancelled' }, attempts };
  if (outcome.kind === 'answered') {
    return { kind: 'finish', ending: { state: 'succeeded', result: outcome.result }, attempts: attempts + 1 };
  }
  if (interruption === 'deadline') return { kind: 'finish', ending: expired(outcome.error), attempts };
  if (interruption === 'stopping') return { kind: 'release' };
  return judgeFailure(outcome, facts);
};

const judgeFailure = (
  { error, wasAdmitted }: Outcome & { kind: 'failed' },
  { attempts, maxAttempts, hasDeadline }: Facts,
): Verdict => {
  const minWaitMs = (error.retryAfterSeconds ?? 0) * 1000;
  const isRefusal = error.code === 'ERR_ADMIT_DEADLINE' && !wasAdmitted && !hasDeadline;
  if (error.code === 'ERR_ADMIT_DEADLINE' && !isRefusal) return { kind: 'finish', ending: expired(error), attempts };
  // A job without a deadline that waited for admission longer than the service lets a request wait is not late.
  const scope = isRefusal ? 'all' : BACK_PRESSURE[error.code];
  if (scope !== undefined) return { kind: 'wait', scope, error, minWaitMs };
  const made = attempts + 1;
  if (error.row.retryable && made < maxAttempts) return { kind: 'retry', attempts: made, error, minWaitMs };
  return { kind: 'finish', ending: { state: 'failed', error: failureOf(error) }, attempts: made };
};

const expired = (cause: ServiceError): Ending => ({
  state: 'expired',
  error: cause.code === 'ERR_ADMIT_DEADLINE' ? failureOf(cause) : DEADLINE_PASSED,
});

const DEADLINE_PASSED: JobFailure = {
  code: 'ERR_ADMIT_DEADLINE',
  message: 'the deadline of the job passed before its answer was complete',
};

const failureOf = ({ code, message, details }: ServiceError): JobFailure => ({
  code,
  message,
  ...(details === undefined ? {} : { details }),
});
