/** Longer waits than this overflow the timers of Node, which then fire at once. */
const MAX_MS = 2_147_483_647;

/** Calls back later; the answer takes the call back. Injected, so that tests decide when later is. */
export interface Timers {
  after(ms: number, action: () => void): () => void;
}

/** The timers of Node; a wait beyond their reach ends early, so callers look at the clock again. */
export const systemTimers: Timers = {
  after: (ms, action) => {
    const timer = setTimeout(action, Math.min(Math.max(ms, 0), MAX_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after a time, or early when the signal aborts. */
export const pause = (timers: Timers, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = timers.after(ms, end);
    signal.addEventListener('abort', end, { once: true });
  });
