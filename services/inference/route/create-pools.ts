import type { ModelConfig } from '../../../core/config/schema.ts';
import { defaultThreads } from './cores.ts';
import type { DeviceWatch } from './devices/watch.ts';
import { NO_EGRESS } from './engine-egress.ts';
import type { RouteEvent } from './events.ts';
import { MemoryRoom } from './memory-room.ts';
import { Pool } from './pool.ts';
import type { LoadOutcome, ReplicaSettings } from './replica-options.ts';
import type { RouteDeps } from './route-deps.ts';
import { createThreadBudget, type ThreadBudget } from './thread-budget.ts';

interface Shared {
  readonly settings: ReplicaSettings;
  readonly devices: DeviceWatch;
  readonly emit: (event: RouteEvent) => void;
}

export interface Pools<Facts> {
  readonly pools: ReadonlyMap<string, Pool<Facts>>;
  readonly threads: ThreadBudget;
}

/** A pool for every model, and what they divide among themselves. */
export const createPools = <Facts>(deps: RouteDeps<Facts>, { settings, devices, emit }: Shared): Pools<Facts> => {
  const { config, engineEntry, supply, createBackoff, now, telemetry } = deps;
  const { engines } = config;
  const memory = new MemoryRoom({
    budgetBytes: engines.memoryBytes,
    minResidenceMs: engines.minResidenceMs,
    lodgers: () => pools.values(),
    now,
  });
  const threads = createThreadBudget(engines.threads === 'auto' ? defaultThreads() : engines.threads);
  const poolOf = (model: ModelConfig) => {
    const labels = { 'gen_ai.request.model': model.id };
    return new Pool({
      model,
      entry: engineEntry,
      supply,
      settings,
      threads,
      memory,
      devices,
      egress: deps.egress ?? NO_EGRESS,
      createBackoff: () => createBackoff(engines.restart),
      now,
      emit,
      onLoad: (durationMs: number, outcome: LoadOutcome) =>
        telemetry.record('modelLoadDuration', durationMs / 1000, { ...labels, outcome }),
      onRestart: () => telemetry.counter('engineRestarts', labels),
    });
  };
  const pools = new Map(config.models.map((model) => [model.id, poolOf(model)]));
  return { pools, threads };
};
