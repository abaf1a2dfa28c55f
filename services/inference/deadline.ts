import { ServiceError } from '../../core/errors/service-error.ts';
import type { Call } from './call.ts';
import type { Stages } from './flow.ts';

type Clock = Pick<Stages, 'limits' | 'now'>;

/** The time a request has, as something that can be waited for. */
export interface Deadline {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Aborts when the client is gone or the deadline passes. */
  readonly signal: AbortSignal;
  /** Names the deadline as the cause where it is one. */
  explain(error: unknown): unknown;
  clear(): void;
}

/** A timer set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Starts the deadline of a request, its own or the service's; `clear` ends it.
 * AbortSignal.any and AbortSignal.timeout would do the same at ten times the cost.
 */
export const startDeadline = (call: Pick<Call, 'deadlineAt' | 'signal'>, { limits, now }: Clock): Deadline => {
  const at = call.deadlineAt ?? now() + limits().deadlineMs;
  const controller = new AbortController();
  let hasPassed = false;
  const expire = () => {
    hasPassed = true;
    controller.abort(deadlineError());
  };
  const leave = () => controller.abort(call.signal.reason);
  const timer = setTimeout(expire, Math.min(LONGEST_TIMER_MS, Math.max(0, at - now())));
  if (call.signal.aborted) leave();
  else call.signal.addEventListener('abort', leave, { once: true });
  return {
    at,
    signal: controller.signal,
    explain: (error) => (hasPassed && !call.signal.aborted ? deadlineError(error) : error),
    clear: () => {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', leave);
    },
  };
};

const deadlineError = (cause?: unknown): ServiceError =>
  new ServiceError('ERR_ADMIT_DEADLINE', 'the deadline of the request passed before its answer was complete', {
    cause,
    retryAfterSeconds: 1,
  });
