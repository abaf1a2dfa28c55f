/** One timer for all deadlines: fires when the earliest one it was told of has passed. */
export interface DeadlineTimer {
  /** Makes sure that it fires no later than this moment. */
  watch(at: number): void;
  clear(): void;
}

const MAX_DELAY_MS = 2_147_483_647;
/** Deadlines closer together than this share one firing, so that many of them cost few walks of the queue. */
const GRAIN_MS = 20;

/** `now` is in the same epoch milliseconds as the deadlines; `onDue` calls `watch` again for what is left. */
export const createDeadlineTimer = (now: () => number, onDue: () => void): DeadlineTimer => {
  let timer: NodeJS.Timeout | undefined;
  let firesAt = Number.POSITIVE_INFINITY;

  const clear = (): void => {
    clearTimeout(timer);
    timer = undefined;
    firesAt = Number.POSITIVE_INFINITY;
  };

  return {
    watch(at) {
      if (at >= firesAt) return;
      clearTimeout(timer);
      firesAt = Math.max(at, now() + GRAIN_MS);
      const delayMs = Math.min(MAX_DELAY_MS, firesAt - now());
      timer = setTimeout(() => {
        clear();
        onDue();
      }, delayMs);
    },
    clear,
  };
};
