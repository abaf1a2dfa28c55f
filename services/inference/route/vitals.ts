import type { EngineStats, StepStats } from '../../engine/protocol/messages.ts';

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
}

export interface VitalLimits {
  readonly stallMs: number;
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
};

/** Judges a ready replica: it decodes, it should prove that it can, or it must be replaced. */
export const judge = (vitals: Readonly<Vitals>, inFlight: number, limits: VitalLimits, now: number): Verdict => {
  const { heartbeatAt, beatAt, active, tokenAt, probeSentAt, probeFailures } = vitals;
  const { stallMs, probeIntervalMs } = limits;
  if (now - heartbeatAt > stallMs) return stalled(`no heartbeat for ${stallMs} ms`);
  if (active > 0 && now - beatAt > stallMs) {
    return stalled(`the decode loop has not turned for ${stallMs} ms while ${active} sequences wait for it`);
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
