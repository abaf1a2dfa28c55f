import type { LOG_STAGES } from '../../core/telemetry/metrics.ts';
import type { Seen } from './delivery.ts';

export type Stage = (typeof LOG_STAGES)[number];

/** What a stage tells of itself; what it does not tell is absent. */
export interface StageStats {
  readonly seen: Omit<Seen, 'at'>;
  readonly counts: {
    readonly received: number;
    readonly delivered: number;
    readonly duplicate: number;
    readonly retried: number;
    readonly lost: number;
    readonly dead_letter?: number;
  };
  /** Shares. */
  readonly queueUsage?: number;
  readonly deadLetterUsage?: number;
}

/** Reads the answer of a stage; throws where it is none. */
export type ReadStats = (answer: unknown) => StageStats;
