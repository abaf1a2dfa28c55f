/** Milliseconds. */
export interface ClockSources {
  /** Of the epoch; may be set forwards and backwards while the process runs. */
  readonly wall: () => number;
  readonly monotonic: () => number;
}

const SYSTEM: ClockSources = { wall: Date.now, monotonic: () => performance.now() };

/**
 * Epoch milliseconds as they were at the start, and monotonic from there: for deadlines, windows and lifetimes within one
 * process, which a step of the clock of the machine must neither end nor prolong. What is written down or compared with
 * another machine, such as the expiry of a token, takes the clock of the machine.
 */
export const createSteadyClock = ({ wall, monotonic }: ClockSources = SYSTEM): (() => number) => {
  const offset = wall() - monotonic();
  return () => offset + monotonic();
};

/** A moment of the clock of the machine, on a steady clock: as far from now as it is there. */
export const toSteady = (at: number, wallNow: number, steadyNow: number): number => at - wallNow + steadyNow;
