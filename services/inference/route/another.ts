import type { ModelConfig } from '../../../core/config/schema.ts';
import { toServiceError } from '../../../core/errors/service-error.ts';
import { threadsFor } from './create-replica.ts';
import type { PoolOptions } from './pool-options.ts';
import type { Preparation } from './preparation.ts';
import type { ReplicaGroup } from './replica-group.ts';
import { checkReplicaRoom } from './replica-room.ts';

/** Whether one more replica would find capacity that nothing uses, rather than take it from the others. */
export type Another =
  | { readonly fits: true }
  | { readonly fits: false; readonly lacks: 'model' | 'device' | 'cores' | 'memory'; readonly reason: string };

interface Asked<Facts> {
  readonly model: ModelConfig;
  readonly preparation: Pick<Preparation<Facts>, 'state'>;
  readonly group: Pick<ReplicaGroup, 'serving'>;
}

type Given<Facts> = Pick<PoolOptions<Facts>, 'supply' | 'memory' | 'threads' | 'devices'>;

/** Looks for a free device, or for cores that no replica has, and for memory. */
export const findAnother = async <Facts>(given: Given<Facts>, asked: Asked<Facts>): Promise<Another> => {
  const { model } = asked;
  const prepared = asked.preparation.state;
  if (prepared.kind !== 'prepared') return lacking('model', `model ${model.id} is not loaded`);
  const place = given.devices.freeFor(model, prepared.plan.needBytes);
  if (place.kind === 'refused') return lacking('device', place.reason);
  if (place.kind === 'engine' && !hasFreeCores(given, model)) {
    const { total, used } = given.threads;
    return lacking(
      'cores',
      `model ${model.id}: no free cores: ${used} of ${total} threads are taken, and more replicas would only share them`,
    );
  }
  try {
    const running = asked.group.serving.length;
    const { standby } = model;
    const size = { wanted: Math.max(0, running - standby) + 1, standby };
    await checkReplicaRoom(given, { model, prepared, running, size });
    return { fits: true };
  } catch (error) {
    const { code, message } = toServiceError(error);
    return lacking(code === 'ERR_ROUTE_NO_CORES' ? 'cores' : 'memory', message);
  }
};

const lacking = (lacks: (Another & { fits: false })['lacks'], reason: string): Another => ({
  fits: false,
  lacks,
  reason,
});

/** An `auto` replica spreads over whatever there is, so that nothing is free beside it. */
const hasFreeCores = <Facts>({ threads }: Given<Facts>, model: ModelConfig): boolean => {
  const budget = threadsFor(model, threads);
  if (budget === undefined) return true;
  return budget.total - budget.used >= (model.threads === 'auto' ? 1 : model.threads);
};
