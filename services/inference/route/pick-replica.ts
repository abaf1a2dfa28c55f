import { chooseReplica } from './choose-replica.ts';
import type { Replica } from './replica.ts';
import { loadOf } from './replica-set.ts';
import { isQuiet, type VitalLimits } from './vitals.ts';

/** Picks one of the ready replicas for a request. */
export type PickReplica = (ready: readonly Replica[]) => Replica | undefined;

/** The replica that a request waits for least; those that have fallen silent only where there is no other. */
export const createPickReplica = (limits: VitalLimits, now: () => number): PickReplica => {
  let turn = 0;
  const answering = (ready: readonly Replica[]): readonly Replica[] => {
    const time = now();
    const heard = ready.filter(({ session }) => !isQuiet(session?.vitals, limits, time));
    return heard.length === 0 ? ready : heard;
  };
  return (ready) => {
    if (ready.length < 2) return ready[0];
    const candidates = answering(ready);
    turn += 1;
    return candidates[chooseReplica(candidates.map(loadOf), turn) ?? 0];
  };
};
