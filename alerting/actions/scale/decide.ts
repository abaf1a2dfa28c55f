import { pressureOf, type Reading, type ScaleBounds, type ScaleDecision, type ScaleState } from './model.ts';
import { take } from './watch.ts';

/** A replica more than this full of work, on average, is one that is needed. */
const CALM = 0.9;
/** A step helped when it took at least a tenth off. */
const HELPED = 0.9;
/** Each scale-in that had to be taken back doubles the wait before the next, up to sixteen times. */
const MAX_RELAPSES = 4;
/** A scale-in that stood for as many windows was right. */
const RELAPSE_WINDOWS = 4;

export interface Decided {
  readonly decision: ScaleDecision;
  readonly state: ScaleState;
}

/** Decides about one model, from what is measured now and what is remembered; changes nothing. */
export const decide = (before: ScaleState, reading: Reading, bounds: ScaleBounds): Decided => {
  const state = take(withoutFuture(before, reading.at), reading, bounds, CALM);
  if (reading.load === undefined) return nothing(state, 'stale', reading.staleBecause ?? 'no fresh measurements');
  const pressure = pressureOf(reading.load);
  const isHot = isDemanded(state, reading, bounds);
  const isCalm = isCalmFor(state, reading, bounds);
  if ((state.manualUntil ?? 0) > reading.at && (isHot || isCalm)) {
    return nothing(
      state,
      'manual',
      `somebody set ${reading.replicas} replicas by hand; left alone until ${timeOf(state.manualUntil)}`,
    );
  }
  if (isHot) return decideOut(state, reading, bounds);
  if (isCalm) return decideIn(state, reading, bounds);
  return nothing(
    state,
    'steady',
    pressure === undefined ? 'nothing presses' : `${wordsOf(pressure)}, within the limits or not for long enough`,
  );
};

/** A clock that was set back must not hold up a decision till it is there again: what is remembered of later is of now. */
const withoutFuture = (state: ScaleState, at: number): ScaleState => {
  const { stepAt, lastInAt, hotSince, calmSince } = state;
  const known = (moment: number | undefined) => (moment === undefined ? undefined : Math.min(moment, at));
  return {
    ...state,
    ...{ stepAt: known(stepAt), lastInAt: known(lastInAt), hotSince: known(hotSince), calmSince: known(calmSince) },
  };
};

/** How many more at once: as many as what is over the target would fill, at least one. */
export const stepOf = (replicas: number, ratio: number, maxStep: number): number => {
  const wanted = Number.isFinite(ratio) ? Math.ceil(Math.max(1, replicas) * (ratio - 1)) : maxStep;
  return Math.max(1, Math.min(maxStep, wanted));
};

/** Fewest replicas that scaling in leaves: what a person wants, and the lower bound. */
export const floorOf = (state: ScaleState, { min }: ScaleBounds): number => Math.max(min, state.floor ?? min);

const isDemanded = ({ hotSince }: ScaleState, { at, isAlerted }: Reading, { sustainMs }: ScaleBounds): boolean =>
  hotSince !== undefined && (isAlerted || at - hotSince >= sustainMs);

const windowOf = ({ relapses }: ScaleState, { stabilizationMs }: ScaleBounds): number =>
  stabilizationMs * 2 ** relapses;

const isCalmFor = (state: ScaleState, { at, isAlerted, replicas }: Reading, bounds: ScaleBounds): boolean => {
  const { calmSince, stepAt = Number.NEGATIVE_INFINITY } = state;
  const window = windowOf(state, bounds);
  return (
    !isAlerted &&
    calmSince !== undefined &&
    at - Math.max(calmSince, stepAt) >= window &&
    replicas > floorOf(state, bounds)
  );
};

const decideOut = (state: ScaleState, reading: Reading, bounds: ScaleBounds): Decided => {
  const { at, replicas, room } = reading;
  const pressure = reading.load === undefined ? undefined : pressureOf(reading.load);
  if (pressure === undefined) return nothing(state, 'steady', 'nothing presses');
  const why = wordsOf(pressure);
  if (replicas >= bounds.max) return nothing(state, 'max', `${why}; ${replicas} replicas are as many as may be`);
  if (state.stepAt !== undefined && at - state.stepAt < bounds.cooldownMs) {
    return nothing(
      state,
      'cooldown',
      `${why}; the last change has until ${timeOf(state.stepAt + bounds.cooldownMs)} to take effect`,
    );
  }
  const judged = judge(state, reading);
  if (judged.fruitless >= bounds.helpTries) {
    return nothing(
      judged,
      'no_help',
      `${why}; ${judged.fruitless} more replicas in a row did not make it better: something else is the cause`,
    );
  }
  if (!room.fits) return nothing(judged, 'no_capacity', `${why}; nothing: no capacity: ${room.reason}`);
  const to = Math.min(bounds.max, replicas + stepOf(replicas, pressure.ratio, bounds.maxStep));
  const isRelapse = at - (state.lastInAt ?? Number.NEGATIVE_INFINITY) < windowOf(state, bounds) * RELAPSE_WINDOWS;
  const relapses = isRelapse ? Math.min(MAX_RELAPSES, state.relapses + 1) : 0;
  return {
    decision: { kind: 'out', from: replicas, to, reason: `${why}: from ${replicas} to ${to}` },
    state: {
      ...judged,
      seen: to,
      pendingFrom: replicas,
      stepAt: at,
      step: pressure,
      relapses,
      hotSince: undefined,
      calmSince: undefined,
    },
  };
};

const decideIn = (state: ScaleState, { at, replicas }: Reading, bounds: ScaleBounds): Decided => {
  const to = replicas - 1;
  const minutes = Math.round(windowOf(state, bounds) / 60_000);
  const reason = `calm for ${minutes} min, and ${to} would do: from ${replicas} to ${to}`;
  return {
    decision: { kind: 'in', from: replicas, to, reason },
    state: {
      ...state,
      seen: to,
      pendingFrom: replicas,
      stepAt: at,
      step: undefined,
      lastInAt: at,
      calmSince: undefined,
    },
  };
};

/** Whether the last step helped against what it was made for. */
const judge = (state: ScaleState, { load }: Reading): ScaleState => {
  const { step } = state;
  const now = load?.pressures.find(({ name }) => name === step?.name)?.ratio;
  if (step === undefined || now === undefined) return state;
  const hasHelped = now < 1 || now <= step.ratio * HELPED;
  return { ...state, step: undefined, fruitless: hasHelped ? 0 : state.fruitless + 1 };
};

const nothing = (state: ScaleState, why: (ScaleDecision & { kind: 'nothing' })['why'], reason: string): Decided => ({
  decision: { kind: 'nothing', why, reason },
  state,
});

const wordsOf = ({ name, ratio }: { readonly name: string; readonly ratio: number }): string =>
  `${name} at ${Number.isFinite(ratio) ? ratio.toFixed(2) : 'more than can be counted'} of the limit`;

const timeOf = (ms: number | undefined): string => `${new Date(ms ?? 0).toISOString().slice(0, 19)}Z`;
