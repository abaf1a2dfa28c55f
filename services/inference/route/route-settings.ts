import type { Config } from '../../../core/config/schema.ts';
import type { ReplicaSettings } from './replica-options.ts';

/** Engines report once a second; less patience than for a few reports would end healthy ones. */
const MIN_STALL_MS = 3000;

/** How patient the route is with an engine. */
export const settingsOf = ({
  stallMs,
  wedgedMs,
  probeIntervalMs,
  loadTimeoutMs,
  restart,
}: Config['engines']): ReplicaSettings => ({
  stallMs: Math.max(MIN_STALL_MS, stallMs),
  wedgedMs,
  probeIntervalMs,
  loadTimeoutMs,
  restartMaxMs: restart.maxMs,
});
