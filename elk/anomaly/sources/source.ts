import type { AnomalySource } from '../../../core/telemetry/metrics.ts';
import type { Batch } from '../detect/detector.ts';
import type { LogLine } from '../templates/novelty.ts';

export type Points = NonNullable<Batch['points']>;

/** A stretch of intervals of one length, both ends included. */
export interface Span {
  readonly lengthMs: number;
  readonly first: number;
  readonly last: number;
}

/** Where numbers come from. A new source implements this, and nothing else knows of it. */
export interface MetricSource {
  readonly name: AnomalySource;
  /** Up to when all that was measured can be asked for; absent: up to now. Rejects where it cannot be had, or is too far behind. */
  readonly until?: (now: number) => Promise<number>;
  /** What was measured in each interval, by slot; an interval nobody measured is not there. Rejects where it cannot be had. */
  read(span: Span): Promise<ReadonlyMap<number, Points>>;
  close(): Promise<void>;
}

/** What was written to the logs since the last question. */
export interface Lines {
  /** By level; absent where a source of numbers counts them. */
  readonly counts?: Readonly<Record<'warn' | 'error', number>>;
  /** Those of level error; of very many the first. */
  readonly errors: readonly LogLine[];
}

/** Where log lines come from. */
export interface LogSource {
  readonly name: AnomalySource;
  /** Lines that have come since the last time. Rejects where they cannot be had. */
  read(now: number): Promise<Lines>;
  close(): Promise<void>;
}

/** More error lines of one interval are counted, and not looked at. */
export const MOST_ERRORS = 500;
