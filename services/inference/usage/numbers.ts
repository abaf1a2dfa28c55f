import type { Outcome } from '../../../core/errors/outcome.ts';

/** What is summed up, and the column it is kept in. A request counts once, by how it ended. */
export const COLUMNS = {
  ok: 'ok',
  error: 'error',
  timeout: 'timeout',
  rejected: 'rejected',
  cancelled: 'cancelled',
  submitted: 'submitted',
  cacheHits: 'cache_hits',
  promptTokens: 'prompt_tokens',
  completionTokens: 'completion_tokens',
  cachedTokens: 'cached_tokens',
} as const satisfies Record<Outcome | 'submitted' | 'cacheHits' | `${string}Tokens`, string>;

export type Numbers = Readonly<Record<keyof typeof COLUMNS, number>>;

/** One request that has ended: whose it was, and what it used. */
export interface Use {
  readonly keyId: string;
  readonly tenant: string;
  /** Absent: it ended before a model was chosen. */
  readonly model: string | undefined;
  readonly scenario: string | undefined;
  /** `submitted`: it became a job, whose run is a use of its own. */
  readonly outcome: Outcome | 'submitted';
  readonly isCacheHit: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt tokens that a prefix cache spared. */
  readonly cachedTokens: number;
}

/** Where uses are summed up; an empty name stands for none. */
export interface Place {
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly keyId: string;
  readonly tenant: string;
  readonly model: string;
  readonly scenario: string;
}

export type Sum = Place & Numbers;

/** The UTC day of a time in epoch milliseconds. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length);

export const DAY_MS = 86_400_000;
