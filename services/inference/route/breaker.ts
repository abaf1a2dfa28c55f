import { ServiceError } from '../../../core/errors/service-error.ts';

/** Whether a model takes requests. A person or an action opens it; from then on it finds its way back by itself. */
export type BreakerState =
  | { readonly kind: 'closed' }
  | ({
      readonly kind: 'open';
      /** In the milliseconds of the clock; `undefined`: until someone changes it. */
      readonly until: number | undefined;
    } & Why)
  | ({
      readonly kind: 'half_open';
      readonly since: number;
      /** Requests that are being tried now. */
      readonly trials: number;
    } & Why);

interface Why {
  readonly reason: string | undefined;
  /** Times it opened again after a trial failed, since it was last closed. */
  readonly failures: number;
}

/** What became of a trial: `neither` says nothing about the model, such as a refusal or a client that left. */
export type TrialEnd = 'good' | 'bad' | 'neither';

/** Lets everything through. */
export const CLOSED: BreakerState = { kind: 'closed' };

/** Requests that are tried at once while it is half open. */
export const MAX_TRIALS = 3;
/** Advice to those that are not tried: by then a trial has mostly ended. */
const TRIAL_SECONDS = 1;
const REOPEN_MS = 1000;
/** Once the model decodes again this is the most that an opening of its own can still cost. */
const MAX_REOPEN_MS = 5000;
/** Advice where nobody knows when the breaker will be closed. */
const UNKNOWN_SECONDS = 30;

/** Opens for a while, or for good. */
export const openFor = (expiresMs: number | undefined, now: number, reason?: string): BreakerState => ({
  kind: 'open',
  until: expiresMs === undefined ? undefined : now + expiresMs,
  reason,
  failures: 0,
});

/** Lets a trickle through, and closes with the first token. */
export const halfOpen = (now: number, reason?: string, failures = 0): BreakerState => ({
  kind: 'half_open',
  since: now,
  trials: 0,
  reason,
  failures,
});

/** The state as it is at `now`: an open breaker is half open when its time is over. */
export const breakerAt = (state: BreakerState, now: number): BreakerState =>
  state.kind === 'open' && state.until !== undefined && state.until <= now
    ? halfOpen(state.until, state.reason, state.failures)
    : state;

/** The state with one more trial; throws where a request is not let through. */
export const tryOne = (state: BreakerState, modelId: string, now: number): BreakerState => {
  if (state.kind === 'open') throw refusal(modelId, 'is open', secondsOf(state, now));
  if (state.kind === 'closed') return state;
  if (state.trials >= MAX_TRIALS)
    throw refusal(modelId, `is half open: ${MAX_TRIALS} requests are tried`, TRIAL_SECONDS);
  return { ...state, trials: state.trials + 1 };
};

/** The state after a trial that `tryOne` let through in the half-open time that began at `since`. */
export const endTrial = (state: BreakerState, since: number, end: TrialEnd, now: number): BreakerState => {
  // What was tried before it opened again says nothing about the model as it is now.
  if (state.kind !== 'half_open' || state.since !== since) return state;
  if (end === 'good') return CLOSED;
  if (end === 'neither') return { ...state, trials: Math.max(0, state.trials - 1) };
  const waitMs = Math.min(MAX_REOPEN_MS, REOPEN_MS * 2 ** state.failures);
  return { kind: 'open', until: now + waitMs, reason: state.reason, failures: state.failures + 1 };
};

const HTTP_SERVER_ERROR = 500;
const HTTP_UNAVAILABLE = 503;

/** What an error says about the model: back-pressure, mistakes of a request and clients that left say nothing. */
export const endOf = (error: unknown): TrialEnd => {
  if (!(error instanceof ServiceError)) return 'neither';
  if (error.code !== 'ERR_ENGINE_DIED' && error.code !== 'ERR_ENGINE_FAILED') return 'neither';
  const upstream = error.details?.upstreamStatus;
  if (typeof upstream !== 'number') return 'bad';
  return upstream >= HTTP_SERVER_ERROR && upstream !== HTTP_UNAVAILABLE ? 'bad' : 'neither';
};

const refusal = (model: string, what: string, retryAfterSeconds: number): ServiceError =>
  new ServiceError(
    'ERR_ROUTE_BREAKER_OPEN',
    `model ${model}: its circuit breaker ${what}; try again in ${retryAfterSeconds} s`,
    { details: { model }, retryAfterSeconds },
  );

const secondsOf = ({ until }: BreakerState & { kind: 'open' }, now: number): number =>
  until === undefined ? UNKNOWN_SECONDS : Math.max(1, Math.ceil((until - now) / 1000));
