import { ServiceError } from '../../../core/errors/service-error.ts';

/** Whether a model takes requests; for now only a person (or an action) changes it. */
export type BreakerState =
  | { readonly kind: 'closed' }
  /** `until` in the milliseconds of the clock; `undefined`: until someone closes it. */
  | { readonly kind: 'open'; readonly until: number | undefined };

/** Lets everything through. */
export const CLOSED: BreakerState = { kind: 'closed' };

/** Opens for a while, or for good. */
export const openFor = (expiresMs: number | undefined, now: number): BreakerState => ({
  kind: 'open',
  until: expiresMs === undefined ? undefined : now + expiresMs,
});

/** The state as it is at `now`: an open breaker closes by itself when its time is over. */
export const breakerAt = (state: BreakerState, now: number): BreakerState =>
  state.kind === 'open' && state.until !== undefined && state.until <= now ? CLOSED : state;

/** Throws when requests for this model are not let through. */
export const checkBreaker = (state: BreakerState, modelId: string, now: number): void => {
  const current = breakerAt(state, now);
  if (current.kind === 'closed') return;
  const retryAfterSeconds = current.until === undefined ? UNKNOWN_SECONDS : secondsUntil(current.until, now);
  throw new ServiceError(
    'ERR_ROUTE_BREAKER_OPEN',
    `model ${modelId}: its circuit breaker is open; try again in ${retryAfterSeconds} s`,
    { details: { model: modelId }, retryAfterSeconds },
  );
};

/** Advice where nobody knows when the breaker will be closed. */
const UNKNOWN_SECONDS = 30;

const secondsUntil = (until: number, now: number): number => Math.max(1, Math.ceil((until - now) / 1000));
