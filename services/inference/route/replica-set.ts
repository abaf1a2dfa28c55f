import type { ModelConfig } from '../../../core/config/schema.ts';
import type { Load } from './choose-replica.ts';
import type { PreparationState } from './preparation.ts';
import type { Replica } from './replica.ts';
import type { FixedSpec } from './replica-options.ts';
import type { Prepared } from './supply.ts';

/** What every engine of a model is told. */
export const specOf = (model: ModelConfig, { files, plan }: Prepared<unknown>): FixedSpec => ({
  plugin: model.engine,
  modelId: model.id,
  files,
  slots: plan.slots ?? model.slots,
  context: plan.context,
  kvTokens: plan.kvTokens,
  gpuLayers: model.gpuLayers,
  split: model.split,
  ...(plan.headLength === undefined ? {} : { headLength: plan.headLength }),
  ...(model.adapters.length === 0 ? {} : { adapters: model.adapters }),
});

/** The options of its engine, as far as the plan leaves them as configured. */
export const optionsOf = ({ options }: ModelConfig, state: PreparationState<unknown>): ModelConfig['options'] => {
  if (state.kind !== 'prepared') return options;
  const { cacheBytes: prefixCacheBytes, ...plan } = state.plan;
  const isLeft = prefixCacheBytes === undefined || typeof options.prefixCacheBytes === 'number';
  if (plan.options === undefined && isLeft) return options;
  return { ...options, ...plan.options, ...(isLeft ? {} : { prefixCacheBytes }) };
};

/** How busy a ready replica is. */
export const loadOf = ({ session, paceMs, state }: Pick<Replica, 'session' | 'paceMs' | 'state'>): Load => ({
  inFlight: session?.inFlight ?? 0,
  slots: session?.vitals?.stats?.slotsLimit ?? (state.kind === 'ready' ? state.model.slots : 1),
  paceMs,
});

/** The replicas to give up: those that do not answer first, then the youngest. */
export const surplusOf = <R extends Pick<Replica, 'index' | 'state'>>(
  replicas: readonly R[],
  count: number,
): readonly R[] => {
  const rank = ({ state }: R) => (state.kind === 'ready' ? 1 : 0);
  const byWorth = replicas.toSorted((a, b) => rank(a) - rank(b) || b.index - a.index);
  return byWorth.slice(0, Math.max(0, count));
};

/** Those of the ready ones that take requests: those that did, and in the place of lost ones those that stood by. */
export const chooseActive = <R>(ready: readonly R[], before: readonly R[], wanted: number): readonly R[] => {
  const kept = before.filter((replica) => ready.includes(replica)).slice(0, wanted);
  const standing = ready.filter((replica) => !kept.includes(replica));
  return [...kept, ...standing.slice(0, wanted - kept.length)];
};

/** The lowest number no replica has. */
export const freeIndex = (replicas: readonly Pick<Replica, 'index'>[]): number => {
  const taken = new Set(replicas.map(({ index }) => index));
  let index = 0;
  while (taken.has(index)) index += 1;
  return index;
};
