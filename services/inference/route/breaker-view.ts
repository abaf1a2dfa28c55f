import type { BreakerState } from './breaker.ts';
import type { RouteEvent } from './events.ts';

/** The breaker of one model as a page shows it. */
export interface BreakerView {
  readonly model: string;
  readonly state: BreakerState['kind'];
  /** When an open one is half open by itself; absent: when somebody changes it. */
  readonly expiresInMs?: number;
  /** Why it is not closed, in the words of whoever opened it. */
  readonly reason?: string;
}

/** A breaker at `now`. */
export const viewOf = (model: string, state: BreakerState, now: number): BreakerView => ({
  model,
  state: state.kind,
  ...(state.kind === 'open' && state.until !== undefined ? { expiresInMs: Math.max(0, state.until - now) } : {}),
  ...(state.kind === 'closed' || state.reason === undefined ? {} : { reason: state.reason }),
});

/** Its change, as told. */
export const changeOf = (model: string, state: BreakerState): RouteEvent => ({
  type: 'breaker.changed',
  model,
  state: state.kind,
  ...(state.kind === 'closed' || state.reason === undefined ? {} : { reason: state.reason }),
});
