import type { Backoff } from '../../../core/resilience/backoff.ts';
import type { EngineSpec } from '../../engine/protocol/messages.ts';
import type { DevicePlace } from './devices/watch.ts';
import type { EngineEgress } from './engine-egress.ts';
import type { EngineExit } from './engine-process.ts';
import type { Replica } from './replica.ts';
import type { ReplicaState } from './replica-state.ts';
import type { ThreadSource } from './thread-budget.ts';
import type { VitalLimits } from './vitals.ts';

/** What an engine is told at its start, apart from what can change while it runs. */
export type FixedSpec = Omit<EngineSpec, 'version' | 'threads' | 'device' | 'options' | 'egress'>;

export interface ReplicaSettings extends VitalLimits {
  readonly loadTimeoutMs: number;
  /** Longest wait before another attempt. */
  readonly restartMaxMs: number;
}

export type LoadOutcome = 'ok' | 'error' | 'timeout' | 'cancelled';

export interface ReplicaListener {
  changed(replica: Replica, before: ReplicaState): void;
  started(replica: Replica, pid: number): void;
  exited(replica: Replica, pid: number, exit: EngineExit, wasAsked: boolean): void;
  lost(replica: Replica, reason: string): void;
  loaded(replica: Replica, durationMs: number, outcome: LoadOutcome): void;
  output(replica: Replica, line: string): void;
}

export interface ReplicaOptions {
  readonly index: number;
  readonly entry: string;
  readonly spec: FixedSpec;
  readonly options: EngineSpec['options'];
  readonly settings: ReplicaSettings;
  readonly threads: ThreadSource;
  readonly devices: DevicePlace;
  /** May it answer from the processor where it was to run on an accelerator? */
  readonly allowCpuFallback: boolean;
  readonly backoff: Backoff;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly egress: EngineEgress;
  readonly listener: ReplicaListener;
}
