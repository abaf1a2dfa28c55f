import { pressureOf, type Reading, type ScaleBounds, type ScaleState } from './model.ts';

/** Takes a look into what is remembered: who changed the number of replicas, and how long it has been hot or calm. */
export const take = (before: ScaleState, reading: Reading, bounds: ScaleBounds, calm: number): ScaleState =>
  feel(adopt(before, reading, bounds), reading, calm);

const adopt = (before: ScaleState, reading: Reading, bounds: ScaleBounds): ScaleState => {
  const { at, replicas, configured, changedBy } = reading;
  if (before.seen === undefined) return { ...before, seen: replicas, configured, floor: firstFloor(reading) };
  const isReconfigured = configured !== undefined && configured !== before.configured;
  const state = isReconfigured ? { ...before, configured, floor: configured } : before;
  if (replicas === state.seen) return { ...state, pendingFrom: undefined };
  if (replicas === state.pendingFrom && changedBy !== 'person') {
    // What we asked for may take a while; after that it came to nothing, which is nobody's wish.
    const isOnItsWay = at - (state.stepAt ?? at) < bounds.cooldownMs;
    return isOnItsWay ? state : { ...state, seen: replicas, pendingFrom: undefined };
  }
  // What was remembered is about another number of replicas.
  const anew = {
    ...{ ...state, seen: replicas, pendingFrom: undefined, step: undefined, fruitless: 0 },
    ...{ hotSince: undefined, calmSince: undefined },
  };
  // A restarted service is back at its configuration: that is nobody's wish either.
  if (changedBy === 'nobody' || isReconfigured) return { ...anew, floor: configured ?? state.floor };
  return { ...anew, floor: replicas, manualUntil: at + bounds.manualHoldMs };
};

const firstFloor = ({ replicas, configured, changedBy }: Reading): number | undefined =>
  configured ?? (changedBy === 'nobody' ? undefined : replicas);

const feel = (state: ScaleState, { at, load, replicas }: Reading, calm: number): ScaleState => {
  // Of the time that nobody saw nothing is known.
  if (load === undefined) return { ...state, hotSince: undefined, calmSince: undefined };
  const ratio = pressureOf(load)?.ratio ?? 0;
  const isHot = ratio >= 1;
  const isCalm = ratio < calm && (load.needed === undefined || load.needed < replicas);
  return {
    ...state,
    hotSince: isHot ? (state.hotSince ?? at) : undefined,
    calmSince: isCalm ? (state.calmSince ?? at) : undefined,
    // What did not help then may help the next time.
    ...(ratio < calm ? { fruitless: 0, step: undefined } : {}),
  };
};
