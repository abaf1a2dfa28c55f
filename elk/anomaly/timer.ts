/** A part of the interval after its end in which the last scrape of it may still arrive. */
const LATE = 1 / 6;

/**
 * Acts after the end of every interval of the clock, one after the other, and soon again where `act` answers true; a failure is
 * the matter of `act`.
 */
export const everyInterval = (lengthMs: number, act: () => Promise<boolean>): { stop(): Promise<void> } => {
  let isStopped = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const wait = (isSoon: boolean): void => {
    if (isStopped) return;
    const now = Date.now();
    const next = (Math.floor(now / lengthMs - LATE) + 1 + LATE) * lengthMs;
    const waitMs = isSoon ? Math.min(LATE * lengthMs, next - now) : next - now;
    timer = setTimeout(() => {
      let isAgain = false;
      running = act()
        .then((again) => {
          isAgain = again;
        })
        .finally(() => wait(isAgain));
    }, waitMs);
  };
  wait(false);
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
};
