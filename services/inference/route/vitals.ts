import type { EngineStats, StepStats } from '../../engine/protocol/messages.ts';
import type { Effort } from './effort.ts';

/** Signs of life of one engine process since it became ready; all times on one monotonic clock. */
export interface Vitals {
  /** When the last heartbeat message came. */
  heartbeatAt: number;
  beats: number;
  /** When `beats` last advanced, or work began after idleness. */
  beatAt: number;
  /** Sequences being decoded, as the engine says. */
  active: number;
  /** When the last token came, for whichever request. */
  tokenAt: number;
  stats: EngineStats | undefined;
  /** What its steps did, as far as nobody has counted it yet. */
  steps: StepStats[];
  /** When the probe under way was sent: the one-token generation by which an idle replica proves that it can decode. */
  probeSentAt: number | undefined;
  probeFailures: number;
  /** Since when its process, which owes a sign of life, was seen to do nothing, and its processor time then. */
  rest: { readonly since: number; readonly cpuMs: number } | undefined;
}

export interface VitalLimits {
  /** Patience with an engine that computes. */
  readonly stallMs: number;
  /** Patience with one that does nothing. */
  readonly wedgedMs: number;
  readonly probeIntervalMs: number;
}

export type Verdict =
  | { readonly kind: 'well' }
  | { readonly kind: 'probe' }
  | { readonly kind: 'stalled'; readonly reason: string };

/** One failing probe may be bad luck. */
const MAX_PROBE_FAILURES = 3;

/** An engine says `ready` right after a token it made for itself. */
export const newVitals = (now: number): Vitals => ({
  heartbeatAt: now,
  beats: 0,
  beatAt: now,
  active: 0,
  tokenAt: now,
  stats: undefined,
  steps: [],
  probeSentAt: undefined,
  probeFailures: 0,
  rest: undefined,
});

/** Takes in one heartbeat message. */
export const noteHeartbeat = (vitals: Vitals, beats: number, active: number, now: number): void => {
  if (beats !== vitals.beats || vitals.active === 0) vitals.beatAt = now;
  vitals.heartbeatAt = now;
  vitals.beats = beats;
  vitals.active = active;
};

/** Takes in a token: it proves more than any probe. */
export const noteToken = (vitals: Vitals, now: number): void => {
  vitals.tokenAt = now;
  vitals.probeFailures = 0;
};

/** Takes in what the engine says of itself. */
export const noteStats = (vitals: Vitals, stats: EngineStats): void => {
  vitals.stats = stats;
  if (stats.steps !== undefined && stats.steps.count > 0) vitals.steps.push(stats.steps);
};

/** Hands over what its steps did since the last time, so that each is counted once. */
export const takeSteps = (vitals: Vitals): readonly StepStats[] => {
  if (vitals.steps.length === 0) return NO_STEPS;
  const taken = vitals.steps;
  vitals.steps = [];
  return taken;
};

const NO_STEPS: readonly StepStats[] = [];

/** Forgets silence that is this process's own doing, because it did not get to read. */
export const forgive = (vitals: Vitals, now: number): void => {
  vitals.heartbeatAt = now;
  vitals.beatAt = now;
  if (vitals.probeSentAt !== undefined) vitals.probeSentAt = now;
  vitals.rest = undefined;
};

/** A heartbeat comes every second. */
const SIGN_MS = 1500;

/** Should it have shown a sign of life by now? Then it matters what its process does instead. */
export const owesSign = ({ heartbeatAt, beatAt, active }: Readonly<Vitals>, now: number): boolean =>
  now - heartbeatAt > SIGN_MS || (active > 0 && now - beatAt > SIGN_MS);

/** Of one core: an engine whose loop hangs still says once a second that it lives. */
const REST_SHARE = 0.1;

/** Takes in what its process does while it owes a sign; `undefined`: nobody can tell, or it owes none. */
export const noteEffort = (vitals: Vitals, effort: Effort | undefined, now: number): void => {
  const { rest } = vitals;
  if (effort === undefined || effort.isRunning) vitals.rest = undefined;
  else if (rest === undefined || effort.cpuMs - rest.cpuMs > REST_SHARE * (now - rest.since))
    vitals.rest = { since: now, cpuMs: effort.cpuMs };
};

/** One look may come between two pieces of work. */
const REST_PART = 1 / 4;

/** How long it may owe a sign: a step that computes may take its time, a process that does nothing will not come back. */
const patienceWith = ({ rest }: Readonly<Vitals>, { stallMs, wedgedMs }: VitalLimits, now: number): number =>
  rest !== undefined && now - rest.since >= wedgedMs * REST_PART ? Math.min(wedgedMs, stallMs) : stallMs;

/** Has it been silent for so long that a request is better off elsewhere? */
export const isQuiet = (vitals: Readonly<Vitals> | undefined, { wedgedMs }: VitalLimits, now: number): boolean =>
  vitals !== undefined && now - vitals.heartbeatAt > wedgedMs;

/** Judges a ready replica: it decodes, it should prove that it can, or it must be replaced. */
export const judge = (vitals: Readonly<Vitals>, inFlight: number, limits: VitalLimits, now: number): Verdict => {
  const { heartbeatAt, beatAt, active, tokenAt, probeSentAt, probeFailures } = vitals;
  const { stallMs, probeIntervalMs } = limits;
  const patienceMs = patienceWith(vitals, limits, now);
  if (now - heartbeatAt > patienceMs) return stalled(`no heartbeat for ${patienceMs} ms`);
  if (active > 0 && now - beatAt > patienceMs) {
    return stalled(`the decode loop has not turned for ${patienceMs} ms while ${active} sequences wait for it`);
  }
  if (probeFailures >= MAX_PROBE_FAILURES) return stalled(`${probeFailures} probes in a row failed`);
  if (probeSentAt !== undefined) {
    const isLate = now - probeSentAt > stallMs && tokenAt < probeSentAt;
    return isLate ? stalled(`a probe got no token within ${stallMs} ms`) : WELL;
  }
  // With requests under way the heartbeat says more than a probe that would queue behind them.
  return inFlight === 0 && now - tokenAt >= probeIntervalMs ? { kind: 'probe' } : WELL;
};

const WELL: Verdict = { kind: 'well' };
const stalled = (reason: string): Verdict => ({ kind: 'stalled', reason });
