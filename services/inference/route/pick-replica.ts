import { chooseReplica } from './choose-replica.ts';
import type { Replica } from './replica.ts';
import { loadOf } from './replica-set.ts';
import { isQuiet, type VitalLimits } from './vitals.ts';

/** Picks a replica for a request; `ready` has those that stand by as well. */
export type PickReplica = (active: readonly Replica[], ready: readonly Replica[]) => Replica | undefined;

/**
 * The replica that a request waits for least; where all have fallen silent one that stands by, and a silent one only where
 * there is no other.
 */
export const createPickReplica = (limits: VitalLimits, now: () => number): PickReplica => {
  let turn = 0;
  const heardOf = (replicas: readonly Replica[]): readonly Replica[] => {
    const time = now();
    return replicas.filter(({ session }) => !isQuiet(session?.vitals, limits, time));
  };
  const answering = (active: readonly Replica[], ready: readonly Replica[]): readonly Replica[] => {
    const heard = heardOf(active);
    if (heard.length > 0) return heard;
    const standing = heardOf(ready);
    return standing.length > 0 ? standing : active;
  };
  return (active, ready) => {
    if (ready.length < 2) return ready[0];
    const candidates = answering(active, ready);
    if (candidates.length < 2) return candidates[0];
    turn += 1;
    return candidates[chooseReplica(candidates.map(loadOf), turn) ?? 0];
  };
};
