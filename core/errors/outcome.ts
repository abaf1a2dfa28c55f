import { ERROR_CODES, type ErrorCode } from './codes.ts';

/** How a request ended: what `clawdbot.requests` counts by, and what its access line and trace say. */
export type Outcome = 'ok' | 'error' | 'timeout' | 'rejected' | 'cancelled';

/** How an error counts: a refusal is neither an error nor a time-out, and a client that left is neither. */
export const outcomeOf = (code: ErrorCode, isClientGone: boolean): Outcome => {
  if (isClientGone) return 'cancelled';
  if (code === 'ERR_ADMIT_DEADLINE') return 'timeout';
  if (code.startsWith('ERR_ADMIT_') || code === 'ERR_ROUTE_BREAKER_OPEN') return 'rejected';
  return ERROR_CODES[code].status < 500 ? 'rejected' : 'error';
};
