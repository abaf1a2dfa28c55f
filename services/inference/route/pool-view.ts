import { isDeepStrictEqual } from 'node:util';
import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { ModelState, RouteEvent } from './events.ts';
import type { PreparationState } from './preparation.ts';
import { noReplica } from './refusals.ts';
import { isComing, isLeaving, type ReplicaState, type Trouble } from './replica-state.ts';

/** A model as it stands now: all that its state and its events are derived from. */
export interface PoolView {
  readonly id: string;
  readonly preparing: PreparationState<unknown>;
  readonly replicas: readonly ReplicaState[];
  readonly wanted: number;
}

/** The state of a model: the best of its replicas counts. */
export const stateOf = ({ preparing, replicas, wanted }: PoolView): ModelState => {
  const has = (...kinds: readonly ReplicaState['kind'][]) => replicas.some(({ kind }) => kinds.includes(kind));
  if (has('ready')) return 'ready';
  if (has('starting', 'loading')) return 'loading';
  if (preparing.kind === 'fetching' || preparing.kind === 'failed') return preparing.kind;
  if (has('restarting', 'failed')) return 'failed';
  if (wanted === 0) return 'stopped';
  return preparing.kind === 'absent' ? 'absent' : 'loading';
};

/** What keeps a failed model from answering; `undefined` where nothing does. */
export const troubleOf = ({ preparing, replicas }: PoolView): Trouble | undefined => {
  if (preparing.kind === 'failed') return preparing;
  for (const state of replicas) if ('retryAt' in state) return state;
  return undefined;
};

/** Share of the fetch or load that is done; `undefined` when neither is going on, or nobody knows. */
export const progressOf = (view: PoolView): number | undefined => {
  if (view.preparing.kind === 'fetching') return view.preparing.ratio;
  if (stateOf(view) !== 'loading') return undefined;
  const ratios = view.replicas.flatMap((state) => (state.kind === 'loading' ? [state.ratio] : []));
  return ratios.length === 0 ? undefined : Math.max(...ratios);
};

/** What a status page says of it, apart from its replicas. */
export const viewStatus = (view: PoolView) => {
  const state = stateOf(view);
  const ready = view.replicas.find((replica) => replica.kind === 'ready');
  return {
    id: view.id,
    state,
    reason: state === 'failed' ? troubleOf(view)?.reason : undefined,
    progress: progressOf(view),
    wantedReplicas: view.wanted,
    loaded: ready?.model,
  };
};

/** Why a request had better not wait; `undefined` when something is on its way. */
export const refusalOf = (view: PoolView, now: number): ServiceError | undefined => {
  const { preparing, replicas, wanted } = view;
  if (preparing.kind === 'fetching' || preparing.kind === 'waiting') return undefined;
  if (replicas.some(isComing)) return undefined;
  if (preparing.kind === 'prepared' && replicas.every(isLeaving) && wanted > 0) return undefined; // about to start
  const trouble = troubleOf(view);
  if (trouble === undefined) return noReplica(view.id, wanted === 0 ? 'it is stopped' : 'it is not loaded');
  return noReplica(view.id, trouble.reason, { cause: trouble.code, retryAfterMs: trouble.retryAt - now });
};

/** What is told about a model whenever it changes. */
export const modelEvent = (view: PoolView): RouteEvent => {
  const state = stateOf(view);
  const trouble = state === 'failed' ? troubleOf(view) : undefined;
  const ratio = progressOf(view);
  const detail = trouble?.reason ?? detailOf(view);
  return {
    type: 'model',
    model: view.id,
    state,
    ...(ratio === undefined ? {} : { ratio }),
    ...(detail === undefined ? {} : { detail }),
    ...(trouble === undefined ? {} : { code: trouble.code }),
  };
};

const detailOf = ({ preparing, replicas }: PoolView): string | undefined => {
  const ready = replicas.flatMap((state) => (state.kind === 'ready' ? [state.model] : []));
  const [first] = ready;
  if (first === undefined) return 'detail' in preparing ? preparing.detail : undefined;
  const context = first.context === null ? [] : [`context ${first.context}`];
  const count = ready.length === 1 ? [] : [`${ready.length} replicas`];
  return [...context, `${first.slots} slots`, first.device, ...count].join(', ');
};

/** Tells an event unless it is the one that was told last. */
export const tellChanges = (emit: (event: RouteEvent) => void): ((event: RouteEvent) => void) => {
  let told: RouteEvent | undefined;
  return (event) => {
    if (isDeepStrictEqual(event, told)) return;
    told = event;
    emit(event);
  };
};
