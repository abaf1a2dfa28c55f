import type { LoadedModel } from '../../engine/protocol/messages.ts';
import type { ModelState } from './events.ts';
import { wantedKind } from './placement.ts';
import type { Replica } from './replica.ts';
import type { ReplicaState } from './replica-state.ts';

/** One replica as status pages and gauges see it; what its engine has not said is undefined. */
export interface ReplicaStatus {
  readonly index: number;
  readonly state: ReplicaState['kind'];
  /** `standby`: loaded and proved, for when another is lost. */
  readonly role: 'active' | 'standby';
  /** Why it is restarting or failed. */
  readonly reason: string | undefined;
  readonly pid: number | undefined;
  readonly heartbeatAgeMs: number | undefined;
  readonly lastTokenAgeMs: number | undefined;
  readonly slotsUsed: number | undefined;
  readonly slotsLimit: number | undefined;
  /** Accepted by the engine and waiting for a slot there. */
  readonly waiting: number | undefined;
  readonly kvUsage: number | undefined;
  readonly threads: number;
  readonly restarts: number;
  readonly device: string | undefined;
  /** The kind of device it was to get; `auto`: whichever its engine finds. */
  readonly wantedDevice?: 'auto' | 'cpu' | 'cuda' | undefined;
  /** Why it runs on a slower engine than the one asked for. */
  readonly fallBackReason: string | undefined;
  readonly rssBytes: number | undefined;
}

/** One configured model; `Facts` is whatever the stage that reads model files knows of it. */
export interface ModelStatus<Facts = unknown> {
  readonly id: string;
  readonly state: ModelState;
  /** Why it is failed. */
  readonly reason: string | undefined;
  /** Share of the fetch or load that is done, 0 to 1. */
  readonly progress: number | undefined;
  readonly replicas: readonly ReplicaStatus[];
  readonly wantedReplicas: number;
  /** Requests that wait for a replica to become ready. */
  readonly waiting: number;
  readonly loaded: LoadedModel | undefined;
  readonly facts: Facts | undefined;
  /** What `fit: auto` changed to make it fit. */
  readonly adjustment: string | undefined;
  /** Median of the latest first-token latencies measured here, queueing for admission not counted. */
  readonly firstTokenMsP50: number | undefined;
  /** Median of its past loads. */
  readonly expectedLoadMs?: number | undefined;
}

/** The view of one replica at `now`. */
export const replicaStatus = (replica: Replica, isStandby: boolean, now: number): ReplicaStatus => {
  const { state, session } = replica;
  const vitals = session?.vitals;
  const stats = vitals?.stats;
  return {
    index: replica.index,
    state: state.kind,
    role: isStandby ? 'standby' : 'active',
    reason: 'reason' in state ? state.reason : undefined,
    pid: session?.pid,
    heartbeatAgeMs: vitals === undefined ? undefined : now - vitals.heartbeatAt,
    lastTokenAgeMs: vitals === undefined ? undefined : now - vitals.tokenAt,
    slotsUsed: stats?.slotsUsed,
    slotsLimit: stats?.slotsLimit,
    waiting: stats?.waiting,
    kvUsage: stats?.kvUsage,
    threads: replica.threads,
    restarts: replica.restarts,
    device: 'model' in state ? state.model.device : undefined,
    wantedDevice: wantedKind(replica.placement),
    fallBackReason: 'model' in state ? state.model.fallBackReason : undefined,
    rssBytes: stats?.rssBytes,
  };
};
