import type { ModelConfig } from '../../../core/config/schema.ts';
import { threadsFor } from './create-replica.ts';
import type { PoolOptions } from './pool-options.ts';
import { noCores, noMemory } from './refusals.ts';
import { type Size, totalOf } from './replica-group.ts';
import type { Prepared } from './supply.ts';

interface Wanted<Facts> {
  readonly model: ModelConfig;
  readonly prepared: Prepared<Facts>;
  /** Those that stand by included. */
  readonly running: number;
  readonly size: Size;
}

/** Throws ERR_ROUTE_NO_CORES or ERR_ROUTE_NO_MEMORY where more replicas than now run do not fit. */
export const checkReplicaRoom = async <Facts>(
  { supply, memory, ...given }: Pick<PoolOptions<Facts>, 'supply' | 'memory' | 'threads'>,
  { model, prepared, running, size }: Wanted<Facts>,
): Promise<void> => {
  const threads = threadsFor(model, given.threads);
  // The plan has spoken for the first, and if it finds no cores now it tries again by itself.
  const { wanted, standby } = size;
  const total = totalOf(size);
  if (total <= Math.max(running, 1)) return;
  // Those that stand by have no threads of their own.
  const more = Math.max(0, wanted - Math.max(0, running - standby));
  if (threads !== undefined && !threads.hasRoom(model.threads, more)) throw noCores(model.id, wanted, threads.total);
  const { needBytes = 0, cacheBytes = 0 } = prepared.plan;
  const bytes = needBytes - cacheBytes;
  if (!memory.hasBudget(bytes * total, model.id)) {
    const text = `model ${model.id}: ${total} replicas of ${bytes} bytes each do not fit into engines.memoryBytes (${memory.budgetBytes}) beside what is loaded; run fewer replicas or raise it`;
    throw noMemory(model.id, wanted, text);
  }
  const fit = await supply.fits(model, prepared.facts, { running, wanted: total });
  if (!fit.ok) throw noMemory(model.id, wanted, fit.reason);
};
