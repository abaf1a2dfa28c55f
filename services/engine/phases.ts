import type { EnginePhase } from './protocol/generation.ts';

/** Writes down what one request spends its time on, in order. */
export interface Phases {
  started(at: number): void;
  /** A step is done that it had a part in. */
  stepped(): void;
  paused(): void;
  /** Something was written. */
  wrote(at: number): void;
  all(): readonly EnginePhase[];
}

interface Phase {
  readonly kind: EnginePhase['kind'];
  readonly startedAt: number;
  endedAt: number;
  steps: number;
}

/** An answer that is set aside again and again is told in so many parts; the rest counts with the last. */
const MAX_PHASES = 24;

/** Begins to wait. */
export const createPhases = (now: () => number): Phases => {
  let current = phase('queue', now());
  const phases: Phase[] = [current];
  let isCounted = false;

  const go = (kind: Phase['kind'], at: number): void => {
    if (current.kind === kind) return;
    current.endedAt = at;
    if (phases.length === MAX_PHASES) return;
    current = phase(kind, at);
    phases.push(current);
  };

  return {
    started(at) {
      if (current.kind === 'queue') go('prefill', at);
    },
    stepped() {
      isCounted = true;
      // It has room again, and what was set aside is computed again.
      if (current.kind === 'queue') go('prefill', now());
      current.steps += 1;
    },
    paused: () => go('queue', now()),
    wrote(at) {
      if (current.kind !== 'decode') return go('decode', at);
      current.endedAt = at;
      if (!isCounted) current.steps += 1;
    },
    all() {
      // Writing ends with the last token, anything else now.
      if (current.kind !== 'decode') current.endedAt = now();
      return phases.map(({ kind, startedAt, endedAt, steps }) => ({ kind, ms: endedAt - startedAt, steps }));
    },
  };
};

const phase = (kind: Phase['kind'], at: number): Phase => ({ kind, startedAt: at, endedAt: at, steps: 0 });
