import type { ActionsConfig } from '../../../core/config/schema.ts';
import type { Outcome } from '../action.ts';

interface Attempted {
  readonly attempt: number;
  readonly receivedAt: number;
  readonly now: number;
  /** 0 to 1, exclusive of 1. */
  readonly random: number;
}

/** What follows from an outcome: an end, or another attempt and when. */
export type Sequel =
  | { readonly kind: 'end'; readonly outcome: Outcome }
  | { readonly kind: 'repeat'; readonly outcome: Outcome; readonly notBefore: number };

/** Waits double from `minMs` to `maxMs`, half of each left to chance, until the task is older than `giveUpMs`. */
export const sequelOf = (
  outcome: Outcome,
  { attempt, receivedAt, now, random }: Attempted,
  config: ActionsConfig['attempts'],
): Sequel => {
  if (outcome.outcome !== 'retry') return { kind: 'end', outcome };
  const { minMs, maxMs, giveUpMs } = config;
  const waitMs = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, 30)) * (0.5 + random / 2);
  const notBefore = Math.ceil(now + waitMs);
  if (notBefore - receivedAt <= giveUpMs) return { kind: 'repeat', outcome, notBefore };
  const reason = `given up after ${attempt} attempts: ${outcome.reason}`;
  return { kind: 'end', outcome: { ...outcome, outcome: 'failed', reason } };
};
