/** Asks again and again until there is an answer; rejects when the signal comes or the time is over, with what was waited for. */
export interface Waiting {
  readonly signal: AbortSignal;
  readonly limitMs: number;
  /** Called before each look: what makes waiting pointless is thrown there. */
  readonly check?: () => void;
}

const LOOK_MS = 100;

export const waitFor = async <T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  { signal, limitMs, check }: Waiting,
): Promise<T> => {
  const until = performance.now() + limitMs;
  let trouble = '';
  for (;;) {
    signal.throwIfAborted();
    check?.();
    try {
      const found = await look();
      if (found !== undefined) return found;
      trouble = '';
    } catch (error) {
      // Of a program that is just not there: exactly that may be the drill.
      trouble = error instanceof Error ? ` (${error.message})` : '';
    }
    if (performance.now() > until) throw new Error(`${what}: not within ${Math.round(limitMs / 1000)} s${trouble}`);
    await pause(LOOK_MS, signal);
  }
};

export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
