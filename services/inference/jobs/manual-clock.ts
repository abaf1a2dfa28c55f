import type { Timers } from './timers.ts';

/** A clock for tests: time passes when the test says so, and timers fire in the order of their times. */
export interface ManualClock extends Timers {
  now(): number;
  advance(ms: number): void;
  /** Times until the timers that wait, soonest first. */
  pending(): readonly number[];
}

/** Starts at a time that is no small number, so that times and durations are not mistaken for each other. */
export const createManualClock = (startAt = 1_000_000): ManualClock => {
  let now = startAt;
  const waiting = new Set<{ readonly at: number; readonly action: () => void }>();
  const soonest = () => [...waiting].sort((a, b) => a.at - b.at);
  return {
    now: () => now,
    after(ms, action) {
      const timer = { at: now + Math.max(ms, 0), action };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (let next = soonest()[0]; next !== undefined && next.at <= end; next = soonest()[0]) {
        waiting.delete(next);
        now = Math.max(now, next.at);
        next.action();
      }
      now = end;
    },
    pending: () => soonest().map((timer) => timer.at - now),
  };
};
