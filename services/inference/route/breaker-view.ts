import type { BreakerState } from './breaker.ts';

/** The breaker of one model as a page shows it. */
export interface BreakerView {
  readonly model: string;
  readonly state: 'closed' | 'open';
  /** When an open one closes by itself; absent: when somebody closes it. */
  readonly expiresInMs?: number;
}

/** A breaker at `now`. */
export const viewOf = (model: string, state: BreakerState, now: number): BreakerView => ({
  model,
  state: state.kind,
  ...(state.kind === 'open' && state.until !== undefined ? { expiresInMs: state.until - now } : {}),
});
