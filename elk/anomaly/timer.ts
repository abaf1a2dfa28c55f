/** A part of the interval after its end in which the last scrape of it may still arrive. */
const LATE = 1 / 6;

/** Acts after the end of every interval of the clock, one after the other; a failure is the matter of `act`. */
export const everyInterval = (lengthMs: number, act: () => Promise<void>): { stop(): Promise<void> } => {
  let isStopped = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    if (isStopped) return;
    const now = Date.now();
    const next = (Math.floor(now / lengthMs - LATE) + 1 + LATE) * lengthMs;
    timer = setTimeout(() => {
      running = act().finally(wait);
    }, next - now);
  };
  wait();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
