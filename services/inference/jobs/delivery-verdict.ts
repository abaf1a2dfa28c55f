import type { Config } from '../../../core/config/schema.ts';
import type { Settlement } from './store/job-store.ts';
import { type Random, waitAfter } from './waits.ts';

/** What came of one attempt to deliver. */
export type DeliveryOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | undefined }
  /** No connection, no answer in time, or one that broke off. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** The address is not allowed (any more): nothing was sent. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The label of the metric. */
export type DeliveryLabel = 'delivered' | 'retried' | 'failed' | 'refused';

interface Facts {
  readonly outcome: DeliveryOutcome;
  /** Before this one. */
  readonly attempts: number;
  readonly maxAttempts: Config['jobs']['callbacks']['attempts'];
  readonly now: number;
  readonly random: Random;
}

/** With the default of 8 attempts the last is up to an hour after the first. */
const RETRY_WAITS = { minMs: 30_000, maxMs: 3_600_000 } as const;
const MAX_RETRY_AFTER_MS = 6 * 3_600_000;
const GONE = 410;

/** Decides whether a delivery is done, tried again and when, or given up. */
export const judgeDelivery = ({
  outcome,
  attempts,
  maxAttempts,
  now,
  random,
}: Facts): Settlement & { label: DeliveryLabel } => {
  const made = attempts + 1;
  const ended = { attempts: made, nextAt: now };
  if (outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300) {
    return { ...ended, state: 'delivered', label: 'delivered' };
  }
  // Only "gone" is final: every other answer may be a receiver that is being mended.
  const isGone = outcome.kind === 'answered' && outcome.status === GONE;
  const label = outcome.kind === 'refused' ? 'refused' : 'retried';
  if (isGone || made >= maxAttempts) return { ...ended, state: 'dead', label: label === 'refused' ? label : 'failed' };
  const asked = outcome.kind === 'answered' ? parseRetryAfter(outcome.retryAfter, now) : 0;
  return {
    state: 'pending',
    attempts: made,
    nextAt: now + Math.max(asked, waitAfter(made, RETRY_WAITS, random)),
    label,
  };
};

/** Milliseconds a `Retry-After` asks for, as seconds or as a date; 0 where it says nothing readable. */
export const parseRetryAfter = (value: string | undefined, now: number): number => {
  if (value === undefined) return 0;
  const waitMs = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
};
