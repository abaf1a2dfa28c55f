import type { ModelConfig } from '../../../core/config/schema.ts';
import type { PoolOptions } from './pool-options.ts';
import { Replica } from './replica.ts';
import { reportReplicas } from './replica-reports.ts';
import { optionsOf, specOf } from './replica-set.ts';
import type { Stay } from './stay.ts';
import type { Prepared } from './supply.ts';
import { type ThreadBudget, threadSource } from './thread-budget.ts';

interface Wanted<Facts> {
  readonly index: number;
  /** It stands by at first, with the threads of the one whose place it will take. */
  readonly isExtra: boolean;
  readonly model: ModelConfig;
  readonly prepared: Prepared<Facts>;
  readonly stay: Stay;
  readonly onChange: (replica: Replica) => void;
}

/** One replica with everything it shares with the others of its machine. */
export const createReplica = <Facts>(given: PoolOptions<Facts>, wanted: Wanted<Facts>): Replica => {
  const { entry, settings, createBackoff, now, threads } = given;
  const { index, isExtra, model, prepared, stay, onChange } = wanted;
  const onLoad: PoolOptions<Facts>['onLoad'] = (durationMs, outcome) => {
    if (outcome === 'ok') stay.loaded(durationMs);
    given.onLoad(durationMs, outcome);
  };
  return new Replica({
    index,
    entry,
    spec: specOf(model, prepared),
    options: optionsOf(model, { kind: 'prepared', ...prepared }),
    settings,
    threads: threadSource(threadsFor(model, threads), { claim: model.threads, isExtra }),
    devices: given.devices.placeFor(model, prepared.plan.needBytes),
    allowCpuFallback: model.allowCpuFallback,
    backoff: createBackoff(),
    now,
    egress: given.egress,
    listener: reportReplicas({ ...given, model: model.id, onLoad, onChange }),
  });
};

/** Engines that compute elsewhere, or not at all, take no threads of this machine. */
const WITHOUT_THREADS: ReadonlySet<string> = new Set(['openai', 'scripted']);

/** The threads a model takes its share of; absent: it takes none. */
export const threadsFor = ({ engine }: ModelConfig, threads: ThreadBudget): ThreadBudget | undefined =>
  WITHOUT_THREADS.has(engine) ? undefined : threads;
