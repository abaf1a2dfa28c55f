import type { Timers } from './timers.ts';

export interface TurnstileOptions {
  /** Does what can be done now; answers when to look again at the latest, `undefined`: only when woken. */
  readonly work: () => number | undefined;
  readonly now: () => number;
  readonly timers: Timers;
  readonly onError: (error: unknown) => void;
}

/** Work in turns: soon after each `wake`, when the time it named has come, never within itself. */
export interface Turnstile {
  wake(): void;
  stop(): void;
}

const RETRY_MS = 1000;

/** Wakes of one turn of the event loop are one turn of work, and the work is not paid for by who woke it. */
export const createTurnstile = ({ work, now, timers, onError }: TurnstileOptions): Turnstile => {
  let turn: NodeJS.Immediate | undefined;
  let cancelTimer = () => {};
  let isStopped = false;

  const wake = () => {
    if (!isStopped) turn ??= setImmediate(run);
  };
  const run = () => {
    turn = undefined;
    cancelTimer();
    const dueAt = attempt();
    if (dueAt !== undefined && !isStopped) cancelTimer = timers.after(dueAt - now(), wake);
  };
  const attempt = (): number | undefined => {
    try {
      return work();
    } catch (error) {
      onError(error);
      return now() + RETRY_MS;
    }
  };
  return {
    wake,
    stop() {
      isStopped = true;
      clearImmediate(turn);
      cancelTimer();
    },
  };
};
