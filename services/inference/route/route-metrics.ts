import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { StepStats } from '../../engine/protocol/messages.ts';
import type { BreakerState } from './breaker.ts';
import { MODEL_STATES } from './events.ts';
import type { OnMove } from './journey.ts';
import type { ModelStatus, ReplicaStatus } from './model-status.ts';
import { REPLICA_KINDS } from './replica-state.ts';

interface Sources {
  readonly states: () => readonly ModelStatus[];
  readonly breakers: () => Iterable<readonly [model: string, state: BreakerState]>;
}

/** Registers what is read at every scrape; what no engine has said is absent, not zero. */
export const observeRoute = (telemetry: Pick<Telemetry, 'gauge'>, { states, breakers }: Sources): void => {
  telemetry.gauge('slotsUsed', () => perModel(states(), (status) => sumOf(status, (replica) => replica.slotsUsed)));
  telemetry.gauge('slotsLimit', () => perModel(states(), (status) => sumOf(status, limitOf)));
  telemetry.gauge('kvCacheUsage', () => perModel(states(), fullest));
  telemetry.gauge('engineFallBack', () => perModel(states(), fallenBack));
  telemetry.gauge('heartbeatAge', () => perModel(states(), oldestHeartbeat));
  telemetry.gauge('engineReplicas', () =>
    states().flatMap(({ id, replicas }) =>
      REPLICA_STATES.map((state) => ({
        value: replicas.filter((replica) => stateOf(replica) === state).length,
        labels: { 'gen_ai.request.model': id, state },
      })),
    ),
  );
  telemetry.gauge('modelState', () =>
    states().flatMap((status) =>
      MODEL_STATES.map((state) => ({
        value: status.state === state ? 1 : 0,
        labels: { 'gen_ai.request.model': status.id, state },
      })),
    ),
  );
  telemetry.gauge('breakerState', () =>
    [...breakers()].flatMap(([model, state]) =>
      BREAKER_STATES.map((kind) => ({
        value: state.kind === kind ? 1 : 0,
        labels: { 'gen_ai.request.model': model, state: kind },
      })),
    ),
  );
};

const REPLICA_STATES = [...REPLICA_KINDS, 'standby'] as const;

const stateOf = ({ state, role }: ReplicaStatus) => (role === 'standby' ? role : state);

/** Slots of one that stands by are nobody's yet. */
const limitOf = ({ slotsLimit, role }: ReplicaStatus): number | undefined =>
  role === 'standby' ? undefined : slotsLimit;

/** Counts what the steps of one engine did, once. */
export const recordSteps = (
  telemetry: Pick<Telemetry, 'counter' | 'record'>,
  model: string,
  steps: StepStats,
): void => {
  const labels = { 'gen_ai.request.model': model };
  for (const sequences of steps.sequences) telemetry.record('batchSize', sequences, labels);
  telemetry.counter('engineTime', { ...labels, phase: 'prefill' }, steps.prefillMs / 1000);
  telemetry.counter('engineTime', { ...labels, phase: 'decode' }, steps.decodeMs / 1000);
  telemetry.counter('engineTokens', { ...labels, kind: 'prefill' }, steps.prefillTokens);
  telemetry.counter('engineTokens', { ...labels, kind: 'decode' }, steps.decodeTokens);
  telemetry.counter('engineTokens', { ...labels, kind: 'cached' }, steps.cachedTokens);
  telemetry.counter('enginePreemptions', labels, steps.preemptions);
  telemetry.counter('speculation', { ...labels, result: 'accepted' }, steps.acceptedTokens);
  telemetry.counter('speculation', { ...labels, result: 'rejected' }, steps.rejectedTokens);
  telemetry.counter('cacheRequests', { cache: 'prefix', result: 'hit' }, steps.cachedTokens);
  telemetry.counter('cacheRequests', { cache: 'prefix', result: 'miss' }, steps.missedTokens);
};

/** Counts requests whose engine died, and how long those that went on had to wait. */
export const recordMoves =
  (telemetry: Pick<Telemetry, 'counter' | 'record'>): OnMove =>
  (model, result, durationMs) => {
    const labels = { 'gen_ai.request.model': model };
    telemetry.counter('engineMoves', { ...labels, result });
    if (result !== 'failed') telemetry.record('takeoverDuration', durationMs / 1000, labels);
  };

const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;

const perModel = (statuses: readonly ModelStatus[], read: (status: ModelStatus) => number | undefined) =>
  statuses.flatMap((status) => {
    const value = read(status);
    return value === undefined ? [] : [{ value, labels: { 'gen_ai.request.model': status.id } }];
  });

const sumOf = ({ replicas }: ModelStatus, read: (replica: ReplicaStatus) => number | undefined): number | undefined => {
  const known = replicas.flatMap((replica) => read(replica) ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
};

const fullest = ({ replicas }: ModelStatus): number | undefined => {
  const shares = replicas.flatMap(({ kvUsage }) => kvUsage ?? []);
  return shares.length === 0 ? undefined : Math.max(...shares);
};

const fallenBack = ({ replicas }: ModelStatus): number | undefined => {
  const loaded = replicas.filter(({ device }) => device !== undefined);
  if (loaded.length === 0) return undefined;
  return loaded.filter(({ fallBackReason }) => fallBackReason !== undefined).length;
};

const oldestHeartbeat = ({ replicas }: ModelStatus): number | undefined => {
  const ages = replicas.flatMap((replica) => replica.heartbeatAgeMs ?? []);
  return ages.length === 0 ? undefined : Math.max(...ages) / 1000;
};
