import type { ModelConfig } from '../../../core/config/schema.ts';
import type { Backoff } from '../../../core/resilience/backoff.ts';
import type { RouteEvent } from './events.ts';
import type { LoadOutcome, ReplicaSettings } from './replica.ts';
import type { ModelSupply } from './supply.ts';
import type { ThreadBudget } from './thread-budget.ts';

/** What the pool of one model is given. */
export interface PoolOptions<Facts> {
  readonly model: ModelConfig;
  readonly entry: string;
  readonly supply: ModelSupply<Facts>;
  readonly settings: ReplicaSettings;
  readonly threads: ThreadBudget;
  readonly createBackoff: () => Backoff;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly emit: (event: RouteEvent) => void;
  readonly onLoad: (durationMs: number, outcome: LoadOutcome) => void;
  readonly onRestart: () => void;
}
