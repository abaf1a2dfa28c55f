import type { ModelConfig } from '../../../core/config/schema.ts';
import type { Backoff } from '../../../core/resilience/backoff.ts';
import type { DeviceWatch } from './devices/watch.ts';
import type { EngineEgress } from './engine-egress.ts';
import type { RouteEvent } from './events.ts';
import type { MemoryRoom } from './memory-room.ts';
import type { LoadOutcome, ReplicaSettings } from './replica-options.ts';
import type { ModelSupply } from './supply.ts';
import type { ThreadBudget } from './thread-budget.ts';

/** What the pool of one model is given. */
export interface PoolOptions<Facts> {
  readonly model: ModelConfig;
  readonly entry: string;
  readonly supply: ModelSupply<Facts>;
  readonly settings: ReplicaSettings;
  readonly threads: ThreadBudget;
  readonly memory: MemoryRoom;
  readonly devices: DeviceWatch;
  readonly egress: EngineEgress;
  readonly createBackoff: () => Backoff;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly emit: (event: RouteEvent) => void;
  readonly onLoad: (durationMs: number, outcome: LoadOutcome) => void;
  readonly onRestart: () => void;
}
