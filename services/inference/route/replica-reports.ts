import type { ReplicaEvent, RouteEvent } from './events.ts';
import type { Replica } from './replica.ts';
import type { LoadOutcome, ReplicaListener } from './replica-options.ts';

interface Options {
  readonly model: string;
  readonly now: () => number;
  readonly emit: (event: RouteEvent) => void;
  readonly onLoad: (durationMs: number, outcome: LoadOutcome) => void;
  /** A process was started in the place of one that ended unasked. */
  readonly onRestart: () => void;
  readonly onChange: (replica: Replica) => void;
}

/** Turns what replicas report into events and measurements. */
export const reportReplicas = ({ model, now, emit, onLoad, onRestart, onChange }: Options): ReplicaListener => {
  const tell = ({ index }: Replica, event: ReplicaEvent) => emit({ ...event, model, replica: index });
  return {
    changed(replica, before) {
      const { state } = replica;
      if ('retryAt' in state && before.kind !== state.kind) {
        const waitMs = Math.max(0, state.retryAt - now());
        tell(replica, { type: 'engine.restarting', reason: state.reason, waitMs });
      }
      onChange(replica);
    },
    started(replica, pid) {
      if (replica.restarts > 0) onRestart();
      tell(replica, { type: 'engine.started', pid });
    },
    exited: (replica, pid, { reason, output }, wasAsked) =>
      tell(replica, { type: 'engine.exited', pid, reason, output: wasAsked ? [] : output, wasAsked }),
    lost: (replica, reason) => tell(replica, { type: 'engine.lost', reason }),
    loaded: (_, durationMs, outcome) => onLoad(durationMs, outcome),
    output: (replica, line) => tell(replica, { type: 'engine.output', line }),
  };
};
