import type { Config } from '../../../core/config/schema.ts';
import type { Backoff } from '../../../core/resilience/backoff.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { DeviceSource } from './devices/device.ts';
import type { EngineEgress } from './engine-egress.ts';
import type { ModelSupply } from './supply.ts';

/** What a route is given. */
export interface RouteDeps<Facts> {
  readonly config: Pick<Config, 'models' | 'engines'>;
  /** Path of `services/engine/main.ts`. */
  readonly engineEntry: string;
  readonly supply: ModelSupply<Facts>;
  /** Default: engines reach nothing. */
  readonly egress?: EngineEgress;
  /** Lists the accelerators; default: through nvidia-smi. */
  readonly devices?: DeviceSource;
  readonly createBackoff: (options: { readonly minMs: number; readonly maxMs: number }) => Backoff;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly log: Logger;
  /** Takes what engines write to their standard streams. */
  readonly engineLog: Pick<Logger, 'info'>;
  readonly telemetry: Pick<Telemetry, 'counter' | 'record' | 'gauge'>;
}
