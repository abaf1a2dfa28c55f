import { LAUNCHER_VARIABLE } from './hand-over.mjs';
import { createEchoFilter, STOP_SIGNALS, watchParent } from './signals.mjs';

/** The part of `process` that stop requests come from. */
export interface Self {
  readonly ppid: number;
  readonly env: NodeJS.ProcessEnv;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: () => void): unknown;
}

interface Options {
  readonly self?: Self;
  readonly now?: () => number;
}

/**
 * Calls `stop` for every wish to stop: `now` is false for the first and true for each that follows. Started through npm or
 * the bootstrap, one Ctrl-C arrives twice (from the terminal and from them) and counts once, and their death counts too.
 */
export const onStopRequests = (
  stop: (now: boolean) => void,
  { self = process, now = performance.now.bind(performance) }: Options = {},
): { close(): void } => {
  const launcher = launcherOf(self);
  const isNew = launcher === undefined ? () => true : createEchoFilter();
  let isStopping = false;
  const request = (): void => {
    stop(isStopping);
    isStopping = true;
  };
  const listeners = STOP_SIGNALS.map((signal) => {
    const listener = () => void (isNew(signal, now()) && request());
    self.on(signal, listener);
    return { signal, listener };
  });
  const stopWatching = launcher === undefined ? () => undefined : watchParent(self, launcher, request);
  return {
    close() {
      for (const { signal, listener } of listeners) self.removeListener(signal, listener);
      stopWatching();
    },
  };
};

/** The variable is inherited by everything started further down, where it no longer names the parent. */
const launcherOf = (self: Self): number | undefined => {
  const launcher = Number(self.env[LAUNCHER_VARIABLE]);
  return launcher > 0 && launcher === self.ppid ? launcher : undefined;
};
